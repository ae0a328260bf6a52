"""Lock files pin everything by hash and name no host: which index serves them is the machine's business."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.layout.house import ROOT, shown

LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^ ;\\]+)")


def entries(lock: Path) -> list[str]:
    """One logical line per library, continuation lines joined."""
    joined = lock.read_text("utf-8").replace("\\\n", " ")
    return [line.strip() for line in joined.splitlines() if line.strip() and not line.startswith("#")]


@pytest.mark.parametrize("lock", LOCKS, ids=shown)
def test_a_lock_names_no_host(lock: Path) -> None:
    text = lock.read_text("utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*(--(extra-)?index-url|--find-links|-i\b|-f\b)", text, flags=re.MULTILINE)


@pytest.mark.parametrize("lock", LOCKS, ids=shown)
def test_every_library_is_pinned_by_hash(lock: Path) -> None:
    assert entries(lock)
    loose = [line for line in entries(lock) if not PIN.match(line) or "--hash=sha256:" not in line]
    assert not loose


def test_run_and_test_agree_on_versions() -> None:
    pins = [dict(PIN.match(line).groups() for line in entries(lock)) for lock in LOCKS]
    differ = {name for name in set(pins[0]) & set(pins[1]) if pins[0][name] != pins[1][name]}
    assert not differ


def test_every_library_asked_for_is_locked() -> None:
    for asked in sorted((ROOT / "requirements").glob("*.in")):
        names = re.findall(r"^([a-z0-9][a-z0-9-]*)", asked.read_text("utf-8"), flags=re.MULTILINE)
        locked = {PIN.match(line).group(1) for line in entries(asked.with_suffix(".txt"))}
        assert set(names) <= locked, f"{shown(asked)} is newer than its lock; run ./run lock"
