"""The hourly canaries (4.2) against the real intake: found again, or a gap with its alarm and a duty not met."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from fanghu.alarms.models import Alarm
from fanghu.auditlog.actions import indexes, seal_now
from fanghu.events.doer import KEEPER
from fanghu.intake.canaries.following import PLAN_READ, Patience
from fanghu.intake.canaries.preparing import file_of, prepare
from fanghu.intake.canaries.rounds import EVERY, LABEL, RUN, round_when_due
from fanghu.intake.collectors import log_ways
from fanghu.intake.facts import LogWays
from fanghu.intake.models import CanaryTrace, Source, SourceGap
from fanghu.intake.plan import place, read_plan
from fanghu.intake.reading import sources
from fanghu.intake.watching import watch
from fanghu.testimony import Scope, Subject
from tests.edge.stage import Intake
from tests.intake.ways_in import Stage, cutting, until_sealed, without

ONE, LOST = Subject.system("fanghu"), "intake.way_lost"


def facts(stage: Stage) -> LogWays:
    found = log_ways(Scope(stage.now(), frozenset({ONE})))[ONE].facts
    assert found is not None
    return found


def an_hour_later() -> None:
    for row in CanaryTrace.objects.all():
        row.sent_at -= EVERY
        row.save()


def test_a_round_finds_its_canaries_and_one_that_is_lost_raises_an_alarm(stage: Stage, intake: Intake) -> None:
    seal_now(wait=True)
    stage.listens()
    stage.declared("http", "otlp", "follow")
    assert facts(stage).traced_at is None
    stage.at_work()

    def keeper(seconds: float) -> None:
        indexes().catch_up()
        time.sleep(min(seconds, 0.1))

    assert round_when_due(stage.now(), patience=Patience(120, 900, keeper)) == 0
    first = facts(stage)
    assert first.ways_in == ("HTTPS", "OTLP", "file")
    assert first.lost_ways == () and first.traced_at is not None
    assert [shown.row.name for shown in sources()] == ["gate"] and Source.objects.count() == 1
    assert [source.name for source in read_plan(stage.home).sources] == ["gate"]
    before = place(stage.home).stat().st_mtime_ns
    assert round_when_due(stage.now()) == 0
    assert place(stage.home).stat().st_mtime_ns == before, "not due again within the hour"

    an_hour_later()
    twice = until_sealed(stage.home, lambda raws: sum(b"-file." in raw for raw in raws) == 2)
    cut = cutting(stage.home, lambda plan: without(plan, "http"))

    def cut_and_kept(seconds: float) -> None:
        cut(seconds if seconds == PLAN_READ else 0.25)
        indexes().catch_up()

    soon_up = Patience(120, 480, cut_and_kept, twice)
    assert round_when_due(stage.now(), patience=soon_up) == 2
    assert facts(stage).lost_ways == ("HTTPS", "OTLP")
    watch(stage.now())
    assert set(Alarm.objects.filter(kind=LOST).values_list("key", flat=True)) == {"HTTPS", "OTLP"}
    gap = SourceGap.objects.get(cause=LOST, key="HTTPS")
    assert gap.ended_at is None and gap.alarm is not None and "HTTPS" in gap.alarm.params["way"]

    an_hour_later()
    assert round_when_due(stage.now(), patience=Patience(120, 900, keeper)) == 0
    watch(stage.now())
    assert facts(stage).lost_ways == ()
    assert not SourceGap.objects.filter(cause=LOST, ended_at=None).exists(), "what comes through again ends the gap"


def test_what_a_killed_keeper_left_is_taken_back(stage: Stage) -> None:
    prepare(RUN, ["https", "file"], "127.128.0.1", LABEL, by=KEEPER, clock=stage.now)
    assert Source.objects.exists() and file_of(LABEL).exists()
    assert round_when_due(stage.now()) == 0
    assert not Source.objects.exists() and not file_of(LABEL).exists() and read_plan(stage.home).sources == []


def test_no_round_without_sources_or_without_an_intake(stage: Stage) -> None:
    CanaryTrace.objects.create(way="https", sent_at=stage.now(), lost_at=stage.now())
    assert round_when_due(stage.now()) == 0
    assert not CanaryTrace.objects.exists(), "a way that is no longer open is no longer missed"
    stage.declared("http")
    assert round_when_due(stage.now() + timedelta(hours=2)) == 0
    assert not CanaryTrace.objects.exists()


@pytest.mark.parametrize("entry", [None, 7])
def test_a_trace_whose_entry_is_not_in_the_log_proves_nothing(stage: Stage, entry: int | None) -> None:
    seal_now(wait=True)
    stage.declared("http")
    CanaryTrace.objects.create(way="https", sent_at=stage.now(), came_at=stage.now(), entry=entry, digest="0" * 64)
    assert facts(stage).lost_ways == ("HTTPS",)
