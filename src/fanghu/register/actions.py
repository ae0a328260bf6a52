"""The only code that changes the register: one transaction and one audit event per deed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from fanghu.approvals.models import Approval
from fanghu.events.actions import record as record_event
from fanghu.events.doer import KEEPER, Doer
from fanghu.events.schema import Detail
from fanghu.register.models import Firm, Person, System
from fanghu.register.plan import SYSTEM_ONE, Record, check, newcomer
from fanghu.register.problems import fault
from fanghu.register.records import FIRM_FIELDS, firm_record, person_record, put, system_record
from fanghu.register.requests import ask_for_firm, ask_for_systems
from fanghu.register.rules import Change, firm_change, firm_class, system_change


@dataclass(frozen=True, slots=True)
class Saved:
    """What came of a change: the fields that hold at once, and the request for those that wait."""

    fields: tuple[str, ...]
    approval: Approval | None = None


@transaction.atomic
def describe_firm(values: Mapping[str, Any], reason: str = "", *, by: Doer, now: datetime) -> Saved:
    """Say what the firm is. What keeps or tightens the scope holds at once; what loosens it waits for a second person.

    ``values`` are any of name, kind, has_ciso, tier, class_evidence, class_evidence_date, foreign_group,
    internet_ordering, transfers_abroad. Faults FH-REG-54, 55, 56.
    """
    firm, _made = Firm.objects.select_for_update().get_or_create(pk=1)
    new = {name: values[name] for name in FIRM_FIELDS if name in values}
    wanted = {**firm_record(firm), **new}
    based = wanted["kind"] == "futures_firm" and (wanted["has_ciso"] is not None or wanted["tier"] is not None)
    if based and not (wanted["class_evidence"] and wanted["class_evidence_date"]):
        raise fault("FH-REG-55")
    at_once, waiting = firm_change(firm_record(firm), new)
    approval = None
    if waiting:
        approval = ask_for_firm(waiting, _("What the firm is"), reason, by=by, now=now)
    if at_once or firm.changed_at is None:
        for name, (_old, value) in at_once.items():
            setattr(firm, name, value)
        firm.changed_at = now
        firm.save()
        kind_class = firm_class(firm.kind, firm.has_ciso, firm.tier)
        detail: dict[str, Detail] = {"fields": sorted(at_once), "kind": firm.kind, "class": kind_class}
        record_event("firm.described", by=by, now=now, object_="firm", detail=detail)
    return Saved(tuple(sorted(at_once)), approval)


@transaction.atomic
def save_person(person_id: UUID | str | None, values: Record, *, by: Doer, now: datetime) -> Person:
    """Add a person (None) or change one. Faults FH-REG-32, 51, 53."""
    person = Person() if person_id is None else Person.objects.select_for_update().filter(pk=person_id).first()
    if person is None:
        raise fault("FH-REG-51")
    before = person_record(person)
    for _field, wrong in check("people", {**before, **values}, (), timezone.localtime(now).date()):
        raise wrong.told()
    changed = sorted(name for name, value in values.items() if before[name] != value)
    for name in changed:
        setattr(person, name, values[name])
    if Person.objects.filter(number=person.number).exclude(pk=person.pk).exists():
        raise fault("FH-REG-53", value=person.number)
    if changed or person_id is None:
        person.save(force_insert=person_id is None)
        deed = "person.added" if person_id is None else "person.changed"
        record_event(deed, by=by, now=now, object_=f"person:{person.pk}", detail={"fields": changed})
    return person


@transaction.atomic
def register_system(values: Record, reason: str = "", *, by: Doer, now: datetime) -> tuple[System, Saved]:
    """Register a new system. It is core until a second person approves that it is not. Faults FH-REG-27 … 34, 52."""
    _refuse_wrong(values, now)
    slug = values["slug"]
    made, waiting = newcomer(values)
    system = System(slug=slug, created_at=now)
    put(system, made, _owners(), now)
    try:
        with transaction.atomic():
            system.save(force_insert=True)
    except IntegrityError:
        raise fault("FH-REG-52", value=slug) from None
    detail: dict[str, Detail] = {"kind": system.kind, "core": True}
    record_event("system.registered", by=by, now=now, object_=f"system:{slug}", detail=detail)
    approval = None
    if waiting:
        why = reason or str(values.get("not_core_reason") or "")
        approval = ask_for_systems({slug: waiting}, system.name, why, "", by=by, now=now)
    return system, Saved(tuple(sorted(made)), approval)


@transaction.atomic
def change_system(slug: str, values: Record, reason: str = "", *, by: Doer, now: datetime) -> Saved:
    """Change a system's values. What alters the scope waits for a second person. Faults FH-REG-27 … 34, 50, 54, 56."""
    system = _system(slug)
    old = system_record(system)
    new = {name: value for name, value in values.items() if name != "slug"}
    _refuse_wrong({**old, **new}, now)
    at_once, waiting = system_change(old, new)
    if at_once:
        put(system, {name: pair[1] for name, pair in at_once.items()}, _owners(), now).save()
        detail: dict[str, Detail] = {"fields": sorted(at_once)}
        record_event("system.changed", by=by, now=now, object_=f"system:{slug}", detail=detail)
    approval = None
    if waiting:
        why = reason or str(values.get("not_core_reason") or "")
        approval = ask_for_systems({slug: waiting}, system.name, why, "", by=by, now=now)
    return Saved(tuple(sorted(at_once)), approval)


def retire_system(slug: str, on: date, reason: str, *, by: Doer, now: datetime) -> Approval:
    """Ask that a system be retired from ``on``; it is judged until a second person approves."""
    saved = change_system(slug, {"retired_on": on}, reason, by=by, now=now)
    if saved.approval is None:
        raise fault("FH-REG-56")
    return saved.approval


@transaction.atomic
def delete_system(slug: str, reason: str, *, by: Doer, now: datetime) -> Approval:
    """Ask that a system registered by mistake be deleted; it is judged until a second person approves."""
    system = _system(slug)
    if slug == SYSTEM_ONE:
        raise fault("FH-REG-31")
    change: Change = {"deleted": [False, True]}
    return ask_for_systems({slug: change}, system.name, reason, "", by=by, now=now)


@transaction.atomic
def register_system_one(now: datetime, *, by: Doer = KEEPER) -> System:
    """Register Fanghu itself, a core system, at the first start; later starts change nothing.

    What depends on where it is installed (internet, remote access) stays unknown, hence strict, until the firm says.
    """
    found = System.objects.filter(slug=SYSTEM_ONE).first()
    if found is not None:
        return found
    system = System.objects.create(
        slug=SYSTEM_ONE,
        name="防護",
        kind=System.Kind.SECURITY,
        is_core=True,
        e_trading_channels=[],
        serves_outside=False,
        personal_data=True,
        uses_passwords=True,
        has_customer_accounts=False,
        outsourced_development=False,
        environments=["production"],
        created_at=now,
        changed_at=now,
    )
    detail: dict[str, Detail] = {"kind": "security", "core": True}
    record_event("system.registered", by=by, now=now, object_=f"system:{SYSTEM_ONE}", detail=detail)
    return system


def _system(slug: str) -> System:
    # the owner may be missing, and PostgreSQL cannot lock the empty side of an outer join
    system = System.objects.select_for_update(of=("self",)).select_related("owner").filter(slug=slug).first()
    if system is None:
        raise fault("FH-REG-50")
    return system


def _owners() -> dict[str, UUID]:
    return dict(Person.objects.values_list("number", "pk"))


def _refuse_wrong(values: Record, now: datetime) -> None:
    for _field, wrong in check("systems", values, _owners(), timezone.localtime(now).date()):
        raise wrong.told()
