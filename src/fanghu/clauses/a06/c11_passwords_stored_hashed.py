"""Passwords used to authenticate are stored encrypted or hashed.

Met when a census of every stored password, past ones included, finds none in
clear text and none below the cost set for its scheme. An empty census shows
nothing.
"""

from datetime import datetime

from fanghu.accounts.facts import StoredPasswords
from fanghu.regulation import Duty
from fanghu.testimony import Met, NotMet, Unknown, Verdict, _

facts = StoredPasswords


def judge(duty: Duty, facts: StoredPasswords, now: datetime) -> Verdict:
    """Judge the census of one system's stored passwords."""
    if facts.clear_text:
        return NotMet("clear_text", _("{count} passwords are stored in clear text."), count=facts.clear_text)
    if facts.weak:
        return NotMet("weak", _("{count} stored passwords are cheaper to guess than set."), count=facts.weak)
    if facts.history_weak:
        return NotMet("weak_history", _("{count} past passwords are kept badly."), count=facts.history_weak)
    if not facts.census:
        return Unknown("none_stored", _("No password is stored yet, so there is nothing to judge."))
    schemes = ", ".join(f"{scheme}: {count}" for scheme, count in facts.census)
    return Met("hashed", _("Every stored password is hashed ({schemes})."), schemes=schemes)
