"""What an import would do, before anything is done: new, changed, unchanged, and every bad cell by its place; pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from fanghu.register.cells import unguarded
from fanghu.register.columns import KEYS, TABLES, Column, Table
from fanghu.register.problems import CellFault, RowFault, fault
from fanghu.register.rules import ALWAYS_CORE, Change, retirement_ok, system_change
from fanghu.register.sheet import Sheet, SheetRow

SYSTEM_ONE = "fanghu"
Record = dict[str, Any]


@dataclass(slots=True)
class Plan:
    """``new`` records; ``changed`` and ``waiting`` by key, field by field [before, after]; ``unchanged`` counts rows.

    ``changed`` holds at once; ``waiting`` alters scope and needs a second person; ``asked`` counts rows whose changes
    wait already. ``digest`` binds a confirmation to exactly this plan.
    """

    table: Table
    new: list[Record] = field(default_factory=list)
    changed: dict[str, Change] = field(default_factory=dict)
    waiting: dict[str, Change] = field(default_factory=dict)
    unchanged: int = 0
    asked: int = 0
    faults: list[RowFault] = field(default_factory=list)
    read_as: str = ""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to change."""
        return not (self.new or self.changed or self.waiting)

    @property
    def changed_rows(self) -> int:
        """How many registered rows would change, at once or after approval."""
        fresh = {record[KEYS[self.table]] for record in self.new}
        return len((self.changed.keys() | self.waiting.keys()) - fresh)

    @property
    def digest(self) -> str:
        """SHA-256 over what would be done."""
        content = [self.table, self.new, self.changed, self.waiting]
        return hashlib.sha256(json.dumps(content, default=str, sort_keys=True).encode()).hexdigest()


def make_plan(
    table: Table,
    sheet: Sheet,
    existing: Mapping[str, Record],
    waiting: Mapping[str, Sequence[Change]],
    people: Collection[str],
    today: date,
) -> Plan:
    """Compare ``sheet`` with the ``existing`` records (by key); ``waiting`` are changes already asked for.

    A column that is absent leaves registered values as they are. Faults FH-REG-13, 14, 15 for the header.
    """
    columns = _columns(table, sheet)
    plan = Plan(table, faults=list(sheet.faults), read_as=sheet.read_as)
    broken = {wrong.line for wrong in plan.faults}
    seen: dict[str, int] = {}
    for row in sheet.rows:
        if row.line in broken:
            continue
        record, wrong = _record(columns, row, sheet.guarded)
        key = str(record.get(KEYS[table], ""))
        if key and key in seen:
            where = sheet.header[[found.key for found in columns].index(KEYS[table])]
            wrong.append(CellFault("FH-REG-26", value=key, line=seen[key]).at(row.line, where))
        seen.setdefault(key, row.line)
        if not wrong:
            old = existing.get(key)
            names = {found.key: name for found, name in zip(columns, sheet.header, strict=True)}
            for field_, problem in check(table, {**(old or {}), **record}, people, today):
                wrong.append(problem.at(row.line, names.get(field_, "")))
            if not wrong:
                _place(plan, key, record, old, waiting.get(key, ()))
        plan.faults.extend(wrong)
    plan.faults.sort(key=lambda found: found.line)
    return plan


def check(table: Table, record: Record, people: Collection[str], today: date) -> list[tuple[str, CellFault]]:
    """What is wrong with a whole record, as (field, fault): the rules that forms and imports share."""
    if table == "people":
        start, end = record.get("employed_from"), record.get("employed_until")
        return [("employed_until", CellFault("FH-REG-32"))] if start and end and end < start else []
    wrong: list[tuple[str, CellFault]] = []
    not_core = record.get("is_core") is False
    if not_core and record.get("kind") in ALWAYS_CORE:
        wrong.append(("is_core", CellFault("FH-REG-28")))
    elif not_core and not record.get("not_core_reason"):
        wrong.append(("not_core_reason", CellFault("FH-REG-29")))
    if record.get("slug") == SYSTEM_ONE and (not_core or record.get("retired_on")):
        wrong.append(("is_core" if not_core else "retired_on", CellFault("FH-REG-31")))
    if record.get("owner") and record["owner"] not in people:
        wrong.append(("owner", CellFault("FH-REG-27", value=record["owner"])))
    if not retirement_ok(record.get("retired_on"), today):
        wrong.append(("retired_on", CellFault("FH-REG-34")))
    return wrong


def newcomer(record: Record) -> tuple[Record, Change]:
    """A new system as it is registered at once (core, in use), and what of it a second person must approve first."""
    asked: Record = {name: record[name] for name in ("is_core", "not_core_reason", "retired_on") if name in record}
    plain: Record = {"is_core": True, "not_core_reason": "", "retired_on": None}
    _now, waits = system_change(plain, asked)
    return {**record, **plain}, waits


def _columns(table: Table, sheet: Sheet) -> list[Column]:
    """The column each header cell names."""
    found: list[Column] = []
    for name in sheet.header:
        match = next((item for item in TABLES[table] if item.named(name)), None)
        if match is None:
            raise fault("FH-REG-13", name=name)
        if match in found:
            raise fault("FH-REG-15", name=name)
        found.append(match)
    for item in TABLES[table]:
        if item.required and item not in found:
            raise fault("FH-REG-14", name=f"{item.zh} / {item.en}")
    return found


def _record(columns: Sequence[Column], row: SheetRow, guarded: bool) -> tuple[Record, list[RowFault]]:
    record: Record = {}
    wrong: list[RowFault] = []
    for item, cell in zip(columns, row.cells, strict=True):
        text = unguarded(cell.strip()) if guarded else cell.strip()
        name = f"{item.zh} / {item.en}"
        if not text and item.required:
            wrong.append(CellFault("FH-REG-20").at(row.line, name))
        elif text or item.key not in ("kind", "is_core"):
            try:
                record[item.key] = item.read(text)
            except CellFault as problem:
                wrong.append(problem.at(row.line, name))
    return record, wrong


def _place(plan: Plan, key: str, record: Record, old: Record | None, asked: Sequence[Change]) -> None:
    """File one good row under new, changed, waiting or unchanged."""
    if old is None:
        made, waits = newcomer(record) if plan.table == "systems" else (record, {})
        plan.new.append(made)
        if waits:
            plan.waiting[key] = waits
        return
    now, waits = (
        system_change(old, record)
        if plan.table == "systems"
        else ({name: [old.get(name), value] for name, value in record.items() if old.get(name) != value}, {})
    )
    fresh = {name: pair for name, pair in waits.items() if not any(change.get(name) == pair for change in asked)}
    if now:
        plan.changed[key] = now
    if fresh:
        plan.waiting[key] = fresh
    if not now and not fresh:
        plan.unchanged += 1
        plan.asked += bool(waits)
