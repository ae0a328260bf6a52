"""What the log testifies of how it is kept (4.1, 4.2, 4.6, 4.8), of our own and of a system whose lines were imported."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from msgspec.json import encode

from fanghu.auditlog.actions import deliver, import_file, index, places
from fanghu.auditlog.collectors import PROVIDERS
from fanghu.auditlog.facts import EventCatalogue, LogAccess, LogFields, LogSpan, LogStorage, RetentionPolicy, TimeStamps
from fanghu.auditlog.keeping import growth, missing, note_size
from fanghu.auditlog.models import LogSize, RelayState
from fanghu.auditlog.order import Order
from fanghu.auditlog.overview import full_on
from fanghu.auditlog.reading import tallied
from fanghu.auditlog.record import entry_of_event
from fanghu.auditlog.relay import note_sealed
from fanghu.auditlog.vault import opened
from fanghu.events.doer import KEEPER
from fanghu.events.schema import AuditEvent
from fanghu.register.models import System
from fanghu.testimony import FIRM, Proof, Scope, Subject
from fanghu.tlog.frames import SEGMENT
from tests.auditlog.conftest import NOW
from tests.auditlog.sample import SAMPLE

ONE, GATE = Subject.system("fanghu"), Subject.system("gate")
NEW = (RetentionPolicy, LogSpan, EventCatalogue, LogFields, LogStorage, TimeStamps, LogAccess)


def told(kind: type, *subjects: Subject) -> Any:
    return PROVIDERS[kind](Scope(NOW, frozenset(subjects)))


@pytest.fixture
def gate(own_log: Path, tmp_path: Path) -> System:
    """A system whose lines were imported, their zone told by nobody."""
    system = System.objects.create(slug="gate", name="g", kind="office", created_at=NOW, changed_at=NOW)
    (tmp_path / "auth.log").write_bytes(SAMPLE)
    import_file(Order(tmp_path / "auth.log", "openssh", "gate"), by=KEEPER, now=NOW)
    return system


def test_nobody_s_log_testifies_of_nobody(own_log: Path) -> None:
    for kind in NEW:
        assert told(kind) == {} and told(kind, FIRM) == {}, kind
        assert GATE not in told(kind, GATE), kind


def test_before_the_first_record_there_is_nothing_to_say(own_log: Path) -> None:
    assert told(LogSpan, ONE)[ONE].facts == LogSpan(0, None, 0, 0)
    assert told(TimeStamps, ONE)[ONE].facts == TimeStamps(0, 0, 0.0, None)
    assert told(LogStorage, ONE)[ONE].facts.measured_days == 0


def test_a_policy_is_the_document_that_two_people_approved(gate: System) -> None:
    found = told(RetentionPolicy, ONE, GATE)
    assert {subject: said.proof for subject, said in found.items()} == {ONE: Proof.ATTESTED, GATE: Proof.ATTESTED}
    assert found[GATE].facts.approved_at is None


def test_an_imported_log_is_counted_by_its_system_even_when_retired(gate: System) -> None:
    span = told(LogSpan, GATE)[GATE].facts
    assert span.records == 13 and span.missing == 0
    assert span.oldest_at is not None and span.oldest_at < NOW
    stamps = told(TimeStamps, GATE)[GATE].facts
    assert stamps.without_offset == 11 and stamps.median_lag_seconds is None
    System.objects.filter(slug="gate").update(retired_at=NOW)
    assert GATE in told(LogSpan, GATE) and GATE in told(RetentionPolicy, GATE)
    assert GATE not in told(EventCatalogue, GATE)


def test_a_zone_that_somebody_stated_is_no_assumption(gate: System, tmp_path: Path) -> None:
    (tmp_path / "b.log").write_bytes(SAMPLE.replace(b"gate", b"edge"))
    System.objects.create(slug="edge", name="e", kind="office", created_at=NOW, changed_at=NOW)
    import_file(Order(tmp_path / "b.log", "openssh", "edge", zone="Asia/Taipei"), by=KEEPER, now=NOW)
    edge = Subject.system("edge")
    assert told(TimeStamps, edge)[edge].facts.without_offset == 0


def test_a_log_put_back_misses_what_the_database_knows(own_log: Path, deed: Any) -> None:
    deed()
    deliver(NOW)
    RelayState.objects.update(sealed_size=5)
    assert told(LogSpan, ONE)[ONE].facts.missing == 4


def test_growth_counts_a_first_day_as_a_whole_one(own_log: Path, deed: Any) -> None:
    deed(now=NOW - timedelta(hours=2))
    deliver(NOW)
    assert growth(5_000, NOW) == (5_000, 1.0)
    assert growth(5_000, NOW + timedelta(days=10) - timedelta(hours=2)) == (500, 10.0)


def test_growth_is_that_of_the_last_thirty_days(own_log: Path, deed: Any) -> None:
    deed(now=NOW - timedelta(days=400))
    deliver(NOW)
    for days, held in ((40, 1_000), (20, 10_000), (0, 30_000)):
        at = NOW - timedelta(days=days)
        LogSize.objects.create(day=at.date(), at=at, held_bytes=held, free_bytes=1, entries=1)
    assert growth(30_000, NOW) == (1_000, 20.0)
    assert growth(5_000, NOW) == (1_000, 20.0), "what was let go today hides no growth"
    LogSize.objects.filter(at=NOW).delete()
    assert growth(5_000, NOW) == (0, 20.0)


def test_a_size_is_kept_a_day(own_log: Path, deed: Any) -> None:
    deed()
    deliver(NOW)
    assert note_size(NOW) == note_size(NOW + timedelta(hours=3)) > 0
    note_size(NOW + timedelta(days=1))
    assert [row.day.isoformat() for row in LogSize.objects.order_by("day")] == ["2026-11-22", "2026-11-23"]
    assert LogSize.objects.get(day="2026-11-22").entries == 1


def test_an_index_of_an_older_version_is_made_anew(own_log: Path, deed: Any) -> None:
    deed()
    deliver(NOW)
    assert tallied()["fanghu"].records == 1
    with sqlite3.connect(index().path) as base:
        base.execute("UPDATE meta SET value = '1' WHERE key = 'version'")
        base.execute("DROP TABLE tally")
    base.close()
    deed()
    deliver(NOW)
    assert tallied()["fanghu"].records == 2


def test_canaries_and_people_who_left_are_no_readers(cast: Any, own_log: Path) -> None:
    from fanghu.accounts.models import Account

    now = timezone.now()

    def readers() -> int:
        found = PROVIDERS[LogAccess](Scope(now, frozenset({ONE})))[ONE].facts
        assert isinstance(found, LogAccess)
        return found.readers

    assert readers() == 4  # erin, bob and carol, who read every log, and alice, who administers this system
    Account.objects.filter(login_id="carol").update(valid_until=now - timedelta(days=1))
    Account.objects.filter(login_id="bob").update(state="disabled")
    assert readers() == 2


def test_the_oldest_records_deleted_from_the_disk_are_missed(own_log: Path, deed: Any) -> None:
    """Somebody frees disk space by hand: a whole file of 65,536 records is gone."""
    deed()
    deliver(NOW)
    body = encode(AuditEvent(id="a" * 32, type="door.opened", time=NOW, actor="keeper", outcome="success", place="x"))
    with opened(places()) as vault:
        vault.append([entry_of_event(body, NOW)] * (SEGMENT + 300))
        vault.seal(NOW)
        note_sealed(vault, NOW)
    before = sorted((own_log / "frames").glob("*.blocks"))
    assert missing() == 0 and len(before) == 2
    before[0].rename(own_log.parent / "kept")
    assert missing() == SEGMENT
    (own_log.parent / "kept").rename(before[0])
    assert missing() == 0


def test_when_the_disk_is_full_is_told_as_a_date() -> None:
    now = datetime(2026, 11, 22, 20, tzinfo=UTC)  # the 23rd in Taipei
    assert full_on(now, 10_000, 1_000) == date(2026, 12, 3)
    assert full_on(now, 10_000, 0) is None
    assert full_on(now, 10**15, 1) is None, "not within a hundred years"
