"""When something goes wrong, users see a short sentence and a code, and no detail.

Met when errors were provoked from outside on every declared address that shows
pages, and each page shows a short sentence with a code and gives away no
traceback, source, path, SQL, program version or other detail.
"""

from datetime import datetime

from fanghu.endpoints.facts import ErrorPages
from fanghu.regulation import Duty
from fanghu.testimony import Met, NotMet, Unknown, Verdict, _

facts = ErrorPages


def judge(duty: Duty, facts: ErrorPages, now: datetime) -> Verdict:
    """Judge the error pages of one system."""
    if facts.leaking:
        return NotMet("detail", _("Error pages give detail away: {what}."), what=_listed(facts.leaking))
    if facts.without_code:
        return NotMet("no_code", _("Error pages show no code: {what}."), what=_listed(facts.without_code))
    if facts.long:
        return NotMet("long", _("Error pages are not short: {what}."), what=_listed(facts.long))
    if not facts.provoked:
        return Unknown("none_provoked", _("No error could be provoked, so there is nothing to judge."))
    return Met("short", _("All {count} provoked errors show a short sentence and a code."), count=facts.provoked)


def _listed(names: frozenset[str]) -> str:
    return "; ".join(sorted(names)[:5])
