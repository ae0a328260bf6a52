"""The clock as testified (4.9): real chrony through the job, liars among servers, hosts of other systems."""

from __future__ import annotations

import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from fanghu.approvals.actions import decide
from fanghu.auditlog.clocks import clock_sync, newest_readings, offset_of, read_clock, read_when_due
from fanghu.auditlog.facts import ClockSync
from fanghu.auditlog.models import ClockReading
from fanghu.clauses.a04 import c09_clock_synchronised as reading
from fanghu.events.doer import Doer
from fanghu.probes.clock import DaemonClock, KernelClock, ServerAnswer, ask_server, daemon_clock
from fanghu.register.actions import register_system_one
from fanghu.register.defining import ask_to_define
from fanghu.regulation import load
from fanghu.testimony import Scope, Subject
from tests.probes.time_servers import chrony

ONE = Subject.system("fanghu")
Define = Callable[..., None]


@pytest.fixture
def define(cast: dict[str, Any]) -> Define:
    """``define(servers, seconds)``: erin asks, bob approves."""
    register_system_one(timezone.now())

    def write(*servers: str, hours: float = 24, seconds: float = 1) -> None:
        erin, bob = (
            Doer("console", account=str(cast[name].pk), person=str(cast[name].person_id)) for name in ("erin", "bob")
        )
        value = {"servers": list(servers), "every_hours": hours, "max_offset_seconds": seconds}
        asked = ask_to_define("clock-sync", ONE, value, "agreed", by=erin, now=timezone.now())
        decide(asked.pk, True, "read", by=bob, now=timezone.now())

    return write


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder whose name is short enough for a socket."""
    folder = Path(tempfile.mkdtemp(prefix="fh-"))
    yield folder
    shutil.rmtree(folder)


def facts(later: timedelta = timedelta()) -> ClockSync:
    found = clock_sync(Scope(timezone.now() + later, frozenset({ONE})))[ONE].facts
    assert found is not None
    return found


def said(later: timedelta = timedelta()) -> str:
    return reading.judge(load().duties["4.9"], facts(later), timezone.now() + later).code


def kernel(good: bool) -> Callable[[], KernelClock | None]:
    return lambda: KernelClock(good, 0.5)


def silent() -> None:
    return None


def answers(**offsets: float | None) -> Callable[[str], ServerAnswer]:
    """What each named server says; None is no answer."""
    return lambda name: (
        ServerAnswer(name, "unreachable") if offsets[name] is None else ServerAnswer(name, "", offsets[name] or 0.0)
    )


def test_a_machine_that_follows_chrony_is_met(define: Define, place: Path) -> None:
    """A real client of a real server, and the server itself asked over the wire: nothing is made up."""
    with chrony(place / "server", "local stratum 2", serve=True) as server:
        define("127.0.0.1")
        follows = f"server 127.0.0.1 port {server.port} iburst minpoll 0 maxpoll 0"
        with chrony(place / "client", follows) as client:
            until = time.monotonic() + 30
            while True:
                assert read_clock(
                    timezone.now(),
                    daemon=lambda: daemon_clock("chronyc", "-h", str(client.socket)),
                    ask=lambda name: ask_server(name, port=server.port),
                )  # fmt: skip
                if said() == "synchronised":
                    break
                assert time.monotonic() < until, facts()
                time.sleep(0.3)
    here = facts()
    assert here.unsynchronised == () and here.unmeasured == ()
    assert here.largest_offset_seconds is not None and here.largest_offset_seconds < 0.5


def test_a_machine_nobody_synchronises_says_what_is_missing(define: Define) -> None:
    define("a", "b")
    read_clock(timezone.now(), kernel=kernel(False), daemon=silent, ask=answers(a=0.01, b=0.02))
    assert said() == "unsynchronised"
    assert facts().unsynchronised == (socket.gethostname().lower(),)


def test_while_nothing_is_defined_no_server_is_asked(define: Define) -> None:
    asked: list[str] = []
    read_clock(timezone.now(), kernel=kernel(True), daemon=silent, ask=asked.append)  # type: ignore[arg-type]
    assert asked == [] and said() == "undefined_yet"
    assert said(timedelta(days=31)) == "undefined"


def test_one_liar_among_three_servers_is_outvoted_and_a_lone_one_is_not(define: Define) -> None:
    define("a", "b", "c")
    read_clock(timezone.now(), kernel=kernel(True), daemon=silent, ask=answers(a=0.001, b=3_600.0, c=-0.002))
    assert said() == "synchronised" and facts().largest_offset_seconds == 0.001
    read_clock(timezone.now(), kernel=kernel(True), daemon=silent, ask=answers(a=None, b=3_600.0, c=None))
    assert said() == "off"


def test_what_the_firm_allows_is_kept_to(define: Define) -> None:
    define("a", hours=2, seconds=0.1)
    read_clock(timezone.now(), kernel=kernel(True), daemon=silent, ask=answers(a=0.2))
    assert said() == "off"
    read_clock(timezone.now(), kernel=kernel(True), daemon=silent, ask=answers(a=0.05))
    assert said() == "synchronised"
    assert said(timedelta(hours=3)) == "too_old"


def test_without_a_server_the_daemon_s_offset_counts_and_a_deaf_daemon_s_does_not(define: Define) -> None:
    define("a")
    good, deaf = DaemonClock(True, "192.0.2.1", 2, -0.03, 0.0), DaemonClock(False, "", 0, 0.0, 0.0)
    read_clock(timezone.now(), kernel=kernel(False), daemon=lambda: good, ask=answers(a=None))
    assert said() == "synchronised" and facts().largest_offset_seconds == 0.03
    read_clock(timezone.now(), kernel=kernel(True), daemon=lambda: deaf, ask=answers(a=None))
    assert said() == "not_measured"


def test_the_clock_is_read_hourly_and_at_once_when_other_servers_are_named(define: Define) -> None:
    now = timezone.now()
    assert read_when_due(now) >= 1
    assert read_when_due(now + timedelta(minutes=59)) == 0
    assert read_when_due(now + timedelta(minutes=60)) >= 1
    earlier = now - timedelta(hours=5)
    assert read_when_due(earlier) >= 1, "a clock set back must not silence it"
    here = socket.gethostname().lower()
    assert {row.at for row in newest_readings(earlier)[here]} == {earlier}, "nor let readings to come count"
    define("127.0.0.1")
    assert read_when_due(timezone.now()) >= 2
    assert ClockReading.objects.filter(method="server", reference="127.0.0.1").count() == 1


def test_every_reading_is_a_row_and_old_ones_go(define: Define) -> None:
    define("a", "b")
    now = timezone.now()
    read_clock(now - timedelta(days=2_000), kernel=kernel(True), daemon=silent, ask=answers(a=0.1, b=None))
    assert ClockReading.objects.count() == 3
    read_clock(now, kernel=kernel(True), daemon=silent, ask=answers(a=0.1, b=None))
    rows = list(ClockReading.objects.order_by("pk"))
    assert [(row.method, row.reference, row.problem) for row in rows] == [
        ("kernel", "", ""), ("server", "a", ""), ("server", "b", "unreachable"),
    ]  # fmt: skip
    assert offset_of(rows) == 0.1


def test_another_system_answers_by_the_readings_of_its_hosts(define: Define) -> None:
    from fanghu.register.models import System

    now = timezone.now()
    trade = System.objects.create(
        slug="trade", name="t", kind="trading", hosts=["Trade-01", "trade-02"], created_at=now, changed_at=now
    )
    subject = Subject.system(trade.slug)
    scope = Scope(now, frozenset({subject, ONE}))
    assert subject not in clock_sync(scope)
    read_clock(now, host="trade-01", kernel=kernel(True), daemon=lambda: DaemonClock(True, "x", 2, 0.2, 0.0))
    found = clock_sync(scope)[subject].facts
    assert found is not None
    assert (found.hosts, found.unmeasured, found.largest_offset_seconds) == (1, ("trade-02",), 0.2)
    assert found.approved_at is None
