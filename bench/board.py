"""The posture board and its neighbours as a browser gets them: 50 systems, three years of history, time and bytes."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SYSTEMS, DAYS, SPLITS = 50, 3 * 365, 12
PAGES = {
    "board": "/",
    "clause 6.7": "/clause/6.7/",
    "clauses": "/clauses/",
    "system one": "/system/fanghu/",
    "my work": "/work/",
    "register": "/register/",
    "audit log": "/log/",
    "drills": "/assurance/drills/",
    "approvals": "/approvals/",
    "my account": "/sign-in/account/",
}


def measure() -> list[dict[str, Any]]:
    """Median of five warm requests through the whole middleware, and the page compressed as a server would."""
    with tempfile.TemporaryDirectory(prefix="fanghu-bench-") as home:
        environment = os.environ | {
            "FANGHU_HOME": home,
            "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
            "DJANGO_SETTINGS_MODULE": "fanghu.settings",
            "DATABASE_URL": "",
            "FANGHU_HOSTS": "testserver",
        }
        run = subprocess.run([sys.executable, __file__], env=environment, stdout=subprocess.PIPE, check=True)
    found: list[dict[str, Any]] = json.loads(run.stdout)
    return found


def fill(now: datetime) -> None:
    """Systems, one real pass of judging, and older intervals for every cell behind it."""
    from django.apps import apps

    from fanghu.assurance.actions import judge
    from fanghu.events.doer import KEEPER
    from fanghu.register.actions import register_system_one

    register_system_one(now)
    system, interval = apps.get_model("register", "System"), apps.get_model("assurance", "VerdictInterval")
    system.objects.bulk_create(
        system(
            slug=f"system-{number}",
            name=f"資通系統 {number}",
            kind="trading" if number % 3 else "office",
            is_core=bool(number % 3),
            created_at=now,
            changed_at=now,
        )
        for number in range(SYSTEMS - 1)
    )
    judge(None, by=KEEPER, now=now)
    step = timedelta(days=DAYS / SPLITS)
    older = []
    for cell in interval.objects.all():
        cell.pk = None
        for number in range(SPLITS):
            old = interval(
                **{f.attname: getattr(cell, f.attname) for f in cell._meta.concrete_fields if f.attname != "id"}
            )
            old.from_at, old.until = now - step * (number + 1), now - step * number
            older.append(old)
    interval.objects.bulk_create(older, batch_size=2_000)


def main() -> None:
    """Measure in the data folder of this process and print the rows."""
    import django

    django.setup()
    from django.apps import apps
    from django.core.management import call_command
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from fanghu.auditlog.actions import open_log
    from tests.cast import add_account, sit_down

    call_command("migrate", verbosity=0)
    Path(os.environ["FANGHU_HOME"], "static").mkdir(exist_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0)
    now = datetime.now(UTC)
    open_log(now)
    fill(now)
    visitor = sit_down(add_account("erin", "officer", factor=True))
    rows = []
    for name, path in PAGES.items():
        with CaptureQueriesContext(connection) as queries:
            plain = visitor.get(path)
        asked = len(queries)
        assert plain.status_code == 200, (path, plain.status_code)
        taken = []
        for _ in range(5):
            began = time.perf_counter()
            answer = visitor.get(path, headers={"accept-encoding": "gzip"})
            taken.append((time.perf_counter() - began) * 1_000)
        beside = f"{asked} queries, {len(plain.content) // 1024} KiB before compression"
        if path == "/":
            beside += f", {apps.get_model('assurance', 'VerdictInterval').objects.count()} intervals"
        rows.append(row(f"{name}: server time, median of 5", round(statistics.median(taken), 1), "ms", 100, beside))
        rows.append(row(f"{name}: over the wire", round(len(answer.content) / 1_024, 1), "KiB", 30, beside))
    print(json.dumps(rows))


def row(name: str, value: float, unit: str, target: float, peer: str) -> dict[str, Any]:
    """One line of the benchmark."""
    return {"name": name, "value": value, "unit": unit, "target": target, "met": value < target, "peer": peer}


if __name__ == "__main__":
    main()
