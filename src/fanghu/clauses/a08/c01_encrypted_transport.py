"""Personal and sensitive data are encrypted in transport, over the internet and the internal network.

Met when every declared flow of such data over a network is carried by an
address that a probe found encrypted, with TLS 1.2 or later, a certificate that
holds and no way around it; and fresh flow records from outside show no flow that
nobody declared. Without such records it cannot be told whether every flow is
declared.
"""

from datetime import datetime

from fanghu.endpoints.facts import ProtectedFlows
from fanghu.regulation import Duty
from fanghu.testimony import Met, NotMet, Unknown, Verdict, _

facts = ProtectedFlows


def judge(duty: Duty, facts: ProtectedFlows, now: datetime) -> Verdict:
    """Judge the flows of one core system."""
    if facts.clear:
        return NotMet(
            "clear_text", _("Personal or sensitive data flow unencrypted: {flows}."), flows=_listed(facts.clear)
        )
    if facts.weak:
        return NotMet("weak", _("Encrypted too weakly, or to a server that cannot be trusted: {flows}."),
                      flows=_listed(facts.weak))  # fmt: skip
    if facts.undeclared:
        return NotMet("undeclared", _("Flow records show flows that nobody declared: {flows}."),
                      flows=_listed(facts.undeclared))  # fmt: skip
    if not facts.flows:
        return Unknown("none_declared", _("No flow of personal or sensitive data is declared; declare them all."))
    if facts.unprobed:
        return Unknown("unprobed", _("No probe shows that these flows are encrypted: {flows}."),
                       flows=_listed(facts.unprobed))  # fmt: skip
    if facts.records_until is None:
        return Unknown(
            "no_records",
            _("Every declared flow is encrypted ({count}); flow records from outside, which would show any other, are missing."),
            count=facts.flows,
        )  # fmt: skip
    if facts.records_until + duty.fresh_for < now:
        return Unknown("old_records", _("The flow records from outside end at {until}; take in newer ones."),
                       until=facts.records_until)  # fmt: skip
    return Met("encrypted", _("Every flow of personal or sensitive data is declared and encrypted ({count})."),
               count=facts.flows)  # fmt: skip


def _listed(names: frozenset[str]) -> str:
    return ", ".join(sorted(names)[:5])
