"""The plan that the intake's processes read: made from the declared sources, written when it differs."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

import msgspec
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from fanghu.intake import rules
from fanghu.intake.models import ListenAddresses, Source, SourceToken
from fanghu.intake.plan import Listeners, Plan, place, read_plan, write
from fanghu.intake.plan import Source as Planned

log = logging.getLogger(__name__)
USUAL: Mapping[str, int] = {"http": 8444, "syslog_tls": 6514, "syslog_tcp": 8514, "syslog_udp": 8514}
"""Ports of this machine that are listened on where the firm has set nothing."""


def after_commit() -> None:
    """Write the plan once what this transaction does stands."""
    transaction.on_commit(_write_now)


def _write_now() -> None:
    try:
        keep_plan(timezone.now())
    except OSError:  # a full disk must not undo what was decided; the keeper tries again
        log.exception("the intake's plan could not be written")


def keep_plan(now: datetime) -> bool:
    """Write the plan where it differs from what lies there; whether it was written."""
    home = Path(settings.HOME)
    try:
        there: Plan | None = read_plan(home) if place(home).exists() else None
    except msgspec.MsgspecError:
        there = None
    due = plan(now, there or Plan())
    if due == there or (there is None and not due.sources):
        return False
    write(place(home), due)
    return True


def plan(now: datetime, there: Plan) -> Plan:
    """What the intake should let in now; ``there`` is the plan in force, whose ports are kept."""
    rows = list(Source.objects.filter(removed_at=None))
    tokens: dict[int, list[str]] = {}
    for source, digest in SourceToken.objects.filter(revoked_at=None, expires_at__gt=now).values_list(
        "source_id", "sha256"
    ):
        tokens.setdefault(source, []).append(digest)
    row = ListenAddresses.objects.filter(pk=1).first()
    return Plan(
        sources=[_planned(source, sorted(tokens.get(source.pk, []))) for source in rows],
        listen=_listeners(row, needed(source.ways for source in rows), there.listen),
        clients=_clients(row.clients if row else ""),
    )


def needed(ways: Iterable[Iterable[str]]) -> set[str]:
    """The listeners that these ways in need; none is opened that nobody uses."""
    asked = {way for each in ways for way in each}
    found = {"syslog_tls", "syslog_tcp", "syslog_udp"} if "syslog" in asked else set()
    return found | ({"http"} if asked & rules.OVER_HTTP else set())


def _planned(row: Source, tokens: list[str]) -> Planned:
    return Planned(
        name=row.name, format=row.format, ways=list(row.ways), zone=row.zone, tokens=tokens,
        certificates=list(row.certificates), addresses=list(row.addresses), hosts=list(row.hosts), paths=list(row.paths),
        journal=row.journal, most_per_second=row.most_per_second,
    )  # fmt: skip


def _listeners(row: ListenAddresses | None, wanted: set[str], there: Listeners) -> Listeners:
    taken: set[int] = set()
    found = {}
    for name in ("http", "syslog_tls", "syslog_tcp", "syslog_udp"):
        if name not in wanted:
            continue
        if row is not None:
            found[name] = getattr(row, name)
        else:
            found[name] = getattr(there, name) or f"127.0.0.1:{_free_port(name, taken)}"
        at = rules.listener(found[name])
        if at:
            taken.add(at[1])
    return Listeners(**found)


def _free_port(name: str, taken: set[int]) -> int:
    """The usual port of this machine, else one that the kernel chooses."""
    kind = socket.SOCK_DGRAM if name == "syslog_udp" else socket.SOCK_STREAM
    for port in (USUAL[name], 0):
        with socket.socket(socket.AF_INET, kind) as trial:
            if kind == socket.SOCK_STREAM:
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind(("127.0.0.1", port))
            except OSError:
                continue
            chosen = int(trial.getsockname()[1])
            if chosen not in taken or kind == socket.SOCK_DGRAM:
                return chosen
    return USUAL[name]


def _clients(pem: str) -> str:
    """The authority of client certificates as a file of the data folder; "" where there is none.

    Our own authority is accepted beside the firm's, so that a canary can show a certificate: whoever shows one is let in
    only where a source names that very certificate.
    """
    if not pem:
        return ""
    path = Path(settings.HOME) / "run" / "intake-clients.pem"
    ours = Path(settings.HOME) / "tls" / "authority.pem"
    if ours.exists():
        pem = f"{pem.rstrip()}\n{ours.read_text()}"
    if not path.exists() or path.read_text() != pem:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_suffix(".new")
        draft.write_text(pem)
        draft.chmod(0o600)
        draft.replace(path)
    return str(path)
