"""Passkeys (WebAuthn level 2) as a second factor beside the authenticator app; a sign-in without a password is not offered.

fido2 checks challenge, relying party, presence and signature; the origin must be ours to the port, a challenge is taken
once, and a signature counter that does not rise means a copied key. A stored passkey is public: nothing in it is secret,
but it bears a mark under a key outside the database, so that a row written or moved by hand opens nothing.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from fido2.server import Fido2Server
from fido2.utils import websafe_encode
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    AuthenticatorData,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from fanghu.events.actions import record
from fanghu.events.doer import Doer
from fanghu.signin.factors import PASSKEY, Trial, Used
from fanghu.signin.relying_party import RelyingParty

if TYPE_CHECKING:
    from fanghu.accounts.reading import Account

MOST = 10
LONGEST_ANSWER = 20_000  # characters
MALFORMED = (ValueError, TypeError, KeyError, IndexError, AttributeError, NotImplementedError)

Asked = tuple[dict[str, Any], dict[str, Any]]
"""The options for the browser, and the state that its answer is checked against (both JSON)."""


def passkeys_of(account: Account, party: RelyingParty) -> list[Authenticator]:
    """The account's passkeys that are bound to this host name and were added by ``add_passkey``."""
    rows = Authenticator.objects.filter(user_id=account.pk, type=PASSKEY, data__party=party.id).order_by("pk")
    return [row for row in rows if hmac.compare_digest(str(row.data.get("mark", "")), _mark(account, row.data))]


def ask_new(account: Account, party: RelyingParty) -> Asked:
    """What the browser needs to make a passkey; those already held are named, so that none is made twice."""
    options, state = _server(party).register_begin(
        PublicKeyCredentialUserEntity(id=account.pk.bytes, name=account.login_id, display_name=account.login_id),
        credentials=_credentials(passkeys_of(account, party)),
        resident_key_requirement=ResidentKeyRequirement.DISCOURAGED,
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    return dict(options), dict(state)


def add_passkey(
    account: Account, name: str, answer: str, state: Mapping[str, Any], party: RelyingParty, *, by: Doer, now: datetime
) -> bool:
    """Keep a passkey that answers ``state``; False, with an event, when it does not."""
    credential = _read(answer)
    made = made_of(credential, state, party)
    with transaction.atomic():
        held = Authenticator.objects.select_for_update().filter(user_id=account.pk, type=PASSKEY)
        if made is None or made.credential_data is None or _known(made.credential_data) or len(held) >= MOST:
            detail = {"type": str(PASSKEY)}
            record("factor.refused", by=by, now=now, object_=f"account:{account.pk}", outcome="failure", detail=detail)
            return False
        data = {
            "name": name,
            "credential": credential,
            "credential_id": websafe_encode(made.credential_data.credential_id),
            "party": party.id,
            "counter": made.counter,
        }
        data["mark"] = _mark(account, data)
        Authenticator.objects.create(user_id=account.pk, type=PASSKEY, data=data, created_at=now)
        record(
            "factor.enrolled",
            by=by,
            now=now,
            object_=f"account:{account.pk}",
            detail={"type": str(PASSKEY), "renewed": False},
        )
    return True


def ask_known(account: Account, party: RelyingParty) -> Asked:
    """What the browser needs to use one of the account's passkeys."""
    options, state = _server(party).authenticate_begin(
        _credentials(passkeys_of(account, party)), UserVerificationRequirement.PREFERRED
    )
    return dict(options), dict(state)


def by_passkey(answer: str, state: Mapping[str, Any] | None, party: RelyingParty | None) -> Trial:
    """The trial of a browser's answer to ``state``; without either there is nothing to try."""

    def trial(account: Account, now: datetime) -> Used | None:
        if state is None or party is None:
            return None
        credential = _read(answer)
        with transaction.atomic():
            rows = {row.data["credential_id"]: row for row in passkeys_of(account, party)}
            try:
                used = _server(party).authenticate_complete(state, _credentials(list(rows.values())), credential)
                counter = AuthenticationResponse.from_dict(credential).response.authenticator_data.counter
            except MALFORMED:
                return None
            row = Authenticator.objects.select_for_update().get(pk=rows[websafe_encode(used.credential_id)].pk)
            if (counter or row.data["counter"]) and counter <= row.data["counter"]:
                return None
            row.data["counter"] = counter
            row.last_used_at = now
            row.save(update_fields=["data", "last_used_at"])
        return Used(str(PASSKEY), {"passkey": row.pk})

    return trial


def _mark(account: Account, data: Mapping[str, Any]) -> str:
    """Whose passkey it is and how its signatures are checked, under the key of this purpose."""
    bound = [str(account.pk), data.get("credential_id"), data.get("party"), data.get("credential")]
    return str(settings.CUSTODY.keyed_hash("passkey", json.dumps(bound, sort_keys=True)))


def _server(party: RelyingParty) -> Fido2Server:
    entity = PublicKeyCredentialRpEntity(id=party.id, name="Fanghu 防護")
    return Fido2Server(entity, verify_origin=lambda origin: origin == party.origin)


def made_of(credential: Mapping[str, Any], state: Mapping[str, Any], party: RelyingParty) -> AuthenticatorData | None:
    """What the authenticator made in answer to ``state``, or None for anything else."""
    try:
        return _server(party).register_complete(state, credential)
    except MALFORMED:
        return None


def _credentials(rows: list[Authenticator]) -> list[AttestedCredentialData]:
    made = [RegistrationResponse.from_dict(row.data["credential"]) for row in rows]
    held = [one.response.attestation_object.auth_data.credential_data for one in made]
    return [data for data in held if data is not None]


def _known(data: AttestedCredentialData) -> bool:
    """Whether anybody's passkey has this id already."""
    own = websafe_encode(data.credential_id)
    return Authenticator.objects.filter(type=PASSKEY, data__credential_id=own).exists()


def _read(answer: str) -> dict[str, Any]:
    """What the browser's script sent; empty when it is no JSON object."""
    try:
        read = json.loads(answer) if len(answer) <= LONGEST_ANSWER else {}
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}
