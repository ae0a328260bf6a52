"""The second factor: TOTP seeds sealed outside the database, each code good once (RFC 6238)."""

from __future__ import annotations

import base64
import hmac
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import segno
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, generate_totp_secret, hotp_value
from django.conf import settings
from django.db import transaction

from fanghu.accounts.reading import factor_rows
from fanghu.events.actions import record
from fanghu.events.doer import Doer
from fanghu.faults import Fault
from fanghu.signin.factors import APP, Trial, Used

if TYPE_CHECKING:
    from fanghu.accounts.reading import Account

STEP = 30
TOLERANCE = 1
ISSUER = "Fanghu"


class SealedSeeds(DefaultMFAAdapter):
    """allauth keeps seeds in clear text; whatever it stores itself is sealed too."""

    def encrypt(self, text: str) -> str:
        """Seal a secret that is not bound to an account."""
        return seal_seed(text, "allauth")

    def decrypt(self, encrypted_text: str) -> str:
        """Open what ``encrypt`` sealed."""
        return unseal_seed(encrypted_text, "allauth")

    def is_mfa_enabled(self, user: Any, types: list[str] | None = None) -> bool:
        """Whether a factor stands, of one of these kinds where they are named."""
        return not user.is_anonymous and any(types is None or kind in types for _id, kind in factor_rows(user))


def seal_seed(seed: str, bound_to: str) -> str:
    """The seed under a key outside the database, bound to its account (base64)."""
    return base64.b64encode(settings.CUSTODY.seal("totp", seed.encode(), bound_to=bound_to)).decode()


def unseal_seed(sealed: str, bound_to: str) -> str:
    """Open a sealed seed; Fault FH-KEY-01 when it was altered or moved to another account."""
    return bytes(settings.CUSTODY.unseal("totp", base64.b64decode(sealed), bound_to=bound_to)).decode()


def new_seed() -> str:
    """A random 160-bit seed, base32."""
    return generate_totp_secret()


def step_of(seed: str, code: str, now: datetime, *, after: int = -1) -> int | None:
    """The time step (within one of now, later than ``after``) whose code this is, or None."""
    typed = "".join(code.split())
    current = int(now.timestamp()) // STEP
    for step in range(current - TOLERANCE, current + TOLERANCE + 1):
        if step > after and hmac.compare_digest(format_hotp_value(hotp_value(seed, step)).encode(), typed.encode()):
            return step
    return None


def by_code(code: str) -> Trial:
    """The trial of a typed code; one once used, and any older one, is not taken again."""

    def trial(account: Account, now: datetime) -> Used | None:
        with transaction.atomic():
            row = Authenticator.objects.select_for_update().filter(user_id=account.pk, type=APP).first()
            if row is None:
                return None
            try:
                seed = unseal_seed(row.data["secret"], str(account.pk))
            except Fault:
                return None
            step = step_of(seed, code, now, after=row.data.get("last_step", -1))
            if step is None:
                return None
            row.data["last_step"] = step
            row.last_used_at = now
            row.save(update_fields=["data", "last_used_at"])
        return Used(str(APP))

    return trial


def set_factor(account: Account, seed: str, code: str, *, by: Doer, now: datetime) -> bool:
    """Confirm ``code`` against a new seed and let it stand in place of any older one; False when the code is wrong.

    Passkeys and recovery codes stay as they are.
    """
    step = step_of(seed, code, now)
    if step is None:
        with transaction.atomic():
            record("factor.refused", by=by, now=now, object_=f"account:{account.pk}", outcome="failure")
        return False
    with transaction.atomic():
        renewed, _counts = Authenticator.objects.filter(user_id=account.pk, type=APP).delete()
        Authenticator.objects.create(
            user_id=account.pk,
            type=APP,
            created_at=now,
            data={"secret": seal_seed(seed, str(account.pk)), "last_step": step},
        )
        record(
            "factor.enrolled",
            by=by,
            now=now,
            object_=f"account:{account.pk}",
            detail={"type": str(APP), "renewed": bool(renewed)},
        )
    return True


def link_of(seed: str, login_id: str) -> str:
    """What an authenticator app reads from the QR code."""
    return f"otpauth://totp/{ISSUER}:{quote(login_id)}?{urlencode({'secret': seed, 'issuer': ISSUER})}"


def picture_of(seed: str, login_id: str) -> str:
    """The QR code as an SVG element of 220 pixels without styles, with its light margin."""
    made = segno.make(link_of(seed, login_id), error="m", micro=False)
    drawn = str(made.svg_inline(border=4, light="#fff", svgclass=None, lineclass=None, omitsize=True))
    return drawn.replace("<svg ", '<svg width="220" height="220" role="img" aria-label="QR" ', 1)
