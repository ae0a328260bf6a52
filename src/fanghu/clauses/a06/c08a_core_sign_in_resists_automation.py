"""Sign-in and password change of a core system resist automated attempts.

Met when every address where one signs in or changes a password asks, from the
first attempt on, for something a plain robot does not bring; that becomes
dearer with failures and is taken once only; a source is limited before any
account is; and nobody was let in by password without it. The drill sends a
robot to every one of these addresses: its success must be zero.
"""

from datetime import datetime

from fanghu.regulation import Duty
from fanghu.signin.facts import Automation
from fanghu.testimony import Met, NotMet, Unknown, Verdict, _

facts = Automation


def judge(duty: Duty, facts: Automation, now: datetime) -> Verdict:
    """Judge one system's resistance to robots."""
    if not facts.addresses:
        return Unknown("no_addresses", _("No address of sign-in or password change is known."))
    if facts.open_to_robots:
        return NotMet(
            "open_to_robots", _("{count} of {all} addresses let a robot try: {names}."),
            count=len(facts.open_to_robots), all=len(facts.addresses), names=", ".join(sorted(facts.open_to_robots)),
        )  # fmt: skip
    if facts.first_cost < 1:
        return NotMet("free", _("The first attempt costs a robot nothing."))
    if facts.dearer <= 1:
        return NotMet("flat", _("Attempts cost the same however many have failed."))
    if not facts.used_once:
        return NotMet("replayed", _("The answer to a challenge can be used more than once."))
    if facts.source_attempts is None or facts.source_minutes <= 0:
        return NotMet("no_source_limit", _("One source may try as often as it likes."))
    if facts.let_in_without:
        return NotMet(
            "let_in",
            _("{count} sign-ins by password passed without an answered challenge."),
            count=facts.let_in_without,
        )
    return Met(
        "resists", _("All {count} addresses ask for a challenge; one source may fail {attempts} times in {minutes} minutes."),
        count=len(facts.addresses), attempts=facts.source_attempts, minutes=facts.source_minutes,
    )  # fmt: skip
