"""The logs of systems that were given to somebody to read (4.10); what ``Account.rights`` asks for, so it knows no account."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from fanghu.auditlog.models import LogReader


def systems_given(account: Any) -> frozenset[str]:
    """Systems (slugs) whose logs this account was given, by a role of it or as its person (one query).

    A lent account is nobody's own: what the person was given is not read through it.
    """
    whose = Q(role__in=account.role_names)
    if account.person_id is not None and not account.lent:
        whose |= Q(person=account.person_id)
    return frozenset(row.system.slug for row in readers_given().filter(whose) if row.stands)


def readers_given() -> Any:
    """Every row that has not ended, approved or not."""
    return LogReader.objects.filter(ended_at=None).select_related("system", "approval")
