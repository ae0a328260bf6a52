"""How fast the engine judges: 1,000 systems x all duties, one changed system, and whether queries grow.

Run as a program it judges in the data folder of FANGHU_HOME, which must be empty; ``measure`` gives it a fresh one.
"""

# ruff: noqa: S608 - statements are built from our own table and column names, values are bound
from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FEW, MANY = 10, 1_000
ATTESTED = ("3.1", "4.1", "5.1", "7.2", "9.1")
YEARS = 3
BOARD_SYSTEMS = 50
PEER = "CISO Assistant: 143 assets listed in about 5 s (its issue 3940)"


def measure() -> list[dict[str, Any]]:
    """Name, value, unit, target, whether it is met, and what a peer takes, of each number."""
    with tempfile.TemporaryDirectory(prefix="fanghu-bench-") as home:
        environment = os.environ | {
            "FANGHU_HOME": home, "PYTHONPATH": str(ROOT / "src"), "DJANGO_SETTINGS_MODULE": "fanghu.settings",
            "DATABASE_URL": "",
        }  # fmt: skip
        run = subprocess.run([sys.executable, __file__], env=environment, stdout=subprocess.PIPE, check=True)
    found: list[dict[str, Any]] = json.loads(run.stdout)
    return found


def timed(work: Callable[[], object]) -> tuple[float, int]:
    """Seconds and queries that ``work`` takes."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        started = time.perf_counter()
        work()
        taken = time.perf_counter() - started
    return taken, len(captured)


def add_systems(numbers: range, now: datetime) -> None:
    """Systems of which one duty in sixteen is attested by a document."""
    from datetime import date

    from django.apps import apps

    from fanghu.assurance.documents import keep
    from fanghu.assurance.models import Attestation

    system = apps.get_model("register", "System")
    system.objects.bulk_create(
        system(slug=f"s{n}", name=f"System {n}", kind="other", is_core=n % 2 == 0, created_at=now, changed_at=now)
        for n in numbers
    )
    kept = keep("evidence.pdf", [b"%PDF"])
    Attestation.objects.bulk_create(
        Attestation(
            duty=duty, subject=f"system:s{n}", statement="as shown", document_name=kept.name, document_hash=kept.hash,
            document_size=kept.size, effective_from=date(now.year, 1, 1), effective_until=date(now.year, 12, 31),
            state="standing", made_at=now, approved_at=now,
        )
        for n in numbers
        for duty in ATTESTED
    )  # fmt: skip


def main() -> list[dict[str, Any]]:
    """Fill an empty data folder and measure."""
    import django

    django.setup()
    from django.core.management import call_command

    from fanghu.assurance import actions, reading
    from fanghu.assurance.verifying import verify
    from fanghu.events.doer import KEEPER
    from fanghu.testimony import Subject

    call_command("migrate", verbosity=0, interactive=False)
    now = datetime.now(UTC)

    def judge(hours: int, subjects: list[Subject] | None = None) -> tuple[float, int]:
        return timed(lambda: actions.judge(subjects, by=KEEPER, now=now + timedelta(hours=hours)))

    add_systems(range(FEW), now)
    judge(0)
    _few_time, few = judge(1)
    add_systems(range(FEW, MANY), now)
    first_time, first = judge(2)
    again_time, again = judge(3)
    one_time, _one = judge(4, [Subject.system("s7")])
    verify_time, _queries = timed(lambda: verify(None))
    board_time, board_queries = _board(now, reading.board)
    return [
        _number("judging 1,000 systems x 83 duties, first time", first_time, "s", 20),
        _number("judging 1,000 systems x 83 duties again", again_time, "s", 20),
        _number(
            "queries more for 1,000 systems than for 10", abs(again - few) + max(0, first - again - 2), "queries", 0
        ),
        _number("judging one changed system of 1,000 again", one_time * 1000, "ms", 300),
        _number("recomputing history of five passes over 1,000 systems", verify_time, "s", 60),
        _number("reading the board, 50 systems with three years of history", board_time * 1000, "ms", 100),
        _number("queries of the board", board_queries, "queries", 3),
    ]


def _board(now: datetime, read: Callable[[datetime], object]) -> tuple[float, int]:
    """Give 50 systems three years of closed intervals, one a month and cell, and read their board."""
    from django.db import connection

    from fanghu.assurance.models import VerdictInterval

    table = VerdictInterval._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {table} WHERE subject LIKE 'system:s%%' AND CAST(substr(subject, 9) AS INTEGER) >= %s",
            [BOARD_SYSTEMS],
        )
        columns = [str(field.column) for field in VerdictInterval._meta.fields if field.name not in ("id", "until")]
        listed = ", ".join(columns)
        cursor.executemany(
            f"INSERT INTO {table} ({listed}, until) SELECT {listed}, %s FROM {table} WHERE until IS NULL",
            [(str((now - timedelta(days=30 * month)).replace(tzinfo=None)),) for month in range(1, 12 * YEARS + 1)],
        )
    at = now + timedelta(hours=4)
    return min(timed(lambda: read(at)) for _try in range(5))


def _number(name: str, value: float, unit: str, target: float) -> dict[str, Any]:
    return {
        "name": name,
        "value": round(value, 3),
        "unit": unit,
        "target": target,
        "met": value <= target,
        "peer": PEER if name.startswith("reading the board") else "",
    }


if __name__ == "__main__":
    print(json.dumps(main()))
