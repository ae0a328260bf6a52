"""Who could decide: the able accounts, read through the user model (accounts lie above this app)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet

from fanghu.approvals.rules import Decider
from fanghu.shell.rights import TABLE, Right

DECIDING_ROLES = [str(role) for role, rights in TABLE.items() if Right.APPROVAL_DECIDE in rights]
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
            person__isnull=False,
            roles__role__in=DECIDING_ROLES,
        )
        .distinct()
    )


def all_deciders(now: datetime) -> dict[str, Decider]:
    """Every able account by its id (one query)."""
    rows = able_accounts(now).values_list("pk", "person_id", "created_by_person_id", "factor_reset_by_person_id")
    return {
        str(pk): Decider(str(person), True, str(created or ""), str(reset or "")) for pk, person, created, reset in rows
    }
