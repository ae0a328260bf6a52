"""Authentication data never crosses the wire in clear text.

Met when every declared address that authentication data pass was probed from
outside and speaks TLS 1.2 or later with a certificate that holds, offers nothing
that protects nothing, and serves no one without TLS; its pages bind browsers to
https; and its cookies are Secure, HttpOnly and SameSite. Without a declared
address there is nothing to judge.
"""

from datetime import datetime

from fanghu.endpoints.facts import AuthenticationPaths
from fanghu.regulation import Duty
from fanghu.testimony import Met, NotMet, Unknown, Verdict, _

facts = AuthenticationPaths


def judge(duty: Duty, facts: AuthenticationPaths, now: datetime) -> Verdict:
    """Judge the authentication paths of one system."""
    if facts.unencrypted:
        return NotMet(
            "clear_text", _("Authentication data pass without TLS: {where}."), where=_listed(facts.unencrypted)
        )
    if facts.clear_answers:
        return NotMet("clear_port", _("Served without TLS: {where}."), where=_listed(facts.clear_answers))
    if facts.weak:
        return NotMet("weak", _("TLS that protects too little is offered: {what}."), what=_listed(facts.weak))
    if facts.untrusted:
        return NotMet("untrusted", _("The certificate does not hold: {where}."), where=_listed(facts.untrusted))
    if facts.cookies:
        return NotMet("cookies", _("Cookies lack flags: {what}."), what=_listed(facts.cookies))
    if facts.without_hsts:
        return NotMet("no_hsts", _("Pages do not bind browsers to https: {where}."), where=_listed(facts.without_hsts))
    if not facts.paths:
        return Unknown("none_declared", _("No address that authentication data pass is declared; declare them all."))
    return Met("encrypted", _("All {count} addresses that authentication data pass are encrypted."), count=facts.paths)


def _listed(names: frozenset[str]) -> str:
    return ", ".join(sorted(names)[:5])
