"""The house with everything defined, verified, measured and synchronised: every duty of article 4 judged here is Met."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from fanghu.approvals.actions import decide
from fanghu.auditlog.actions import places, seal_now
from fanghu.auditlog.checkpoints import keep_checkpoint
from fanghu.auditlog.clocks import read_clock
from fanghu.auditlog.keeping import note_size
from fanghu.auditlog.verification import verify
from fanghu.events.doer import KEEPER, Doer
from fanghu.probes.clock import DaemonClock, KernelClock, ServerAnswer
from fanghu.register.actions import register_system_one
from fanghu.register.defining import ask_to_confirm_defaults
from tests.honesty.planting import House


def doer(account: Any) -> Doer:
    return Doer("console", account=str(account.pk), person=str(account.person_id), place="127.0.0.1")


def synchronised(now: Any) -> None:
    """A round of readings of a clock that is kept."""
    read_clock(
        now,
        kernel=lambda: KernelClock(True, 0.01),
        daemon=lambda: DaemonClock(True, "198.51.100.1", 2, 0.001, 0.0),
        ask=lambda server: ServerAnswer(server, "", 0.002, 0.01, 1),
    )


@pytest.fixture
def house(cast: dict[str, Any], settings: Any, tmp_path: Path) -> House:
    """System one as the guided first run leaves it, its clock synchronised."""
    settings.HOME = tmp_path
    tmp_path.chmod(0o700)
    now = timezone.now()
    register_system_one(now)
    asked = ask_to_confirm_defaults("as shipped", by=doer(cast["erin"]), now=now)
    decide(asked.pk, True, "read", by=doer(cast["bob"]), now=now)
    seal_now(wait=True)
    verify(by=KEEPER, now=now)
    seal_now(wait=True)
    keep_checkpoint("safe at the bank", account=str(cast["carol"].pk), by=doer(cast["carol"]), now=now)
    seal_now(wait=True)
    note_size(now)
    synchronised(now)
    return House(settings, tmp_path, cast, now=timezone.now())


def with_log(doing: Callable[[House], object]) -> Callable[[House], None]:
    """A plant that writes to the log: log and index are put back as they were."""

    def plant(house: House) -> None:
        kept = house.home / "kept"
        shutil.copytree(places().folder, kept / "log")
        shutil.copytree(places().index.parent, kept / "index")

        def restore() -> None:
            for name in ("log", "index"):
                shutil.rmtree(house.home / name)
                shutil.move(kept / name, house.home / name)
            kept.rmdir()

        house.undo.append(restore)
        doing(house)

    return plant


def later(days: float) -> Callable[[House], None]:
    """Nothing happened for so many days."""

    def plant(house: House) -> None:
        house.now += timedelta(days=days)

    return plant
