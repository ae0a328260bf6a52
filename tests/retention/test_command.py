"""``fanghu log prune``, ``archive`` and ``restore`` as a person at the machine runs them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import fanghu.cli.__main__ as command
from fanghu.auditlog.actions import open_log, places, seal_now
from fanghu.auditlog.reading import events
from fanghu.events.doer import KEEPER
from fanghu.retention.actions import set_hold

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)


@pytest.fixture
def fanghu(
    db: None, settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    settings.HOME = tmp_path / "home"
    settings.HOME.mkdir()
    open_log(NOW)
    monkeypatch.setenv("FANGHU_HOME", str(settings.HOME))
    monkeypatch.setattr(command, "GROUPS", ("log",))

    def run(*words: object) -> tuple[int, str]:
        code = command.main([str(word) for word in words])
        told = capsys.readouterr()
        return code, told.out + told.err

    return run


def test_nothing_goes_that_nobody_approved(fanghu: Callable[..., tuple[int, str]]) -> None:
    code, told = fanghu("log", "prune")
    assert code == 0
    assert "fanghu: 0 entries may go" in told and "let go as approved: 0" in told


def test_archived_lost_and_put_back(fanghu: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    set_hold("letter", sources=[], since=None, until=None, by=KEEPER, now=NOW)
    seal_now(wait=True)
    to = tmp_path / "archive"
    code, told = fanghu("log", "archive", "--to", to)
    assert code == 0 and f"{to}: 1 entries" in told
    assert [event.object for _index, event in events("log.served")] == ["own/archive"]
    assert fanghu("log", "verify", to)[0] == 0
    shutil.rmtree(places().folder)
    code, told = fanghu("log", "restore", "--from", to)
    assert code == 0 and "1 entries" in told
    assert fanghu("log", "verify", places().folder)[0] == 0


def test_a_spoilt_archive_is_refused_in_one_sentence(fanghu: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    to = tmp_path / "archive"
    fanghu("log", "archive", "--to", to)
    (to / "checkpoint").write_bytes(b"nonsense")
    code, told = fanghu("log", "restore", "--from", to)
    assert code != 0 and "FH-RET-08" in told
    assert fanghu("log", "verify", places().folder)[0] == 0


def test_a_bucket_needs_a_place_an_address_and_a_key(
    fanghu: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    for words, said in (
        (("archive", "--to", "s3://b/x"), "FH-RET-11"),
        (("archive", "--to", "s3://b/x", "--endpoint", "http://store.example"), "FH-RET-15"),
        (("archive", "--to", tmp_path / "folder", "--reread"), "FH-RET-15"),
        (("restore", "--from", tmp_path / "folder", "--as-of", "2026-11-20T08:00"), "FH-RET-15"),
    ):
        code, told = fanghu("log", *words)
        assert code != 0 and said in told
    assert not (tmp_path / "folder").exists()
