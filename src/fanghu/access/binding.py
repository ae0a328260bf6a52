"""What a drill gives its own canaries: a condition for the run, taken back with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fanghu.access.conditions import SHIPPED, read
from fanghu.access.models import RunCondition


def bind(run_id: str, value: Mapping[str, Any]) -> None:
    """Bind the canaries of a run by these values (the others as shipped); accounts of people are never bound by it."""
    read({**SHIPPED, **value})
    RunCondition.objects.update_or_create(run=run_id, defaults={"value": dict(value)})


def unbind(run_id: str) -> list[str]:
    """Take a run's condition back; return what is left of it."""
    RunCondition.objects.filter(run=run_id).delete()
    return [f"condition of {run_id}"] if RunCondition.objects.filter(run=run_id).exists() else []
