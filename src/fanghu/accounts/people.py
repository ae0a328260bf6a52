"""The persons that accounts belong to, as the register keeps them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fanghu.accounts.models import Account


def _persons() -> Any:
    return Account._meta.get_field("person").related_model._default_manager  # type: ignore[union-attr]


def person_for(number: str, name: str) -> UUID:
    """The person with this staff number, newly written down where the register has none (part of an enrolment)."""
    person, _new = _persons().get_or_create(number=number.strip(), defaults={"name": name.strip()})
    return UUID(str(person.pk))


def people() -> Any:
    """All persons, for choosing one."""
    return _persons().order_by("number")
