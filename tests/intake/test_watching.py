"""Every failure of logging becomes a gap with a cause and an alarm; recovery ends both; nothing is raised for nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from fanghu.alarms import actions as alarms
from fanghu.alarms.models import Alarm
from fanghu.alarms.reading import unclosed
from fanghu.assurance.explained import kept_digests, unexplained
from fanghu.events.doer import KEEPER
from fanghu.events.models import OutboxEvent
from fanghu.events.schema import AuditEvent
from fanghu.intake import actions
from fanghu.intake import failures as failing
from fanghu.intake.collectors import PROVIDERS
from fanghu.intake.facts import LogWatch
from fanghu.intake.models import SourceGap, SourceSeen, Watch
from fanghu.intake.plan import Seen
from fanghu.intake.planning import keep_plan
from fanghu.intake.watching import watch
from fanghu.jobs.models import ScheduledJob
from fanghu.testimony import Scope, Subject
from tests.intake.conftest import DAY, HOUR, MINUTE, NOW, Says, declared, doer

ORDERS, ONE = Subject.system("orders"), Subject.system("fanghu")


def open_source(**more: Any) -> Any:
    """A source with a token that lets it in."""
    row = declared(**more)
    actions.make_token(row.pk, "", NOW + 300 * DAY, by=KEEPER, now=NOW)
    keep_plan(NOW)
    OutboxEvent.objects.all().delete()  # else they wait for a log that these tests do not write
    return row


def looked(at: Any) -> list[tuple[str, str]]:
    """Look once; what goes on after it."""
    watch(at)
    OutboxEvent.objects.all().delete()
    return sorted(SourceGap.objects.filter(ended_at=None).values_list("cause", "key"))


def facts(subject: Subject, at: Any) -> LogWatch:
    return PROVIDERS[LogWatch](Scope(at, frozenset({subject})))[subject].facts


def test_a_source_that_speaks_is_no_failure(house: dict[str, Any], says: Says) -> None:
    open_source()
    says(NOW + 2 * HOUR, orders_ssh=Seen((NOW + 2 * HOUR).isoformat(), 7, 1))
    assert looked(NOW + 2 * HOUR) == []
    seen = SourceSeen.objects.get()
    assert (seen.records, seen.verbatim) == (7, 1)


def test_silence_is_a_gap_until_it_speaks_again(house: dict[str, Any], says: Says) -> None:
    open_source()
    says(NOW + MINUTE, orders_ssh=Seen((NOW + MINUTE).isoformat(), 1))
    assert looked(NOW + MINUTE) == []
    late = NOW + 2 * HOUR
    says(late, orders_ssh=Seen((NOW + MINUTE).isoformat(), 1))
    assert looked(late) == [("source.silent", "orders-ssh")]
    assert looked(late + MINUTE / 2) == [("source.silent", "orders-ssh")]
    (alarm,) = Alarm.objects.all()
    assert alarm.params["source"] == "orders-ssh" and alarm.subject == "system:orders"
    gap = SourceGap.objects.get()
    assert gap.began_at == NOW + MINUTE and gap.alarm_id == alarm.pk
    says(late + MINUTE, orders_ssh=Seen((late + MINUTE).isoformat(), 2))
    assert looked(late + MINUTE) == []
    gap.refresh_from_db()
    assert gap.ended_at == late + MINUTE
    assert unclosed().get().state == "ended", "over, and still a person's to close"


def test_it_is_expected_from_the_day_it_was_declared(house: dict[str, Any], says: Says) -> None:
    """A source that never sent anything is missed too."""
    open_source()
    says(NOW + 2 * HOUR)
    assert looked(NOW + 2 * HOUR) == [("source.silent", "orders-ssh")]


def test_a_batch_that_was_left_out_is_a_gap_with_one_alarm_until_a_person_closes_it(
    house: dict[str, Any], says: Says
) -> None:
    """A number passed over may come late; after ten minutes, or when it can come no more, it is told once."""
    open_source()

    def at(minutes: int, missing: int, skipped: int = 0) -> list[str]:
        now = NOW + minutes * MINUTE
        says(now, orders_ssh=Seen(now.isoformat(), minutes, skipped=skipped, missing=missing))
        assert looked(now) == [], "over when it is noticed"
        return [str(alarm.params["count"]) for alarm in Alarm.objects.order_by("pk")]

    assert at(1, 1) == at(5, 2) == at(6, 0) == at(16, 2) == [], "they came, only later"
    assert at(26, 2) == ["2"] == at(27, 2)
    gap = SourceGap.objects.get()
    assert (gap.cause, gap.began_at, gap.ended_at) == ("source.skipped", NOW + 16 * MINUTE, NOW + 26 * MINUTE)
    assert at(28, 0, skipped=2) == ["2"], "told before"
    assert at(29, 0, skipped=5) == at(30, 0, skipped=6) == ["2"], "once an hour"
    assert at(86, 0, skipped=6) == ["4"] and SourceSeen.objects.get().skipped == 6, "one alarm while it is open"
    gap = SourceGap.objects.first()
    assert (gap.began_at, gap.ended_at) == (NOW + 28 * MINUTE, NOW + 86 * MINUTE)
    alarm = Alarm.objects.get()
    assert alarm.times == 2
    for deed in (alarms.act, alarms.close):
        deed(alarm.pk, "sent again by hand", by=doer(house["alice"]), now=NOW + 87 * MINUTE)
    OutboxEvent.objects.all().delete()
    assert at(120, 0, skipped=7) == ["4"] and at(150, 0, skipped=7) == ["4", "1"] and SourceGap.objects.count() == 3


def test_a_restart_of_the_intake_makes_nothing_of_what_was_told_before(house: dict[str, Any], says: Says) -> None:
    open_source()
    says(NOW + MINUTE, orders_ssh=Seen((NOW + MINUTE).isoformat(), 10, skipped=3))
    assert looked(NOW + MINUTE) == [] and SourceGap.objects.count() == 1
    begun = NOW + 2 * MINUTE
    says(begun, since=begun, orders_ssh=Seen(begun.isoformat(), 3, skipped=1))
    looked(begun)
    assert SourceSeen.objects.get().skipped == 4


def test_what_is_refused_is_told_apart_from_silence(house: dict[str, Any], says: Says) -> None:
    open_source()
    says(NOW + MINUTE, orders_ssh=Seen("", 0, 0, 4))
    assert looked(NOW + MINUTE) == []
    says(NOW + 2 * HOUR, orders_ssh=Seen("", 0, 0, 9))
    assert looked(NOW + 2 * HOUR) == [("source.refused", "orders-ssh")]
    assert Alarm.objects.get().params["refused"] == 9
    says(NOW + 3 * HOUR, orders_ssh=Seen((NOW + 3 * HOUR).isoformat(), 1, 0, 9))
    assert looked(NOW + 3 * HOUR) == []


def test_a_source_with_no_way_in_is_shut_out_before_anything_is_missed(house: dict[str, Any], says: Says) -> None:
    row = open_source(ways=["http"])
    says(NOW + MINUTE, orders_ssh=Seen((NOW + MINUTE).isoformat(), 1))
    assert looked(NOW + MINUTE) == []
    (token,) = row.tokens.all()
    actions.revoke_token(row.pk, token.pk, by=doer(house["alice"]), now=NOW)
    assert looked(NOW + MINUTE) == [("source.closed", "orders-ssh")]
    actions.make_token(row.pk, "new", NOW + 9 * DAY, by=doer(house["alice"]), now=NOW)
    assert looked(NOW + MINUTE) == []
    says(NOW + 10 * DAY, orders_ssh=Seen((NOW + 10 * DAY).isoformat(), 2))
    assert ("source.closed", "orders-ssh") in looked(NOW + 10 * DAY), "the token has run out"


def test_an_intake_that_stopped_is_one_failure_not_one_of_each_source(house: dict[str, Any], says: Says) -> None:
    open_source()
    open_source(name="orders-web")
    says(NOW)
    at = NOW + 2 * HOUR
    assert looked(at) == [], "seen once: it may be starting"
    assert looked(at + MINUTE / 2) == []
    assert looked(at + MINUTE) == [("intake.stopped", "intake")]
    assert SourceGap.objects.get().began_at == NOW, "since it last said anything"
    says(at + 2 * MINUTE, since=at + 2 * MINUTE)
    assert looked(at + 2 * MINUTE) == [], "sources are given time to speak after a start"
    says(at + 4 * MINUTE, since=at + 2 * MINUTE)
    assert looked(at + 4 * MINUTE) == [("source.silent", "orders-ssh"), ("source.silent", "orders-web")]


def test_a_restart_of_the_intake_raises_nothing_and_keeps_the_counts(house: dict[str, Any], says: Says) -> None:
    open_source()
    says(NOW + MINUTE, orders_ssh=Seen((NOW + MINUTE).isoformat(), 10, 2))
    looked(NOW + MINUTE)
    begun = NOW + 2 * MINUTE
    says(begun, since=begun, orders_ssh=Seen(begun.isoformat(), 3))
    assert looked(begun) == []
    seen = SourceSeen.objects.get()
    assert (seen.records, seen.verbatim, seen.last_at) == (13, 2, begun)
    assert not Alarm.objects.exists()


def test_a_silence_that_nobody_watched_is_a_gap_afterwards(house: dict[str, Any], says: Says) -> None:
    """The machine was off for a day; the source spoke at once when it was back."""
    open_source()
    says(NOW + MINUTE, orders_ssh=Seen((NOW + MINUTE).isoformat(), 1))
    looked(NOW + MINUTE)
    back = NOW + DAY
    says(back, since=back, orders_ssh=Seen(back.isoformat(), 1))
    assert looked(back) == []
    gap = SourceGap.objects.get()
    assert (gap.cause, gap.began_at, gap.ended_at) == ("source.missed", NOW + MINUTE, back)
    assert unclosed().get().state == "ended"
    looked(back + MINUTE)
    assert SourceGap.objects.count() == 1


def test_the_intake_says_what_troubles_it(house: dict[str, Any], says: Says) -> None:
    open_source()
    says(NOW + MINUTE, trouble="No space left on device", orders_ssh=Seen(NOW.isoformat(), 1))
    assert looked(NOW + MINUTE) == [("intake.troubled", "intake")]
    assert facts(ORDERS, NOW + MINUTE).failing == 1, "it is of every system whose logs come in there"
    assert facts(ONE, NOW + MINUTE).failing == 1


def test_a_clock_that_steps_back_does_not_hide_silence(house: dict[str, Any], says: Says) -> None:
    """The intake's clock was a day ahead: what it stamped counts as of now, not of tomorrow."""
    open_source()
    says(NOW + MINUTE, orders_ssh=Seen((NOW + DAY).isoformat(), 1))
    looked(NOW + MINUTE)
    says(NOW + 2 * HOUR, orders_ssh=Seen((NOW + MINUTE).isoformat(), 1))
    assert looked(NOW + 2 * HOUR) == [("source.silent", "orders-ssh")]


def test_a_source_removed_while_silent_leaves_no_gap_going_on(house: dict[str, Any], says: Says) -> None:
    row = open_source()
    says(NOW + 2 * HOUR)
    assert looked(NOW + 2 * HOUR)
    row.removed_at = NOW
    row.save()
    assert looked(NOW + 2 * HOUR + MINUTE) == []
    assert unclosed().get().state == "ended"


class TestOwnLog:
    def test_events_that_do_not_reach_the_log(self, house: dict[str, Any]) -> None:
        OutboxEvent.objects.update(created_at=NOW - 2 * MINUTE)
        watch(NOW)
        assert ("log.waiting", "relay") in SourceGap.objects.values_list("cause", "key")
        OutboxEvent.objects.all().delete()
        assert looked(NOW + MINUTE) == []

    def test_work_that_fails_once_is_not_yet_a_failure(self, house: dict[str, Any]) -> None:
        ScheduledJob.objects.create(
            name="auditlog.index", next_at=NOW, held_until=NOW, last_failed_at=NOW, last_failure="OSError"
        )
        ScheduledJob.objects.create(
            name="endpoints.probe", next_at=NOW, held_until=NOW, last_failed_at=NOW, last_failure="OSError"
        )
        OutboxEvent.objects.all().delete()
        assert looked(NOW) == []
        assert looked(NOW + MINUTE) == [("log.job_failing", "auditlog.index")]
        ScheduledJob.objects.update(last_failure="")
        assert looked(NOW + 2 * MINUTE) == []

    def test_the_disk_fills(self, house: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
        OutboxEvent.objects.all().delete()
        monkeypatch.setattr(failing, "FLOOR_MB", 10**9)
        assert looked(NOW) == [("disk.low", "disk")]

    def test_a_log_found_not_whole(self, house: dict[str, Any]) -> None:
        from fanghu.auditlog.models import RelayState

        RelayState.objects.update_or_create(pk=1, defaults={"verified_ok": False, "verified_at": NOW})
        OutboxEvent.objects.all().delete()
        assert looked(NOW) == [("log.damaged", "log")]


class TestFacts:
    def test_of_a_system_with_sources(self, house: dict[str, Any], says: Says, settings: Any) -> None:
        settings.EMAIL_HOST = "mail.firm.example"
        open_source()
        says(NOW + 2 * HOUR)
        looked(NOW + 2 * HOUR)
        found = facts(ORDERS, NOW + 2 * HOUR)
        assert (found.sources, found.failing, found.unanswered, found.ways) == (1, 1, 0, ("mail",))
        assert found.watched_at == NOW + 2 * HOUR
        later = facts(ORDERS, NOW + 27 * HOUR)
        assert (later.unanswered, later.untold) == (1, 1)
        alarm = Alarm.objects.get()
        alarms.act(alarm.pk, "called the vendor", by=doer(house["erin"]), now=NOW + 27 * HOUR)
        assert facts(ORDERS, NOW + 27 * HOUR).unanswered == 0
        alarms.end_alarm(alarm.kind, alarm.key, by=KEEPER, now=NOW + 28 * HOUR)
        assert facts(ORDERS, NOW + 10 * DAY).unclosed == 1
        alarms.close(alarm.pk, "a cable", by=doer(house["erin"]), now=NOW + 10 * DAY)
        closed = facts(ORDERS, NOW + 10 * DAY)
        assert (closed.unclosed, closed.closed, closed.untold) == (0, 1, 0)

    def test_a_gap_without_an_alarm(self, house: dict[str, Any]) -> None:
        row = declared()
        SourceGap.objects.create(cause="source.silent", key=row.name, source=row, began_at=NOW, noticed_at=NOW)
        assert facts(ORDERS, NOW).silent_gaps == 1
        assert facts(ONE, NOW).silent_gaps == 0

    def test_who_testifies(self, house: dict[str, Any]) -> None:
        """System one always; another as soon as a source is declared for it; a drill's canary makes nobody a system."""
        scope = Scope(NOW, frozenset({ORDERS, ONE}))
        assert set(PROVIDERS[LogWatch](scope)) == {ONE}
        declared("canary-x", run="run-1")
        assert set(PROVIDERS[LogWatch](scope)) == {ONE}
        declared()
        assert set(PROVIDERS[LogWatch](scope)) == {ONE, ORDERS}
        assert facts(ONE, NOW).watched_at is None

    def test_the_watch_itself_that_fails_leaves_its_time(self, house: dict[str, Any], monkeypatch: Any) -> None:
        looked(NOW)

        def broken(*_given: Any) -> Any:
            raise OSError("disk")

        monkeypatch.setattr("fanghu.intake.watching.failures", broken)
        with pytest.raises(OSError, match="disk"):
            watch(NOW + timedelta(minutes=10))
        assert Watch.objects.get().watched_at == NOW


def test_what_the_watch_writes_is_explained_by_its_events(house: dict[str, Any], says: Says) -> None:
    """Gaps and alarms are governed: none changes without an event that seals the change."""
    open_source()
    says(NOW + MINUTE, orders_ssh=Seen((NOW + MINUTE).isoformat(), 10, skipped=3))
    watch(NOW + MINUTE)
    says(NOW + 3 * HOUR, orders_ssh=Seen((NOW + 3 * HOUR).isoformat(), 12, skipped=4))
    watch(NOW + 3 * HOUR)
    assert set(SourceGap.objects.values_list("cause", flat=True)) >= {"source.skipped", "source.missed"}
    told = [msgspec.json.decode(bytes(row.body), type=AuditEvent) for row in OutboxEvent.objects.all()]
    assert not {name for name in unexplained(told, kept_digests()) if "gap" in name or "alarm" in name}
