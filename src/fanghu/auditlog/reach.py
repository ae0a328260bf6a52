"""Who gets at the log (4.10): accounts with the right, ways over the network without one, files open to others."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from django.conf import settings
from django.db import connection

from fanghu.auditlog.actions import places
from fanghu.auditlog.facts import LogAccess
from fanghu.auditlog.gone import all_places
from fanghu.auditlog.models import LogReader
from fanghu.auditlog.readers import readings
from fanghu.auditlog.reading import tallied
from fanghu.auditlog.sources import sources_of
from fanghu.shell.access import RightsMiddleware
from fanghu.shell.rights import Right
from fanghu.shell.routes import routes
from fanghu.testimony import Scope, Subject, Testimony

GUARDS = frozenset({
    Right.LOG_READ, Right.LOG_READ_ALL, Right.LOG_REVIEW, Right.LOG_READERS, Right.LOG_IMPORT, Right.APPROVAL_DECIDE,
})  # fmt: skip
"""Rights under which a page of the log may stand: reading, reviewing, saying who reads, importing, settling a finding (a decision)."""
SHOWING = ("fanghu.auditlog.", "fanghu.reviews.")
"""Packages whose pages show what lies in the log."""

OTHERS = 0o077


def log_access(scope: Scope) -> Mapping[Subject, Testimony[LogAccess]]:
    """Of every system whose log lies here: who may read it; pages and files are the same for all."""
    parts = sources_of(scope, tallied())
    if not parts:
        return {}
    open_, exposed, who = tuple(open_pages()), tuple(sorted(exposed_files())), readings(scope.now)
    return {
        subject: Testimony(
            LogAccess(
                len(who.of(subject.slug)), open_, exposed,
                tuple(sorted(whose(row) for row in who.unapproved.get(subject.slug, ()))),
            ),
            "roles, readers that were approved, pages and files of the log",
            scope.now,
        )
        for subject in parts
    }  # fmt: skip


def whose(row: LogReader) -> str:
    """Who a row of readers names: a person's number, or a role."""
    return row.person.number if row.person is not None else row.role


def pages() -> dict[str, str]:
    """Every way over the network to the log and to the reviews that quote it, by its name, and the right its view asks for."""
    return {route.name: route.right for route in routes() if route.module.startswith(SHOWING)}


def open_pages() -> list[str]:
    """Those that ask for no right over the log; every one of them where the gate itself is missing."""
    gate = f"{RightsMiddleware.__module__}.{RightsMiddleware.__qualname__}" in settings.MIDDLEWARE
    return sorted(name for name, right in pages().items() if not gate or right not in GUARDS)


def exposed_files() -> Iterator[str]:
    """What of the logs, their indexes and the events on their way others may open, or somebody else owns."""
    here = places()
    logs = all_places()
    for folder in (*(log.folder for log in logs), here.index.parent):
        if folder.exists():
            if folder.stat().st_mode & OTHERS:
                yield _shown(folder)
            yield from _owned_by_others(folder)
    for log in logs:
        if log.private_key.exists() and log.private_key.stat().st_mode & OTHERS:
            yield _shown(log.private_key)
    if connection.vendor == "sqlite" and here.home.stat().st_mode & OTHERS:
        path = Path(str(connection.settings_dict["NAME"]))
        if path.is_file() and path.stat().st_mode & OTHERS:
            yield path.name


def _owned_by_others(folder: Path) -> Iterator[str]:
    mine = os.geteuid()
    for path in [folder, *folder.rglob("*")]:
        try:
            if path.lstat().st_uid != mine:
                yield _shown(path)
        except FileNotFoundError:  # replaced meanwhile
            continue


def _shown(path: Path) -> str:
    return path.relative_to(places().home).as_posix()
