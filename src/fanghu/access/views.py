"""The page of the conditions of use: what is in force, who approved it, where it is decided, and what if."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from fanghu.access.conditions import KEY, SHIPPED, SYSTEM_ONE, in_force
from fanghu.access.definitions import FIELDS
from fanghu.access.forms import WhatIfForm
from fanghu.access.rules import decide
from fanghu.access.words import REASONS
from fanghu.register.defining_fields import said, written
from fanghu.register.definition import Defined
from fanghu.register.definitions import defined, due
from fanghu.register.reading import people, system_names
from fanghu.shell.access import asks
from fanghu.shell.rights import Right
from fanghu.testimony import Subject


@dataclass(frozen=True, slots=True)
class Shown:
    """One core system with its condition in words."""

    subject: Subject
    name: str
    defined: Defined | None
    approved_by: str
    rows: list[tuple[str, str]]
    enforced: bool
    bound: bool


@asks(Right.BOARD_VIEW)
def conditions(request: HttpRequest) -> HttpResponse:
    """Every core system's condition of use, and the decision on a use made up."""
    now = timezone.now()
    asked = WhatIfForm(request.GET) if "kind" in request.GET else None
    form = asked or WhatIfForm(
        initial={
            "kind": request.user.kind, "at": timezone.localtime(now), "idle": 0,
            "source": request.META.get("REMOTE_ADDR", ""),
        }
    )  # fmt: skip
    context: dict[str, Any] = {"systems": list(_systems()), "form": form, "shipped": not in_force().version}
    if asked is not None and asked.is_valid():
        decision = decide(in_force().condition, asked.use(), asked.cleaned_data["at"])
        context |= {"decision": decision, "reasons": [REASONS[reason] for reason in decision.reasons]}
    return render(request, "access/conditions.html", context)


def _systems() -> Iterator[Shown]:
    """System one first, then the others that the duty binds; a fixed number of queries."""
    bound = [subject for definition, subject, _system in due() if definition.key == KEY]
    subjects, names = list(dict.fromkeys([SYSTEM_ONE, *bound])), system_names()
    known = defined(KEY, subjects)
    persons = {str(person.pk): person.name for person in people()} if known else {}
    for subject in subjects:
        found = known.get(subject)
        value = found.value if found else SHIPPED if subject == SYSTEM_ONE else None
        rows = [(said(field.label), written(field, value.get(field.name))) for field in FIELDS] if value else []
        yield Shown(
            subject, names.get(subject.slug, subject.slug), found, persons.get(found.approved_by, "") if found else "",
            rows, subject == SYSTEM_ONE, subject in bound,
        )  # fmt: skip
