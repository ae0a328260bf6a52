"""Systems, people and the firm as plain records, and records back onto rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django.utils import timezone

from fanghu.register.columns import PEOPLE, SYSTEMS
from fanghu.register.models import Firm, Person, System
from fanghu.register.plan import Record
from fanghu.register.rules import CLASS_FIELDS, FIRM_FLAGS, Change

FIRM_FIELDS = ("name", *CLASS_FIELDS, *FIRM_FLAGS)
SYSTEM_FIELDS = tuple(column.key for column in SYSTEMS)
PEOPLE_FIELDS = tuple(column.key for column in PEOPLE)
STORED_FIELDS = [name for name in SYSTEM_FIELDS if name not in ("slug", "owner", "retired_on")]


def system_record(system: System) -> Record:
    """A system's values by column key; its owner by number (fetch with ``select_related("owner")``)."""
    record = {name: getattr(system, name) for name in STORED_FIELDS}
    record["slug"] = system.slug
    record["owner"] = system.owner.number if system.owner is not None else ""
    record["retired_on"] = timezone.localtime(system.retired_at).date() if system.retired_at else None
    return record


def person_record(person: Person) -> Record:
    """A person's values by column key."""
    return {name: getattr(person, name) for name in PEOPLE_FIELDS}


def firm_record(firm: Firm | None) -> Record:
    """The firm's values; all unknown when it has never been described."""
    return {name: getattr(firm or Firm(), name) for name in FIRM_FIELDS}


def put(system: System, values: Mapping[str, Any], owners: Mapping[str, UUID], now: datetime) -> System:
    """Set ``values`` on the row (not saved); ``owners`` gives person ids by number."""
    for name, value in values.items():
        if name == "owner":
            system.owner_id = owners[value] if value else None
        elif name == "retired_on":
            midnight = datetime.combine(value, time(0), timezone.get_default_timezone()) if value else None
            system.retired_at = midnight
        else:
            setattr(system, name, value)
    if system.is_core:
        system.not_core_reason = ""
    system.changed_at = now
    return system


def plain_change(change: Change) -> Change:
    """A change as JSON can hold it: dates as ISO 8601."""
    return {
        name: [value.isoformat() if isinstance(value, date) else value for value in pair]
        for name, pair in change.items()
    }


def read_change(change: Change) -> Change:
    """Undo ``plain_change`` for the fields that are dates."""
    return {
        name: [date.fromisoformat(value) if value else None for value in pair] if name in DATES else pair
        for name, pair in change.items()
    }


DATES = frozenset({"retired_on", "class_evidence_date"})
