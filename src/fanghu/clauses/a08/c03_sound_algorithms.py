"""Encryption uses only algorithms that are public, internationally verified and unbroken.

Met when every algorithm found in use, with its key, stands on our dated list of
sound ones. One that is broken, withdrawn or used with too short a key is not met;
one that the list does not know cannot be told. Once the list itself is past its
date of review, it proves no more than a document does.
"""

from datetime import datetime

from fanghu.keys.algorithm_list import algorithm_list
from fanghu.keys.facts import AlgorithmsInUse, Use
from fanghu.regulation import Duty
from fanghu.testimony import Met, NotMet, Proof, Unknown, Verdict, _

facts = AlgorithmsInUse


def judge(duty: Duty, facts: AlgorithmsInUse, now: datetime) -> Verdict:
    """Judge the algorithms of one system against the list."""
    known = algorithm_list()
    standing = {use: known.standing(use.algorithm, use.bits, now.date()) for use in facts.uses}
    refused = [use for use, told in standing.items() if told in {"refused", "ended"}]
    if refused:
        return NotMet("broken", _("Broken or withdrawn algorithms are in use: {what}."), what=_listed(refused))
    short = [use for use, told in standing.items() if told == "short"]
    if short:
        return NotMet("short_key", _("Keys are too short: {what}."), what=_listed(short))
    if facts.unread:
        return Unknown(
            "unread", _("The algorithms could not be read of: {what}."), what=", ".join(sorted(facts.unread)[:5])
        )
    unlisted = [use for use, told in standing.items() if told == "unlisted"]
    if unlisted:
        return Unknown("unlisted", _("Not on the list of known algorithms: {what}."), what=_listed(unlisted))
    if not facts.uses:
        return Unknown("none_found", _("No algorithm was found in use, so there is nothing to judge."))
    if now.date() > known.review_by:
        return Met("old_list", _("All {count} algorithms are on the list of {reviewed}, which was to be reviewed by {due}."),
                   proof=Proof.ATTESTED, count=len(standing), reviewed=known.reviewed, due=known.review_by)  # fmt: skip
    return Met("sound", _("All {count} algorithms in use are sound by the list of {reviewed}."),
               count=len(standing), reviewed=known.reviewed)  # fmt: skip


def _listed(uses: list[Use]) -> str:
    shown = [f"{use.algorithm} {use.bits or ''}".strip() + f" ({use.where})" for use in sorted(uses)]
    return "; ".join(shown[:5])
