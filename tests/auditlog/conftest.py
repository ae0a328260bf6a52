"""A log of its own for every test, and ways for a relay to die."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import transaction

from fanghu.auditlog.actions import open_log, places
from fanghu.auditlog.vault import SealedLog, Vault, opened
from fanghu.events.actions import record
from fanghu.events.doer import KEEPER

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


class KilledError(BaseException):
    """The process ends here; nothing after it runs."""


class DyingVault(Vault):
    """Dies at one of its steps: ``before append``, ``after append``, ``after seal``."""

    step = ""

    def append(self, entries):
        if self.step == "before append":
            raise KilledError
        first = super().append(entries)
        if self.step == "after append":
            raise KilledError
        return first

    def seal(self, now):
        super().seal(now)
        if self.step == "after seal":
            raise KilledError


@contextmanager
def dying(step: str) -> Iterator[Vault]:
    with opened(places()) as vault:
        doomed = DyingVault(vault.folder, vault.writer)
        doomed.step = step
        yield doomed


@pytest.fixture
def own_log(db, settings, tmp_path) -> Path:
    """An opened, empty log in a data folder of the test's own."""
    settings.HOME = tmp_path
    open_log(NOW)
    return tmp_path / "log"


@pytest.fixture
def deed() -> Callable[[str], str]:
    def do(type_: str = "test.done", **more) -> str:
        with transaction.atomic():
            return record(type_, by=KEEPER, now=more.pop("now", NOW), **more)

    return do


def ids_in(folder: Path) -> list[str]:
    log = SealedLog(folder)
    return [entry.id for entry in log.records(0, log.size)]


def types_in(folder: Path) -> list[str]:
    log = SealedLog(folder)
    return [entry.type for entry in log.records(0, log.size)]
