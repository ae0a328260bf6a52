"""A program: verify history while others judge, drill and decide between its steps, on a data folder of its own.

Run by ``test_history.py`` in a process of its own, because an in-memory database cannot be shared as a real one is.
Prints the findings, and ends with 1 when there are any; ``--forge`` deletes what one of the others did.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from fanghu.assurance import actions, drilling  # noqa: E402
from fanghu.assurance.history import verify_history  # noqa: E402
from fanghu.assurance.models import DrillRecord, JudgingRun  # noqa: E402
from fanghu.auditlog.actions import seal_now  # noqa: E402
from fanghu.events.doer import KEEPER  # noqa: E402
from fanghu.register.actions import register_system_one  # noqa: E402
from fanghu.testimony import Drill, DrillResult, DrillRun, Subject  # noqa: E402


def now() -> datetime:
    return datetime.now(UTC)


def attack(_run: DrillRun) -> DrillResult:
    return "failed"


def beside(deed: Callable[[], object]) -> None:
    """Do it in another thread, hence on another connection, and wait until it is committed."""

    def do() -> None:
        try:
            deed()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as other:
        other.submit(do).result()


def work() -> None:
    """What a keeper does: a pass, a drill, and the events of both into the log."""
    actions.judge(by=KEEPER, now=now())
    actions.queue_drill("busy", by=KEEPER, now=now())
    drilling.run_waiting(now)
    seal_now(wait=True)
    actions.judge(by=KEEPER, now=now())


def main() -> int:
    """Work between all steps; 1 when anything of it looks like an edit."""
    call_command("migrate", verbosity=0)
    register_system_one(now())
    busy = Drill(
        name="busy", duty="6.5", subject=Subject.system("fanghu"), sets_out_to="be busy", every=timedelta(days=30),
        attack=attack, clean_up=lambda _run: [],
    )  # fmt: skip
    drilling.drills()["busy"] = busy
    work()
    if "--forge" in sys.argv:
        DrillRecord.objects.order_by("-finished_at")[0].delete()
    steps: list[str] = []

    def step(name: str) -> None:
        steps.append(name)
        beside(work)

    done = verify_history(step)
    for _zh, en in done.findings:
        print(en)
    assert steps == ["log measured", "moment taken", "passes read", "rows read"]
    assert JudgingRun.objects.count() == 10 > done.runs
    return 1 if done.findings else 0


if __name__ == "__main__":
    sys.exit(main())
