"""Imports of tables, lists of names and the official text: all of a file or nothing of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from fanghu.approvals.models import Approval
from fanghu.events.actions import record as record_event
from fanghu.events.doer import Doer
from fanghu.events.schema import Detail
from fanghu.faults import Exit, Fault
from fanghu.register.collectors import existing_records, waiting_changes
from fanghu.register.columns import KEYS, Table
from fanghu.register.models import ImportedList, OfficialText, Person, System
from fanghu.register.plan import Plan, make_plan
from fanghu.register.problems import fault
from fanghu.register.records import PEOPLE_FIELDS, STORED_FIELDS, put
from fanghu.register.requests import ask_for_systems
from fanghu.register.sheet import Sheet
from fanghu.regulation.edition import load
from fanghu.regulation.official import OfficialText as ParsedText
from fanghu.regulation.official import parse
from fanghu.regulation.text import RegulationError

CHUNK = 500
STORED = [*STORED_FIELDS, "owner", "retired_at", "changed_at"]


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, and the request for what of it waits."""

    plan: Plan
    approval: Approval | None = None


def dry_run(table: Table, sheet: Sheet, now: datetime) -> Plan:
    """What importing ``sheet`` would do, or what is wrong with it; three queries, nothing saved."""
    existing = existing_records(table)
    waiting = waiting_changes() if table == "systems" else {}
    people = existing if table == "people" else set(Person.objects.values_list("number", flat=True))
    return make_plan(table, sheet, existing, waiting, people, timezone.localtime(now).date())


@transaction.atomic
def import_sheet(
    table: Table,
    sheet: Sheet,
    name: str,
    file_hash: str,
    reason: str = "",
    *,
    digest: str = "",
    by: Doer,
    now: datetime,
) -> Imported:
    """Import all rows or, when one is wrong, none (Fault FH-REG-42).

    ``digest``, when given, is the plan that was shown: Fault FH-REG-41 when the register has changed since. What alters
    the scope of systems goes into one request for the whole file. A file that changes nothing records nothing.
    """
    plan = dry_run(table, sheet, now)
    if plan.faults:
        raise fault("FH-REG-42", exit_code=Exit.NO, count=len(plan.faults))
    if digest and plan.digest != digest:
        raise fault("FH-REG-41")
    if plan.empty:
        return Imported(plan)
    if table == "people":
        _store_people(plan)
    else:
        _store_systems(plan, now)
    if plan.new or plan.changed:
        _tell(plan, file_hash, by, now)
    approval = None
    if plan.waiting:
        title = _("Import of %(name)s: %(count)s systems") % {"name": Path(name).name[:100], "count": len(plan.waiting)}
        why = reason.strip() or _("Import of a file; reasons stand in its rows.")
        approval = ask_for_systems(plan.waiting, title, why, file_hash, by=by, now=now)
    return Imported(plan, approval)


@transaction.atomic
def import_list(name: str, names: list[str], file_hash: str, *, by: Doer, now: datetime) -> ImportedList:
    """Keep a list of host or system names from elsewhere; a list of the same name is replaced."""
    ImportedList.objects.filter(name=name).delete()
    account = UUID(by.account) if by.account else None
    kept = ImportedList.objects.create(
        name=name[:120], file_hash=file_hash, names=names, imported_at=now, imported_by_id=account
    )
    detail: dict[str, Detail] = {"name": kept.name, "count": len(names), "file": file_hash}
    record_event("list.imported", by=by, now=now, object_=f"list:{kept.pk}", detail=detail)
    return kept


def import_official_text(source: Path | bytes, *, by: Doer, now: datetime) -> ParsedText:
    """Keep the firm's own copy of the official text for the current edition; return what was found and missed.

    Faults FH-LAW-… from the parser, FH-REG-16 when the file cannot be read, FH-REG-02 when it is too large.
    """
    content = source if isinstance(source, bytes) else read_file(source)
    try:
        parsed = parse(content, load(settings.FANGHU_EDITION))
    except RegulationError as error:
        raise Fault(error.code, error.text.en, error.text.zh_hant) from None
    digest = hashlib.sha256(content).hexdigest()
    with transaction.atomic():
        OfficialText.objects.filter(edition=parsed.edition).delete()
        OfficialText.objects.bulk_create(
            OfficialText(edition=parsed.edition, clause=clause, text=text, file_hash=digest, imported_at=now)
            for clause, text in parsed.texts.items()
        )
        detail: dict[str, Detail] = {"found": len(parsed.found), "missing": list(parsed.missing), "file": digest}
        record_event("officialtext.imported", by=by, now=now, object_=f"edition:{parsed.edition}", detail=detail)
    return parsed


def read_file(path: Path, limit: int = 5 * 1024 * 1024) -> bytes:
    """The bytes of a file on the machine, at most ``limit``; Fault FH-REG-02 or 16."""
    try:
        with path.open("rb") as handle:
            content = handle.read(limit + 1)
    except OSError as error:
        raise fault("FH-REG-16", why=error.strerror or "I/O") from None
    if len(content) > limit:
        raise fault("FH-REG-02", limit=limit // 1024 // 1024)
    return content


def _store_people(plan: Plan) -> None:
    Person.objects.bulk_create((Person(**record) for record in plan.new), batch_size=500)
    if plan.changed:
        people = list(Person.objects.select_for_update().filter(number__in=list(plan.changed)))
        for person in people:
            for name, pair in plan.changed[person.number].items():
                setattr(person, name, pair[1])
        Person.objects.bulk_update(people, PEOPLE_FIELDS, batch_size=100)


def _store_systems(plan: Plan, now: datetime) -> None:
    owners = dict(Person.objects.values_list("number", "pk"))
    System.objects.bulk_create(
        (put(System(created_at=now), record, owners, now) for record in plan.new), batch_size=200
    )
    if plan.changed:
        systems = list(System.objects.select_for_update().filter(slug__in=list(plan.changed)))
        for system in systems:
            put(system, {name: pair[1] for name, pair in plan.changed[system.slug].items()}, owners, now)
        System.objects.bulk_update(systems, STORED, batch_size=100)


def _tell(plan: Plan, file_hash: str, by: Doer, now: datetime) -> None:
    """One event for the import; a large one in parts of 500 subjects each. People are told by count alone."""
    key = KEYS[plan.table]
    subjects = [f"+{record[key]}" for record in plan.new] + [f"~{name}" for name in plan.changed]
    parts = list(_chunks(subjects)) if plan.table == "systems" else [[]]
    for number, part in enumerate(parts, start=1):
        detail: dict[str, Detail] = {
            "table": plan.table,
            "file": file_hash,
            "new": len(plan.new),
            "changed": len(plan.changed),
            "unchanged": plan.unchanged,
            "part": f"{number}/{len(parts)}",
            "subjects": part,
        }
        record_event("register.imported", by=by, now=now, object_=f"file:{file_hash}", detail=detail)


def _chunks(items: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]
