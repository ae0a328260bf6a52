"""What a drill gives its own canaries: a condition for the run, taken back with it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from fanghu.access.conditions import SHIPPED, read
from fanghu.access.models import RunCondition
from fanghu.events.actions import record
from fanghu.events.doer import Doer


def bind(run_id: str, value: Mapping[str, Any], *, by: Doer, now: datetime) -> None:
    """Bind the canaries of a run by these values (the others as shipped); accounts of people are never bound by it."""
    read({**SHIPPED, **value})
    with transaction.atomic():
        RunCondition.objects.update_or_create(run=run_id, defaults={"value": dict(value)})
        record("canary.bound", by=by, now=now, detail={name: str(given) for name, given in value.items()})


def unbind(run_id: str) -> list[str]:
    """Take a run's condition back; return what is left of it."""
    RunCondition.objects.filter(run=run_id).delete()
    return [f"condition of {run_id}"] if RunCondition.objects.filter(run=run_id).exists() else []
