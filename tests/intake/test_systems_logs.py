"""What is declared here decides whose log a source is, and every system whose log lies here has its facts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fanghu.alarms import actions as alarms
from fanghu.alarms.models import Alarm
from fanghu.approvals.actions import decide
from fanghu.assurance.drilling import drills
from fanghu.auditlog.actions import import_file
from fanghu.auditlog.collectors import PROVIDERS
from fanghu.auditlog.facts import LogAccess, LogIntegrity, LogSpan, LogStorage, TimeStamps
from fanghu.auditlog.models import OtherLog
from fanghu.auditlog.order import Order
from fanghu.auditlog.reach import exposed_files
from fanghu.auditlog.sources import live_sources, systems_of_sources, systems_sending
from fanghu.auditlog.verification import verify, verify_others
from fanghu.events.doer import KEEPER
from fanghu.intake.plan import Seen
from fanghu.intake.watching import watch
from fanghu.register.defining import ask_to_confirm_defaults
from fanghu.testimony import Scope, Subject
from tests.auditlog.sample import SAMPLE
from tests.auditlog.taken_in import take_in
from tests.intake.conftest import NOW, Says, declared, doer

ORDERS, ONE = Subject.system("orders"), Subject.system("fanghu")


def said(kind: type, now: datetime = NOW) -> Any:
    return PROVIDERS[kind](Scope(now, frozenset({ORDERS, ONE})))


def imported(tmp_path: Path, source: str = "orders-ssh") -> None:
    (tmp_path / "auth.log").write_bytes(SAMPLE)
    import_file(Order(tmp_path / "auth.log", "openssh", source), by=KEEPER, now=NOW)


def test_the_declared_system_is_whose_log_it_is(house: dict[str, Any], tmp_path: Path) -> None:
    assert systems_of_sources(["orders-ssh"]) == {}
    declared()
    declared("canary-1", run="run-1")
    assert systems_of_sources(["orders-ssh", "canary-1"]) == {"orders-ssh": "orders"}
    assert live_sources() == {"orders-ssh"}


def test_drills_of_the_intake_stand_for_the_systems_that_send(house: dict[str, Any]) -> None:
    row = declared(ways=["import"])
    assert systems_sending() == set()
    row.ways = ["http"]
    row.save()
    found = drills()
    assert all(set(found[name].also()) == {ORDERS} for name in ("log-ways", "log-silence", "log-access"))


def test_every_system_whose_log_lies_here_has_its_facts(house: dict[str, Any], tmp_path: Path) -> None:
    declared(ways=["import"])
    assert ORDERS not in said(LogStorage)
    imported(tmp_path)
    for kind in (LogSpan, LogStorage, LogAccess, TimeStamps):
        assert set(said(kind)) == {ORDERS, ONE}, kind
    assert said(LogStorage)[ORDERS].facts.kept_days == 0, "its retention is not approved"
    asked = ask_to_confirm_defaults("as shipped", by=doer(house["erin"]), now=NOW)
    decide(asked.pk, True, "read", by=doer(house["bob"]), now=NOW)
    storage = said(LogStorage)[ORDERS].facts
    assert storage.kept_days == 1_096 and storage.held_bytes > 0
    assert said(LogAccess)[ORDERS].facts.readers == 3, "erin, bob and carol"


def test_how_late_records_come_in_is_measured_of_what_is_sent_live(house: dict[str, Any], tmp_path: Path) -> None:
    row = declared(ways=["import"])
    imported(tmp_path)
    assert said(TimeStamps)[ORDERS].facts.median_lag_seconds is None, "an old file says nothing of its sender's clock"
    row.ways = ["http"]
    row.save()
    assert said(TimeStamps)[ORDERS].facts.median_lag_seconds > 86_400


def test_a_source_whose_clock_is_off_does_not_hide_among_others(house: dict[str, Any], tmp_path: Path) -> None:
    """Thirteen lines of months ago, forty of now: the middle of them all would be in time."""
    declared()
    declared("orders-gate")
    imported(tmp_path)
    at = datetime(2025, 12, 9, 22, 55, 50, tzinfo=UTC)
    lines = [b"Dec 10 06:55:46 gate sshd[%d]: Server listening on :: port 22.\n" % number for number in range(40)]
    (tmp_path / "gate.log").write_bytes(b"".join(lines))
    import_file(Order(tmp_path / "gate.log", "openssh", "orders-gate", zone="Asia/Taipei"), by=KEEPER, now=at)
    assert said(TimeStamps)[ORDERS].facts.median_lag_seconds > 86_400


def test_a_host_that_booted_without_a_clock_spoils_nothing_for_good(house: dict[str, Any], tmp_path: Path) -> None:
    def took(number: int, at: datetime, *times: datetime) -> None:
        lines = "".join(f'{{"time":"{time.isoformat()}","type":"order.placed","n":{number}}}\n' for time in times)
        (tmp_path / f"{number}.log").write_text(lines)
        import_file(Order(tmp_path / f"{number}.log", "ndjson", "orders-ssh"), by=KEEPER, now=at)

    row = declared()
    took(1, NOW, datetime(1970, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC), NOW - timedelta(days=1), NOW)
    span = said(LogSpan)[ORDERS].facts
    assert (span.records, span.gaps, span.oldest_at) == (4, 0, NOW - timedelta(days=1))
    assert said(TimeStamps)[ORDERS].facts.largest_lead_seconds > 10**9
    month = NOW + timedelta(days=31)
    assert said(TimeStamps, month)[ORDERS].facts.records == 0
    took(2, month, month)
    stamps = said(TimeStamps, month)[ORDERS].facts
    assert (stamps.records, stamps.largest_lead_seconds) == (1, 0)
    row.ways = ["import"]
    row.save()
    assert said(LogSpan)[ORDERS].facts.gaps > 20_000, "files are taken at their word"


def test_a_system_that_sends_its_records_has_its_log_judged_whole_or_not(house: dict[str, Any], tmp_path: Path) -> None:
    """Of what was imported afterwards only a copy lies here; a document must vouch for the rest."""
    row = declared(ways=["import"])
    imported(tmp_path)
    assert set(said(LogIntegrity)) == {ONE}
    row.ways = ["http"]
    row.save()
    OtherLog.objects.create(name="intake", verified_at=NOW, verified_ok=True)  # whose folder is gone
    facts = said(LogIntegrity)[ORDERS].facts
    assert facts == said(LogIntegrity)[ONE].facts
    assert facts.verified_ok is False and facts.finding.startswith("intake ")


def test_what_lies_in_a_log_that_was_never_verified_is_not_known_to_be_whole(
    house: dict[str, Any], tmp_path: Path
) -> None:
    declared()
    imported(tmp_path)
    verify(by=KEEPER, now=NOW)
    assert said(LogIntegrity)[ORDERS].facts.verified_at == NOW
    take_in(tmp_path, 3)
    assert said(LogIntegrity)[ORDERS].facts.verified_at is None
    assert said(LogIntegrity)[ONE].facts.verified_at == NOW
    verify_others(by=KEEPER, now=NOW)
    assert said(LogIntegrity)[ORDERS].facts.verified_at == NOW


def test_a_source_that_left_a_batch_out_counts_until_a_person_has_closed_its_alarm(
    house: dict[str, Any], says: Says, tmp_path: Path
) -> None:
    declared()
    imported(tmp_path)
    says(NOW, orders_ssh=Seen(NOW.isoformat(), 9))
    watch(NOW)
    assert said(LogIntegrity)[ORDERS].facts.skipped == 0
    says(NOW, orders_ssh=Seen(NOW.isoformat(), 10, skipped=1))
    watch(NOW)
    assert (said(LogIntegrity)[ORDERS].facts.skipped, said(LogIntegrity)[ONE].facts.skipped) == (1, 0)
    alarm = Alarm.objects.get(kind="source.skipped")
    for deed in (alarms.act, alarms.close):
        deed(alarm.pk, "the host was rebuilt", by=doer(house["alice"]), now=NOW)
    assert said(LogIntegrity)[ORDERS].facts.skipped == 0


def test_files_of_every_log_are_looked_at(house: dict[str, Any], tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    imported(tmp_path)
    folder = tmp_path / "logs" / "intake"
    folder.mkdir(parents=True)
    (folder / "checkpoint").write_bytes(b"")
    folder.chmod(0o700)
    assert "logs/intake" not in list(exposed_files())
    folder.chmod(0o755)
    assert "logs/intake" in list(exposed_files())
