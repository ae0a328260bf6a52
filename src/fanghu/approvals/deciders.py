"""Who could decide: the able accounts, read through the user model (accounts lie above this app)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet

from fanghu.approvals.rules import Decider, behind
from fanghu.shell.rights import TABLE, Right

DECIDING_ROLES = [str(role) for role, rights in TABLE.items() if Right.APPROVAL_DECIDE in rights]
RECOVERED_FOR = timedelta(days=30)
PEOPLES_KINDS = ("named", "admin", "temporary", "emergency", "vendor")


def able_accounts(now: datetime) -> QuerySet[Any]:
    """Active internal accounts of persons, inside their validity, whose role lets them decide."""
    return (
        get_user_model()
        .objects.filter(
            Q(valid_from=None) | Q(valid_from__lte=now),
            Q(valid_until=None) | Q(valid_until__gt=now),
            state="active",
            realm="internal",
            kind__in=PEOPLES_KINDS,
            canary_run="",
            lent=False,
            person__isnull=False,
            roles__role__in=DECIDING_ROLES,
        )
        .distinct()
    )


def all_deciders(now: datetime) -> dict[str, Decider]:
    """Every able account by its id (two queries)."""
    rows = able_accounts(now).values_list(
        "pk", "person_id", "created_by_person_id", "factor_reset_by_person_id", "factor_reset_at"
    )
    makers = _makers()
    found = {}
    for pk, person, created, reset, reset_at in rows:
        own = frozenset(str(maker) for maker in (created, reset) if maker)
        recovered = reset is None and reset_at is not None and now - reset_at < RECOVERED_FOR
        found[str(pk)] = Decider(
            str(person), True, str(created or ""), str(reset or ""),
            own.union(*(behind(makers, maker) for maker in own)), recovered,
        )  # fmt: skip
    return found


def behind_account(account_id: Any) -> frozenset[str]:
    """The persons who could act as this account, whether or not it is able now."""
    row = (
        get_user_model()
        .objects.filter(pk=account_id)
        .values_list("created_by_person_id", "factor_reset_by_person_id")
        .first()
    )
    own = frozenset(str(maker) for maker in row or () if maker)
    makers = _makers() if own else {}
    return own.union(*(behind(makers, maker) for maker in own))


def _makers() -> dict[str, frozenset[str]]:
    """Who made the accounts of each person, disabled ones too: a maker's maker could act as both."""
    rows = get_user_model().objects.filter(person__isnull=False)
    found: dict[str, frozenset[str]] = {}
    for person, *who in rows.values_list("person_id", "created_by_person_id", "factor_reset_by_person_id"):
        found[str(person)] = found.get(str(person), frozenset()) | {str(maker) for maker in who if maker}
    return found
