"""Administrators who come in over the internet, a VPN included, give more than a password.

Met when every way in that may reach the internet asks administrators for the
second factor, no session of theirs on record went without one, and a probe
outside the firm's network has found a password alone refused. A way in whose
reach is not known counts as reaching the internet. Without an outside probe
the duty stays unknown, however well the inside holds.
"""

from datetime import datetime

from fanghu.accounts.facts import AdministratorFactors
from fanghu.regulation import Duty
from fanghu.testimony import Met, NotMet, Unknown, Verdict, _

facts = AdministratorFactors


def judge(duty: Duty, facts: AdministratorFactors, now: datetime) -> Verdict:
    """Judge one system's administrators against ``min_factors``."""
    limit = duty.limits["min_factors"].value
    if facts.unguarded:
        return NotMet(
            "password_alone", _("A password alone lets an administrator in by: {ways}."),
            ways=", ".join(sorted(facts.unguarded)),
        )  # fmt: skip
    if facts.factors_asked < limit:
        return NotMet(
            "too_few", _("{set} factors are asked of administrators; at least {limit} must be."),
            set=facts.factors_asked, limit=limit,
        )  # fmt: skip
    if facts.signed_in_without:
        return NotMet(
            "went_without", _("{count} sessions of administrators went without a second factor."),
            count=facts.signed_in_without,
        )  # fmt: skip
    if not facts.administrators:
        return Unknown("no_administrators", _("No administrator may sign in yet, so there is nothing to judge."))
    if facts.tried_from_outside_at is None:
        return Unknown(
            "no_outside_probe",
            _("Inside, {set} factors are asked of every administrator; a probe outside the firm's network is missing."),
            set=facts.factors_asked,
        )
    return Met(
        "refused_from_outside", _("{set} factors are asked of {count} administrators; tried from outside {at}."),
        set=facts.factors_asked, count=facts.administrators, at=facts.tried_from_outside_at,
    )  # fmt: skip
