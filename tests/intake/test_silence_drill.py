"""The drill of 4.7 against the real intake's processes: it passes, and fails each time the mechanism is broken."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fanghu.alarms import jobs as telling_jobs
from fanghu.alarms import telling
from fanghu.alarms.models import Alarm, Catcher
from fanghu.intake import jobs
from fanghu.intake.drills import catching
from fanghu.intake.drills.silence import LIMIT, clean_up, silence
from fanghu.intake.models import Source, SourceGap
from fanghu.intake.plan import place, read_plan, read_state
from fanghu.jobs.job import Job
from fanghu.register.actions import register_system_one
from fanghu.testimony import DrillRun, Subject
from tests.edge.stage import Intake, soon

RUN = "fedcba9876543210fedcba9876543210"
AHEAD = timedelta(seconds=10)
Step = Callable[[], Any]


class Stage:
    """A run whose clock can be set ahead; the keeper's jobs run when the test says so."""

    def __init__(self, home: Path) -> None:
        self.home, self.ahead = home, timedelta()
        self.run = DrillRun(RUN, "4.7", Subject.system("fanghu"), "https://127.0.0.1:1", self.now)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def spoken(self) -> None:
        """The canary spoke, and the intake has said so."""
        assert silence(self.run) is None, failed(self.run)
        assert self.run.resume_at is not None
        soon(lambda: (state := read_state(self.home)) and any(seen.records for seen in state.sources.values()))

    def keeper(self, *left_out: str) -> None:
        """Every job of the intake and of alarms once, ten seconds later."""
        every: list[Job] = [*jobs.JOBS, *telling_jobs.JOBS]
        for job in every:
            if job.name not in left_out:
                job.run(self.now() + AHEAD)

    def result(self) -> Any:
        """What the drill says when its time is over."""
        self.ahead = LIMIT + AHEAD
        return silence(self.run)


def failed(run: DrillRun) -> list[str]:
    return [f"{step.name}: {step.seen}" for step in run.steps if not step.ok]


@pytest.fixture
def stage(transactional_db: None, settings: Any, tmp_path: Path) -> Iterator[Stage]:
    """A data folder of its own, system one registered."""
    settings.HOME = tmp_path
    register_system_one(datetime.now(UTC))
    yield Stage(tmp_path)
    assert list(clean_up(RUN)) == []
    assert not Source.objects.exists() and not SourceGap.objects.exists()
    assert not Alarm.objects.exists() and not Catcher.objects.exists()
    assert RUN not in catching.catchers
    assert not place(tmp_path).exists() or read_plan(tmp_path).sources == [], "it is let in no longer"


@pytest.fixture
def intake(tmp_path: Path) -> Iterator[Intake]:
    """The intake's own processes."""
    running = Intake(tmp_path)
    yield running
    running.end()


def test_it_passes_on_the_real_mechanism(stage: Stage, intake: Intake) -> None:
    stage.spoken()
    assert silence(stage.run) is None, "nothing has been raised yet: it waits on"
    stage.keeper()
    assert silence(stage.run) == "passed", failed(stage.run)
    assert [step.ok for step in stage.run.steps] == [True] * 4


def test_it_fails_where_nothing_watches(stage: Stage, intake: Intake) -> None:
    stage.spoken()
    stage.keeper("intake.watch")
    assert stage.result() == "failed"
    assert failed(stage.run) == [
        "the watch saw the record come in: not seen", "the source falls silent: no alarm",
        "the alarm goes out by webhook: not arrived",
    ]  # fmt: skip


def test_it_fails_where_nothing_is_delivered_or_the_signature_is_wrong(
    stage: Stage, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.spoken()
    stage.keeper("alarms.tell")
    kept = dict(stage.run.memory)
    assert stage.result() == "failed"
    assert failed(stage.run) == ["the alarm goes out by webhook: not arrived"]
    stage.ahead, stage.run.steps = timedelta(), []
    stage.run.memory = kept
    monkeypatch.setattr(telling, "webhook_key", lambda: b"another key")
    stage.keeper()
    assert stage.result() == "failed"
    assert failed(stage.run) == ["the alarm goes out by webhook: signature wrong"]


def test_without_an_intake_nothing_is_reached(stage: Stage) -> None:
    waits: list[float] = []
    assert silence(stage.run, pause=waits.append) == "not_reached"
    assert failed(stage.run) == ["a canary source sends one record over HTTPS: no answer"]
    assert sum(waits) >= 29


def test_an_intake_that_never_answers_is_not_waited_for_long(stage: Stage) -> None:
    """Each try lasts five seconds; sixty of them would hold up every other drill."""
    waits: list[float] = []

    def hung(seconds: float) -> None:
        waits.append(seconds)
        stage.ahead += timedelta(seconds=5.5)

    assert silence(stage.run, pause=hung) == "not_reached"
    assert len(waits) <= 12


def test_a_keeper_that_was_restarted_knows_nothing(stage: Stage) -> None:
    stage.run.memory["spoke_at"] = stage.now().isoformat()
    began = time.monotonic()
    assert silence(stage.run) == "not_reached"
    assert time.monotonic() - began < 10
