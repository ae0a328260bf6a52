"""Plant a fault in the mechanism behind a duty, and see the verdict turn from Met, through collectors and judge.

Each module ``tests/honesty/aNN/test_cNN.py`` names its faults and tries them::

    DUTY = "6.5"
    PLANTS = [Plant("a lock is shortened by hand to five minutes", shorten), …]
    test_a_fault_is_seen = tried(DUTY, PLANTS)

A plant is given the house and does one thing to the mechanism: a row by hand (``house.by_hand``), a setting
(``house.setting``, ``house.without``), a file (``house.file``). It is undone afterwards, and the duty must be Met again,
so that it was this fault that turned it. A fault that goes unseen is a failing test.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection, transaction
from django.utils import timezone

from fanghu.testimony import Subject

ONE = Subject.system("fanghu")


@dataclass(slots=True)
class House:
    """System one as it runs in a test: its data folder, its settings, its people; ``now`` may be set ahead."""

    settings: Any
    home: Path
    people: dict[str, Any]
    now: datetime = field(default_factory=timezone.now)
    undo: list[Callable[[], object]] = field(default_factory=list)

    def cell(self, duty: str, subject: Subject = ONE) -> Any:
        """What is judged now of ``duty``: facts collected anew, nothing written."""
        from fanghu.assurance.actions import _ground
        from fanghu.assurance.judging import observe

        ground, _limit = _ground([subject], self.now)
        law = replace(ground.law, duties={duty: ground.law.duties[duty]})
        (cell,) = observe(replace(ground, law=law))
        return cell

    def by_hand(self, statement: str, *values: Any) -> int:
        """Do what somebody with the database file would do; how many rows it touched (it must touch one)."""
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            assert cursor.rowcount, f"nothing was planted: {statement}"
            return int(cursor.rowcount)

    def setting(self, name: str, value: Any) -> None:
        """Set a setting as somebody with the settings file would."""
        before = getattr(django_settings, name)
        self.undo.append(lambda: setattr(self.settings, name, before))
        setattr(self.settings, name, value)

    def without(self, middleware: str) -> None:
        """Take a middleware out."""
        kept = [name for name in django_settings.MIDDLEWARE if name != middleware]
        assert len(kept) < len(django_settings.MIDDLEWARE), f"{middleware} is not there"
        self.setting("MIDDLEWARE", kept)

    def file(self, path: Path, content: bytes | None) -> None:
        """Overwrite a file, or delete it (None)."""
        before = path.read_bytes()

        def restore() -> None:
            path.unlink(missing_ok=True)
            path.write_bytes(before)

        self.undo.append(restore)
        path.unlink()
        if content is not None:
            path.write_bytes(content)


@dataclass(frozen=True, slots=True)
class Plant:
    """One fault in words, and what is done; ``code`` is the verdict's code where it is worth pinning."""

    fault: str
    do: Callable[[House], object]
    code: str = ""

    def __str__(self) -> str:
        return self.fault


class _Undone(Exception):
    """Rolls the planted rows back."""


def planted(house: House, duty: str, plant: Plant) -> Any:
    """The cell while the fault is there; afterwards all of it is undone."""
    seen = None
    now = house.now
    try:
        with transaction.atomic():
            plant.do(house)
            seen = house.cell(duty)
            raise _Undone
    except _Undone:
        pass
    finally:
        while house.undo:
            house.undo.pop()()
        house.now = now
    assert seen is not None
    return seen


def turned(house: House, duty: str, plant: Plant) -> Any:
    """Met, planted, no longer Met, undone, Met again; returns the cell in between."""
    before = house.cell(duty)
    assert before.verdict == "met", f"{duty} is not met before anything is planted: {before.en}"
    seen = planted(house, duty, plant)
    assert seen.verdict != "met", f"{duty} is still met, though {plant.fault}"
    assert not plant.code or seen.code == plant.code, f"{duty}: {seen.code}, {seen.en}"
    after = house.cell(duty)
    assert after.verdict == "met", f"{duty} is not met again after the fault was taken out: {after.en}"
    return seen


def tried(duty: str, plants: Sequence[Plant]) -> Callable[..., None]:
    """A test for each plant."""

    @pytest.mark.parametrize("plant", plants, ids=str)
    def test_a_fault_is_seen(house: House, plant: Plant) -> None:
        turned(house, duty, plant)

    return test_a_fault_is_seen
