"""Who may send logs here and by which ways, as the intake processes read it: one file, written whole; no Django.

The console writes it (``fanghu.intake``) whenever a source changes; the processes of ``fanghu.edge`` watch it.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

LOG = "intake"
"""The name of the log that all of it goes into (see `fanghu.keys.locations.LogPlaces`)."""


class Source(msgspec.Struct, frozen=True, omit_defaults=True):
    """One source: what it is called in the log, how its records are read, and every way in that is open to it.

    ``tokens`` and ``certificates`` are hex SHA-256 (of the token, of the client certificate's DER); ``addresses`` are
    networks (CIDR) that may send syslog as this source; ``hosts`` the host names it states there ("" for any);
    ``paths`` are files to follow on this machine, ``journal`` a journald match such as ``_SYSTEMD_UNIT=sshd.service``.
    """

    name: str
    format: str
    ways: list[str]
    zone: str = "Asia/Taipei"
    tokens: list[str] = []
    certificates: list[str] = []
    addresses: list[str] = []
    hosts: list[str] = []
    paths: list[str] = []
    journal: str = ""
    most_per_second: int = 0


class Listeners(msgspec.Struct, frozen=True, omit_defaults=True):
    """``HOST:PORT`` of each listener, "" where it is closed."""

    http: str = ""
    syslog_tcp: str = ""
    syslog_tls: str = ""
    syslog_udp: str = ""


class Plan(msgspec.Struct, frozen=True, omit_defaults=True):
    """The whole plan. ``clients`` is the PEM file of the authority whose client certificates are accepted, or ""."""

    version: int = 1
    sources: list[Source] = []
    listen: Listeners = Listeners()
    clients: str = ""


def place(home: Path) -> Path:
    """Where the plan of a data folder lies."""
    return home / "run" / "intake-plan.json"


def state_place(home: Path) -> Path:
    """Where the intake processes say, each second, what came in (`State`)."""
    return home / "run" / "intake-state.json"


class Seen(msgspec.Struct, omit_defaults=True):
    """What came of one source since the intake started: newest arrival (UTC, RFC 3339) and counts.

    ``skipped`` counts numbers of batches that never came and can come no more, ``missing`` those that still may.
    """

    last: str = ""
    records: int = 0
    verbatim: int = 0
    refused: int = 0
    skipped: int = 0
    missing: int = 0


class State(msgspec.Struct, omit_defaults=True):
    """The intake as it runs: when this was written (UTC, RFC 3339), since when it runs, whether it can write, per source.

    ``trouble`` is "" or one plain sentence (a full disk, a listener that cannot bind).
    """

    at: str
    since: str
    trouble: str = ""
    unknown: int = 0
    sources: dict[str, Seen] = {}


def read_plan(home: Path) -> Plan:
    """The plan; an empty one where there is none. msgspec.DecodeError when it is not one."""
    try:
        return msgspec.json.decode(place(home).read_bytes(), type=Plan)
    except FileNotFoundError:
        return Plan()


def read_state(home: Path) -> State | None:
    """What the intake processes last said; None when they never ran or the file is not whole."""
    try:
        return msgspec.json.decode(state_place(home).read_bytes(), type=State)
    except (OSError, msgspec.MsgspecError):
        return None


def write(path: Path, what: Plan | State) -> None:
    """Put a file whole into its place, 0600."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(handle, msgspec.json.encode(what))
    finally:
        os.close(handle)
    draft.replace(path)
