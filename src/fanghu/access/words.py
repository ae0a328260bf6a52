"""What a refusal says: one sentence with a code, and what to do; ends by the clock are told by the sign-in page."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from fanghu.access.rules import Reason

BY_THE_CLOCK: frozenset[Reason] = frozenset({"idle", "too_long"})
REFUSALS = {
    "hours": ("FH-USE-03", _("Outside the hours of use; come back within them, or ask the security officer.")),
    "source": ("FH-USE-04", _("Not from this address; use an approved place, or ask the security officer.")),
    "kind": ("FH-USE-05", _("This kind of account may not be used here; ask the security officer.")),
    "function": ("FH-USE-06", _("This account holds a role its kind may not have; ask an administrator to change it.")),
    "sessions": ("FH-USE-07", _("Too many sessions are open; sign out of one of them first.")),
    "resource": ("FH-USE-08", _("This part is outside the conditions of use; ask the security officer.")),
}
REASONS = {
    "idle": _("idle too long"),
    "too_long": _("session too long"),
    "hours": _("outside the hours"),
    "source": _("source address not listed"),
    "kind": _("kind of account not listed"),
    "function": _("role not allowed for this kind of account"),
    "sessions": _("too many sessions"),
    "resource": _("resource not listed"),
}


def refusal(reason: Reason) -> tuple[str, str]:
    """The code and the sentence of one reason."""
    code, sentence = REFUSALS[reason]
    return code, str(sentence)
