"""4.9 of systems that send their events: their hosts' time daemons speak in what they send."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fanghu.auditlog.clocks import clock_sync
from fanghu.auditlog.host_clocks import read_host_clocks
from fanghu.auditlog.indexes import Indexes
from fanghu.auditlog.models import ClockReading
from fanghu.auditlog.parsers import linux_auth
from fanghu.auditlog.vault import opened
from fanghu.edge.encoding import bundle_of
from fanghu.intake.plan import Source
from fanghu.keys.locations import LogPlaces
from fanghu.register.models import System
from fanghu.testimony import Scope, Subject
from fanghu.tlog.bundle import Bundle
from tests.intake.conftest import NOW, declared

ORDERS = Subject.system("orders")
GOOD = "C0000201,192.0.2.1,3,1795320000.123456789,{offset},-0.000003112,0.000020519,-12.044,0.001,0.037,0.011,0.0015,64.2,Normal"
LOST = "7F7F0101,,0,0.000000000,0.000000000,0.0,0.0,-12.044,0.000,0.0,1.0,1.0,0.0,Not synchronised"


@pytest.fixture
def sends(house: dict[str, Any], settings: Any) -> Any:
    """``sends(line, …, source=…)``: what a system's hosts sent, taken in and indexed."""
    System.objects.filter(slug="orders").update(hosts=["Orders1", "orders2"])
    declared("orders-syslog", format="syslog", ways=["syslog"])
    declared("fanghu-syslog", system="fanghu", format="syslog", ways=["syslog"])

    def send(*lines: str, source: str = "orders-syslog", at: datetime = NOW) -> None:
        places = LogPlaces(Path(settings.HOME), "intake")
        for folder in (places.home / "logs", places.home / "keys", places.home / "run"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with opened(places, create=True) as vault:
            said = [line.encode() for line in lines]
            bundle = bundle_of(said, Source(source, "syslog", ["syslog"]), f"b{at}", 1, 0, at)
            vault.append(list(Bundle.read(bundle)))
            vault.seal(at)
        Indexes(places.home).catch_up()

    return send


def line(host: str, said: str, at: datetime = NOW, program: str = "chronyc") -> str:
    return f"<30>1 {at.isoformat()} {host} {program} - - - {said}"


def facts(now: datetime = NOW) -> Any:
    found = clock_sync(Scope(now, frozenset({ORDERS})))
    return found[ORDERS].facts if ORDERS in found else None


def test_what_a_daemon_says_is_read() -> None:
    for said, reference in ((GOOD.format(offset="-0.000012"), "192.0.2.1"), (LOST, "")):
        found = linux_auth.read(f"Nov 23 02:00:01 orders1 chronyc: {said}".encode())
        assert (found.type, found.object, found.host) == ("clock.tracked", reference, "orders1")
    assert linux_auth.read(b"Nov 23 02:00:01 orders1 chronyc: 506 Cannot talk to daemon").type == "program.said"


def test_hosts_are_measured_by_what_they_send(sends: Any) -> None:
    assert facts() is None and read_host_clocks(NOW) == 0
    sends(line("orders1", GOOD.format(offset="0.5")), line("ORDERS1", GOOD.format(offset="-0.5")))
    assert read_host_clocks(NOW) == 1
    assert read_host_clocks(NOW) == 0, "no reading is kept twice"
    found = facts()
    assert (found.hosts, found.unmeasured, found.largest_offset_seconds) == (1, ("orders2",), 0.5)
    later = NOW + timedelta(hours=1)
    sends(line("orders1", GOOD.format(offset="0.002"), later), line("orders2", LOST, later), at=later)
    assert read_host_clocks(later) == 2
    assert facts(later).unsynchronised == ("orders2",)
    assert ClockReading.objects.filter(host="orders1").count() == 2


def test_nobody_speaks_for_another_s_host(sends: Any) -> None:
    sends(line("orders1", GOOD.format(offset="0.0")), source="fanghu-syslog")
    sends(line("elsewhere", GOOD.format(offset="0.0")), line("orders1", GOOD.format(offset="0.0"), program="chronyd"))
    sends(line("orders1", "C0000201,192.0.2.1,3,garbled,Normal"))
    assert read_host_clocks(NOW) == 0 and facts() is None
    System.objects.filter(slug="orders").update(retired_at=NOW)
    sends(line("orders1", GOOD.format(offset="0.0")))
    assert read_host_clocks(NOW) == 0
