"""What the firm has defined and what it still must: every app's definitions, their approved values, what waits."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection

from fanghu.approvals.models import Approval
from fanghu.approvals.reading import pending
from fanghu.register.collectors import firm_now, systems_now
from fanghu.register.definition import Defined, Definition
from fanghu.register.models import DefinedValue
from fanghu.regulation import SystemFacts, applies, load
from fanghu.testimony import FIRM, Subject

DEFINITION_KIND = "definition"
NEWEST = "SELECT max(id), max(approved_at) FROM register_definedvalue WHERE key = %s"
"""A plain statement: every request of a session asks."""
Place = tuple[str, str]
"""A definition's key and its subject as written."""


@cache
def definitions() -> dict[str, Definition]:
    """Every definition of every installed app (``<app>/definitions.py: DEFINITIONS``) by its key, in the law's order."""
    found: list[Definition] = []
    for app in apps.get_app_configs():
        name = f"{app.name}.definitions"
        if app.name.startswith("fanghu.") and importlib.util.find_spec(name) is not None:
            found += getattr(importlib.import_module(name), "DEFINITIONS", [])
    order = list(load(settings.FANGHU_EDITION).duties)
    return {each.key: each for each in sorted(found, key=lambda each: (order.index(each.duty), each.key))}


def defined(key: str, subjects: Iterable[Subject]) -> Mapping[Subject, Defined]:
    """The approved value in force for each subject; one without is absent. One query.

    What is defined once for all systems stands for every subject asked for. KeyError when no app has this definition.
    """
    asked = list(subjects)
    if not definitions()[key].per_system:
        whole = _newest(key, [FIRM]).get(str(FIRM))
        return dict.fromkeys(asked, _read(whole)) if whole else {}
    rows = _newest(key, asked)
    return {subject: _read(rows[str(subject)]) for subject in asked if str(subject) in rows}


def newest(key: str) -> str:
    """A text that differs after each approved value of ``key``, for a reader that keeps the last one."""
    with connection.cursor() as cursor:
        cursor.execute(NEWEST, [key])
        last, at = cursor.fetchone()
    return f"{last} {at}"


def versions(key: str, subject: Subject) -> list[DefinedValue]:
    """Every approved version, newest first, with who asked and who approved."""
    rows = DefinedValue.objects.filter(key=key, subject=str(subject)).order_by("-version")
    return list(rows.select_related("approval__asked_by_person", "approval__decided_by_person"))


def _newest(key: str, subjects: Iterable[Subject]) -> dict[str, DefinedValue]:
    rows = DefinedValue.objects.filter(key=key, subject__in=[str(subject) for subject in subjects])
    return {row.subject: row for row in rows.order_by("version").select_related("approval")}


def _read(row: DefinedValue) -> Defined:
    approval = row.approval
    return Defined(
        dict(row.value), row.version, row.approved_at,
        str(approval.decided_by_person_id or ""), str(approval.asked_by_person_id or ""),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one definition stands for one subject: the value in force, requests that wait, the default we ship."""

    definition: Definition
    subject: Subject
    current: DefinedValue | None
    waiting: list[Approval]
    default: dict[str, Any] | None

    @property
    def confirmable(self) -> bool:
        """Nothing is in force and nothing waits, but a shipped default could be confirmed."""
        return self.current is None and not self.waiting and self.default is not None


def standings() -> list[Standing]:
    """Every definition for every subject that its duty binds now; a fixed number of queries."""
    current = {(row.key, row.subject): row for row in DefinedValue.objects.order_by("version")}
    waiting = waiting_values()
    return [
        Standing(
            definition, subject, current.get((definition.key, str(subject))),
            [approval for approval, _value in waiting.get((definition.key, str(subject)), [])],
            definition.default(system),
        )
        for definition, subject, system in due()
    ]  # fmt: skip


def due() -> list[tuple[Definition, Subject, SystemFacts | None]]:
    """Each definition with each subject that must have it; facts not known yet count as the strictest."""
    law, firm, systems = load(settings.FANGHU_EDITION).duties, firm_now(), systems_now()
    found: list[tuple[Definition, Subject, SystemFacts | None]] = []
    for definition in definitions().values():
        duty = law[definition.duty]
        bound = [
            (Subject.system(slug), facts) for slug, facts in systems.items()
            if applies(duty, firm, Subject.system(slug), facts).applies
        ]  # fmt: skip
        if definition.per_system:
            found += [(definition, subject, facts) for subject, facts in bound]
        elif bound or duty.scope.on == "firm":
            found.append((definition, FIRM, None))
    return found


def waiting_values() -> dict[Place, list[tuple[Approval, dict[str, Any]]]]:
    """The requests that wait, with the value each would set, by definition and subject; one query."""
    found: dict[Place, list[tuple[Approval, dict[str, Any]]]] = {}
    for approval in pending(DEFINITION_KIND):
        for item in approval.payload["definitions"]:
            found.setdefault((item["key"], item["subject"]), []).append((approval, item["value"]))
    return found
