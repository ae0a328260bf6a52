"""The second factors that stand for an account, whatever their kind: listed, tried at sign-in, removed but for the last."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from fanghu.events.actions import record
from fanghu.events.doer import Doer
from fanghu.events.schema import Detail
from fanghu.faults import Fault
from fanghu.signin.relying_party import RelyingParty

if TYPE_CHECKING:
    from fanghu.accounts.reading import Account

APP, PASSKEY, RECOVERY = Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN, Authenticator.Type.RECOVERY_CODES
METHOD_NAMES = {
    "password": _("password"),
    str(APP): _("authenticator app"),
    str(PASSKEY): _("passkey"),
    str(RECOVERY): _("recovery code"),
}


@dataclass(frozen=True, slots=True)
class Used:
    """A second factor that was right: its kind, and what the event of the sign-in says of it."""

    method: str
    detail: Mapping[str, Detail] = field(default_factory=dict)


Trial = Callable[["Account", datetime], Used | None]
"""Tries one second factor of an account at a moment; None when it is wrong."""


@dataclass(frozen=True, slots=True)
class Factor:
    """One second factor as its holder sees it; ``party`` is the host name that a passkey is bound to."""

    id: int
    kind: str
    name: str
    made_at: datetime
    used_at: datetime | None
    party: str = ""

    def usable_at(self, party: RelyingParty | None) -> bool:
        """Whether it can be given at this server."""
        return self.kind == APP or (party is not None and self.party == party.id)


def factors_of(account: Account) -> list[Factor]:
    """What stands, the authenticator app first, then passkeys by age; recovery codes only stand in for these."""
    return [_factor(row) for row in _rows(account).order_by("type", "created_at", "pk")]


def remove_factor(account: Account, factor_id: int, party: RelyingParty | None, *, by: Doer, now: datetime) -> bool:
    """Remove one of the holder's factors; False when it is not one of them.

    Raises Fault FH-SGN-40 when nothing that can be given at this server would be left.
    """
    with transaction.atomic():
        rows = {row.pk: row for row in _rows(account).select_for_update()}
        if factor_id not in rows:
            return False
        gone = rows.pop(factor_id)
        if not any(_factor(row).usable_at(party) for row in rows.values()):
            raise Fault(
                "FH-SGN-40",
                "This is your last second factor, so it stays; add another one first.",
                "這是您最後一項第二因素，不得移除；請先新增另一項。",
            )
        gone.delete()
        record(
            "factor.removed",
            by=by,
            now=now,
            object_=f"account:{account.pk}",
            detail={"type": gone.type, "left": len(rows)},
        )
    return True


def methods_said(methods: list[str]) -> list[str]:
    """How a session was begun, in words; nothing where a one-time link began it."""
    return [str(METHOD_NAMES[name]) for name in methods if name in METHOD_NAMES]


def _rows(account: Account) -> Any:
    return Authenticator.objects.filter(user_id=account.pk, type__in=[APP, PASSKEY])


def _factor(row: Authenticator) -> Factor:
    data = row.data if row.type == PASSKEY else {}
    return Factor(
        row.pk, row.type, str(data.get("name", "")), row.created_at, row.last_used_at, str(data.get("party", ""))
    )
