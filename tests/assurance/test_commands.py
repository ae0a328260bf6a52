"""`fanghu assess`, `history verify`, `regulation` and `drill` as scripts and people use them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fanghu.assurance.models import VerdictInterval
from fanghu.cli.__main__ import main
from fanghu.cli.assess import moment
from fanghu.cli.table import cut, pad, width
from fanghu.faults import Exit, Fault
from tests.assurance.conftest import OFFICE, say
from tests.assurance.mechanism.facts import Locks

FIELDS = {
    "duty", "clause", "subject", "verdict", "strength", "proof", "target_proof", "because", "facts", "judged_at", "relief"
}  # fmt: skip


@pytest.fixture
def home(transactional_db: None, systems: None, mechanism: Any, settings: Any, tmp_path: Path) -> Any:
    settings.HOME = tmp_path
    return mechanism


@pytest.mark.usefixtures("home")
def test_assess_prints_one_object_a_line_with_what_scripts_rely_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["assess", "--format", "json"]) == Exit.YES
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(rows) == 83 * 4
    assert all(row.keys() >= FIELDS for row in rows)
    one = next(row for row in rows if row["duty"] == "10.1.1" and row["subject"] == "firm")
    assert (one["clause"], one["verdict"], one["relief"], one["judged_at"][-1]) == ("10.1", "unknown", None, "Z")
    assert set(one["because"]) == {"zh-Hant", "en"}


def test_fail_on_answers_with_the_exit_code(home: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["assess", "--system", "office", "--fail-on", "not_met"]) == Exit.YES
    assert main(["assess", "--system", "office", "--fail-on", "unknown"]) == Exit.NO
    say(home, Locks(9), OFFICE, read_at=datetime.now(UTC))
    assert main(["assess", "--system", "office", "--fail-on", "not_met"]) == Exit.NO
    printed = capsys.readouterr().out
    assert "Article 6" in printed
    assert "9 failures are allowed." in printed


@pytest.mark.usefixtures("home")
def test_a_verified_history_and_an_edited_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history", "settle", "made by the test, not by deeds"]) == Exit.YES
    assert main(["history", "verify"]) == Exit.CANNOT
    main(["assess"])
    assert main(["history", "verify", "--format", "json"]) == Exit.YES
    VerdictInterval.objects.filter(duty="3.1", subject="system:office").update(verdict="met")
    capsys.readouterr()
    assert main(["history", "verify", "--format", "json"]) == Exit.NO
    said = json.loads(capsys.readouterr().out)
    assert said["result"] == "differs"
    assert "3.1 system:office" in said["findings"][0]["en"]


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["assess", "--system", "nowhere"], Exit.USAGE),
        (["assess", "--as-of", "yesterday"], Exit.USAGE),
        (["assess", "--as-of", "2199-01-01"], Exit.USAGE),
        (["assess", "--as-of", "2020-01-01"], Exit.CANNOT),
        (["regulation", "show", "9.99"], Exit.USAGE),
        (["regulation", "import", "/nowhere"], Exit.CANNOT),
        (["drill", "run", "locks"], Exit.CANNOT),
        (["drill", "list"], Exit.YES),
        (["regulation", "list"], Exit.YES),
        (["regulation", "show", "6.5"], Exit.YES),
    ],
)
def test_exit_codes(arguments: list[str], code: Exit, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == code
    captured = capsys.readouterr()
    assert bool(captured.err) is (code != Exit.YES)


def test_the_regulation_as_json_is_a_list_of_clauses(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["regulation", "list", "--format", "json"]) == Exit.YES
    clauses = json.loads(capsys.readouterr().out)
    assert (len(clauses), sum(len(clause["duties"]) for clause in clauses)) == (76, 83)


def test_times_are_read_in_taipei() -> None:
    now = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
    assert moment("2026-11-21", now) == datetime(2026, 11, 21, 15, 59, 59, 999_999, tzinfo=UTC)
    assert moment("2026-11-22T01:00:00Z", now) == datetime(2026, 11, 22, 1, tzinfo=UTC)
    assert moment("2026-11-23", now) == now
    with pytest.raises(Fault, match="FH-ASR-41"):
        moment("2026-11-24", now)


def test_columns_count_chinese_as_two() -> None:
    assert (width("條款6.5"), cut("不符合條款", 7), pad("符合", 6)) == (7, "不符合…", "符合  ")
