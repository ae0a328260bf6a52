"""The only code that changes declared addresses and flows, or keeps what a probe saw.

To declare more is done at once; to change or remove what is declared could hide a gap, so a second person approves it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.db import transaction

from fanghu.approvals.actions import ask
from fanghu.approvals.approvable import hash_of
from fanghu.approvals.models import Approval
from fanghu.endpoints import own
from fanghu.endpoints.models import Endpoint, EndpointProbe, Flow
from fanghu.endpoints.problems import fault
from fanghu.endpoints.records import KINDS, found, put, record_of
from fanghu.events.actions import record
from fanghu.events.doer import KEEPER, Doer
from fanghu.events.schema import Detail
from fanghu.probes.endpoint import EndpointSeen
from fanghu.register.reading import system as registered

SYSTEM_ONE = "fanghu"
CHANGE_KIND = "endpoints.change"
HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|[0-9A-Fa-f:.]{2,45}")


@dataclass(frozen=True, slots=True)
class Probed:
    """What came of probing one endpoint: what was seen, or why nothing was."""

    endpoint: int
    seen: EndpointSeen | None
    why_not: str = ""


@transaction.atomic
def declare(kind: str, values: Mapping[str, Any], *, by: Doer, now: datetime) -> Any:
    """Declare an ``endpoint`` or ``flow``; ``values`` by field, the system by its slug. Faults FH-END-01 … 09."""
    row = KINDS[kind]()
    put(row, values)
    check(row)
    row.changed_at = now
    row.save()
    what: dict[str, Detail] = {"what": str(row), "protocol" if kind == "endpoint" else "data": _mark(row)}
    deed = "endpoint.declared" if kind == "endpoint" else "flow.declared"
    record(deed, by=by, now=now, object_=f"system:{row.system.slug}", detail=what)
    return row


@transaction.atomic
def ask_change(
    kind: str, pk: int, values: Mapping[str, Any] | None, reason: str, *, by: Doer, now: datetime
) -> Approval:
    """Ask that a row get these values, or (None) be removed. Faults FH-END-02 … 11."""
    row = found(kind, pk)
    if row.own:
        raise fault("FH-END-05")
    if not reason.strip():
        raise fault("FH-END-10")
    before, title = record_of(row), f"{row.system.slug} · {row}"
    after = None if values is None else {name: value for name, value in values.items() if before[name] != value}
    if after is not None:
        if not after:
            raise fault("FH-END-11")
        put(row, after)
        check(row)
    payload = {"row": kind, "pk": pk, "before": before, "after": after}
    subject = f"system:{row.system.slug}"
    return ask(CHANGE_KIND, subject, title, payload, hash_of(payload), reason.strip(), by=by, now=now)


def apply_change(approval: Approval, by: Doer, now: datetime) -> Mapping[str, Detail]:
    """Carry an approved change out, within the transaction and event of the decision."""
    payload = approval.payload
    row = found(payload["row"], payload["pk"], lock=True)
    told: dict[str, Detail] = {"what": str(row), "removed": payload["after"] is None}
    if payload["after"] is None:
        _remove(row)
        return told
    put(row, payload["after"])
    check(row)
    row.changed_at = now
    row.save()
    return told


@transaction.atomic
def ask_for_probe(pk: int, *, by: Doer, now: datetime) -> Endpoint:
    """Have an address probed at the keeper's next turn. Fault FH-END-06."""
    row: Endpoint = found("endpoint", pk, lock=True)
    row.asked_at = now
    row.save(update_fields=["asked_at"])
    record("endpoint.probe_asked", by=by, now=now, object_=f"system:{row.system.slug}", detail={"address": row.address})
    return row


@transaction.atomic
def keep(probed: Iterable[Probed], *, by: Doer, now: datetime) -> int:
    """Keep what the probes saw, with one event for all of them; an address removed meanwhile is left out."""
    known = Endpoint.objects.in_bulk([each.endpoint for each in probed])
    kept = [each for each in probed if each.endpoint in known]
    for each in kept:
        seen = None if each.seen is None else msgspec.to_builtins(each.seen)
        EndpointProbe.objects.update_or_create(
            endpoint=known[each.endpoint],
            defaults={"at": now, "reached": each.seen is not None, "why_not": each.why_not[:200], "seen": seen},
        )
    if kept:
        silent = sorted(known[each.endpoint].address for each in kept if each.seen is None)
        record("endpoints.probed", by=by, now=now, detail={"probed": len(kept), "silent": silent[:50]})
    return len(kept)


def follow_what_runs(now: datetime, *, by: Doer = KEEPER) -> bool:
    """Bring system one's own addresses and flows in line with what the program runs with; one event when they differ."""
    system = registered(SYSTEM_ONE)
    if system is None or not _followed(system, now, None):
        return False
    with transaction.atomic():
        changed = _followed(system, now, _save)
        record("endpoints.followed", by=by, now=now, object_=f"system:{SYSTEM_ONE}", detail={"changed": changed})
    return True


def _followed(system: Any, now: datetime, save: Callable[[Endpoint | Flow, datetime], None] | None) -> list[str]:
    """What differs from what runs; with ``save`` it is put right, without nothing is written."""
    changed: list[str] = []
    rows = {(row.host, row.port): row for row in Endpoint.objects.filter(system=system, own=True)}
    carriers: dict[str, Endpoint] = {}
    for name, values in own.endpoints().items():
        row = rows.pop((values["host"], values["port"]), None) or Endpoint(system=system, own=True)
        carriers[name] = row
        if _differs(row, values):
            changed.append(str(row))
            if save:
                save(row, now)
    flows = {row.name: row for row in Flow.objects.filter(system=system, own=True)}
    for name, values in own.flows().items():
        carrier = carriers.get(name)
        flow = flows.pop(name, None) or Flow(system=system, own=True, name=name)
        same = carrier is None or carrier.pk is not None
        if not same or _differs(flow, {**values, "endpoint": carrier}):
            changed.append(name)
            if save:
                save(flow, now)
    left: list[Endpoint | Flow] = [*flows.values(), *rows.values()]
    for gone in left:
        changed.append(str(gone))
        if save:
            _remove(gone)
    return changed


def check(row: Endpoint | Flow) -> None:
    """Refuse what cannot be; Faults FH-END-02, 03, 04, 07, 08, 09."""
    if isinstance(row, Endpoint):
        if not HOST.fullmatch(row.host):
            raise fault("FH-END-02")
        if not all(0 < port < 65_536 for port in (row.port, row.clear_port or 1)):
            raise fault("FH-END-03")
        if not row.path.startswith("/") or any(ord(each) <= 32 for each in row.path):
            raise fault("FH-END-07")
        same, code = Endpoint.objects.filter(system=row.system, host=row.host, port=row.port), "FH-END-04"
    else:
        if row.endpoint is not None and row.endpoint.system_id != row.system_id:
            raise fault("FH-END-09")
        same, code = Flow.objects.filter(system=row.system, name=row.name), "FH-END-08"  # type: ignore[assignment]
    if same.exclude(pk=row.pk).exists():
        raise fault(code)


def _differs(row: Endpoint | Flow, values: Mapping[str, Any]) -> bool:
    """Give a row these values, unsaved; whether it is new or had others."""
    differs = row.pk is None or any(getattr(row, name) != value for name, value in values.items())
    for name, value in values.items():
        setattr(row, name, value)
    return differs


def _save(row: Endpoint | Flow, now: datetime) -> None:
    row.changed_at = now
    row.save()


def _remove(row: Endpoint | Flow) -> None:
    """Remove a row; flows that an address carried are then carried by none, each by a change of its own."""
    if isinstance(row, Endpoint):
        for flow in row.flows.all():
            flow.endpoint = None
            flow.save(update_fields=["endpoint"])
    row.delete()


def _mark(row: Endpoint | Flow) -> str:
    return row.protocol if isinstance(row, Endpoint) else row.data
