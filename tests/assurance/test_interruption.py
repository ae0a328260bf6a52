"""A drill is cut short by kill -9: the next start finds and removes what it left, and says it was interrupted."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.served import Served

pytestmark = [pytest.mark.slow, pytest.mark.sqlite]
LEFT_BY_A_RUN = {
    "canary accounts": "SELECT count(*) FROM accounts_account WHERE canary_run = ?",
    "their locks": "SELECT count(*) FROM signin_lock WHERE canary_run = ?",
    "their counts": "SELECT count(*) FROM signin_failurecount WHERE canary_run = ?",
    "their conditions": "SELECT count(*) FROM access_runcondition WHERE run = ?",
    "strays": "SELECT count(*) FROM accounts_straysignin WHERE run = ?",
}
ORPHANS = {
    "sessions": "SELECT count(*) FROM signin_ledgersession WHERE account_id NOT IN (SELECT id FROM accounts_account)",
    "factors": "SELECT count(*) FROM mfa_authenticator WHERE user_id NOT IN (SELECT id FROM accounts_account)",
}


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    product = Served(tmp_path)
    yield product
    product.stop()


def asked(home: Path, question: str, *values: Any) -> list[Any]:
    with closing(sqlite3.connect(home / "fanghu.sqlite3", timeout=20)) as database:
        return database.execute(question, values).fetchall()


def wait_for(answer: Callable[[], Any], seconds: float = 90) -> Any:
    """Ask until there is an answer."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = answer()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("it never came about")


def family(pid: int) -> list[int]:
    """A process, its children, and theirs."""
    try:
        children = [one for task in Path(f"/proc/{pid}/task").glob("*/children") for one in task.read_text().split()]
    except OSError:  # it has ended meanwhile
        return []
    return [pid, *(each for child in children for each in family(int(child)))]


def kill_all_at_once(served: Served) -> None:
    """SIGKILL for the process and those it started, so that nobody can tidy up."""
    assert served.process is not None
    for pid in family(served.process.pid):
        with suppress(ProcessLookupError):  # a short-lived one has ended meanwhile
            os.kill(pid, signal.SIGKILL)
    served.process.wait(10)
    assert served.process.stdout is not None
    served.process.stdout.close()
    served.process = None


def midway(home: Path) -> str:
    """A run that is under way and has made its canary."""
    found = asked(
        home,
        "SELECT id FROM assurance_drillrecord WHERE state = 'running' AND id IN "
        "(SELECT canary_run FROM accounts_account)",
    )
    return str(found[0][0]) if found else ""


def test_kill_9_midway_leaves_nothing_after_the_next_start(served: Served) -> None:
    home = served.start().home
    run = wait_for(lambda: midway(home))
    kill_all_at_once(served)
    before = {what: asked(home, question, run)[0][0] for what, question in LEFT_BY_A_RUN.items()}
    assert before["canary accounts"] >= 1

    served.start()
    record = "SELECT state, result, left_over, cleaned_at FROM assurance_drillrecord WHERE id = ?"
    state, result, left_over, cleaned_at = wait_for(
        lambda: [row for row in asked(home, record, run) if row[0] == "finished"]
    )[0]
    assert (state, result, left_over) == ("finished", "interrupted", "[]")
    assert cleaned_at
    assert {what: asked(home, question, run)[0][0] for what, question in LEFT_BY_A_RUN.items()} == dict.fromkeys(
        LEFT_BY_A_RUN, 0
    )
    assert {what: asked(home, question)[0][0] for what, question in ORPHANS.items()} == dict.fromkeys(ORPHANS, 0)

    def told() -> bool:
        lines = served.fanghu("log", "search", "--type", "drill.finished").stdout.splitlines()
        return any(run in line and "interrupted" in line for line in lines)

    wait_for(told)  # the event is sealed a moment after the row says so
    wait_for(lambda: asked(home, "SELECT 1 FROM assurance_drillrecord WHERE name = 'lockout' AND state = 'waiting'"))
    second = served.fanghu("drill", "run", "lockout", check=False)  # the first waits for the lock's end
    assert (second.returncode, "FH-ASR-" in second.stderr) == (75, True), second.stdout + second.stderr
    wait_for(lambda: asked(home, "SELECT 1 FROM assurance_judgingrun LIMIT 1"))
    assert served.fanghu("history", "verify").returncode == 0
