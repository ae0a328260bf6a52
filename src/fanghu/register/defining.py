"""Defining what the firm must define: one person asks, and a second one's approval writes the new version."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from fanghu.approvals.actions import ask
from fanghu.approvals.approvable import Row, hash_of
from fanghu.approvals.models import Approval
from fanghu.events.doer import Doer
from fanghu.events.schema import Detail
from fanghu.register.defining_fields import complete, said, written
from fanghu.register.definition import Definition
from fanghu.register.definitions import DEFINITION_KIND, Place, definitions, due, standings, waiting_values
from fanghu.register.models import DefinedValue
from fanghu.register.problems import CellFault, fault
from fanghu.testimony import Subject

Item = dict[str, Any]


def ask_to_define(
    key: str, subject: Subject, value: Mapping[str, Any], reason: str, *, by: Doer, now: datetime
) -> Approval:
    """Ask that ``value`` be what the firm defines for ``subject``; Fault FH-REG-20, 22, 54, 60 … 62, 66 or its own."""
    return ask_to_define_all({(key, str(subject)): value}, reason, by=by, now=now)


def ask_to_confirm_defaults(reason: str, *, by: Doer, now: datetime) -> Approval:
    """Ask that every shipped default not confirmed yet be the firm's own, in one request; Fault FH-REG-65 when none."""
    values = {
        (each.definition.key, str(each.subject)): each.default
        for each in standings() if each.confirmable and each.default is not None
    }  # fmt: skip
    if not values:
        raise fault("FH-REG-65")
    return ask_to_define_all(values, reason, by=by, now=now)


@transaction.atomic
def ask_to_define_all(values: Mapping[Place, Mapping[str, Any]], reason: str, *, by: Doer, now: datetime) -> Approval:
    """One request that holds several definitions, decided together."""
    if not reason.strip():
        raise fault("FH-REG-54")
    bound = {(definition.key, str(subject)) for definition, subject, _system in due()}
    current, waiting = _current(values), waiting_values()
    items: list[Item] = []
    for place, given in values.items():
        if place not in bound:
            raise fault("FH-REG-60")
        definition = definitions()[place[0]]
        value = _checked(definition, given)
        if definition.check_asker is not None:
            definition.check_asker(value, Subject.parse(place[1]), by, now)
        before = current[place]
        if before is not None and before["value"] == value:
            raise fault("FH-REG-62")
        if any(asked == value for _approval, asked in waiting.get(place, [])):
            raise fault("FH-REG-61")
        items.append({"key": place[0], "subject": place[1], "before": before, "value": value})
    subject = items[0]["subject"] if len(items) == 1 else f"definitions:{len(items)}"
    title = said(definitions()[items[0]["key"]].label)
    if len(items) > 1:
        title = _("%(count)d values the firm must define") % {"count": len(items)}
    return ask(
        DEFINITION_KIND, subject, title, {"definitions": items}, hash_of(items), reason.strip(), by=by, now=now
    )  # fmt: skip


def definition_rows(payload: Mapping[str, Any]) -> list[Row]:
    """``definition · subject · field``, before, after."""
    return [
        (f"{said(definition.label)} · {item['subject'].removeprefix('system:')} · {said(field.label)}",
         written(field, (item["before"] or {}).get("value", {}).get(field.name)), written(field, item["value"][field.name]))
        for item in payload["definitions"]
        for definition in [definitions()[item["key"]]]
        for field in definition.fields
    ]  # fmt: skip


def definition_hash(approval: Approval) -> str:
    """The content hash as the definitions stand now."""
    items: list[Item] = approval.payload["definitions"]
    current = _current([(item["key"], item["subject"]) for item in items])
    return hash_of([{**item, "before": current[item["key"], item["subject"]]} for item in items])


def apply_definitions(approval: Approval, by: Doer, now: datetime) -> Mapping[str, Detail]:
    """Write the new versions; what the law has since forbidden is refused."""
    told = []
    for item in approval.payload["definitions"]:
        definition = definitions()[item["key"]]
        value = _checked(definition, item["value"])
        if definition.check_asker is not None:  # whoever approves must be able to undo it too
            definition.check_asker(value, Subject.parse(item["subject"]), by, now)
        version = (item["before"] or {}).get("version", 0) + 1
        DefinedValue.objects.create(
            key=item["key"], subject=item["subject"], value=value, version=version,
            approval=approval, approved_at=now, effective_from=now,
        )  # fmt: skip
        told.append(f"{item['key']} {item['subject']} {version} {hash_of(value)[:16]}")
    return {"definitions": told}


def _checked(definition: Definition, value: Mapping[str, Any]) -> dict[str, Any]:
    try:
        found = complete(definition, value)
    except CellFault as problem:
        raise problem.told() from None
    definition.check(found)
    return found


def _current(places: Mapping[Place, Any] | list[Place]) -> dict[Place, Item | None]:
    """The value and version in force of each place, None where nothing is."""
    rows = DefinedValue.objects.filter(key__in={key for key, _subject in places}).order_by("version")
    standing = {(row.key, row.subject): {"version": row.version, "value": row.value} for row in rows}
    return {place: standing.get(place) for place in places}
