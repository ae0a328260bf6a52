"""The clock probe: real chrony on loopback, and servers that lie, refuse, stammer or stay silent."""

from __future__ import annotations

import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fanghu.probes.clock import DaemonClock, ask_server, daemon_clock, kernel_clock, parse_tracking
from tests.probes.time_servers import Reply, answering, chrony, packet

TRACKING = "7F000001,127.0.0.1,3,1795374421.739,-0.000001968,-0.0,0.0,0.103,-0.005,0.482,0.0,0.0,1.0,Normal\n"


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder whose name is short enough for a socket."""
    folder = Path(tempfile.mkdtemp(prefix="fh-"))
    yield folder
    shutil.rmtree(folder)


def asked(reply: Reply) -> tuple[str, float, str]:
    with answering(reply) as port:
        found = ask_server("127.0.0.1", port=port, timeout=1)
        return found.problem, found.offset, found.detail


def test_a_real_server_is_agreed_with(place: Path) -> None:
    with chrony(place / "server", "local stratum 2", serve=True) as server:
        found = ask_server("127.0.0.1", port=server.port, timeout=5)
    assert (found.problem, found.stratum) == ("", 2)
    assert abs(found.offset) < 0.5 and found.delay < 1


def test_a_daemon_that_follows_a_server_says_so(place: Path) -> None:
    with chrony(place / "server", "local stratum 2", serve=True) as server:
        follows = f"server 127.0.0.1 port {server.port} iburst minpoll 0 maxpoll 0"
        with chrony(place / "client", follows) as client:
            until = time.monotonic() + 30
            while not ((said := daemon_clock("chronyc", "-h", str(client.socket))) and said.synchronised):
                assert time.monotonic() < until, said
                time.sleep(0.2)
    assert said.reference == "127.0.0.1" and said.stratum == 3
    assert abs(said.offset) < 0.5 and abs(said.heard_at - time.time()) < 60


def test_a_daemon_that_follows_only_itself_is_not_synchronised(place: Path) -> None:
    """``local stratum`` makes a clock of its own look like a reference to others; it is none."""
    with chrony(place / "server", "local stratum 2", serve=True) as server:
        said = daemon_clock("chronyc", "-h", str(server.socket))
    assert said is not None and not said.synchronised


def test_a_daemon_that_is_dead_or_missing_says_nothing(place: Path) -> None:
    assert daemon_clock("chronyc", "-h", str(place / "nobody")) is None
    assert daemon_clock("no-such-program") is None


@pytest.mark.parametrize("line", ["", "x", TRACKING.replace("3,", "three,", 1), ",".join("1" * 5)])
def test_other_words_than_trackings_are_nothing(line: str) -> None:
    assert parse_tracking(line) is None


def test_trackings_words_are_read() -> None:
    assert parse_tracking(TRACKING) == DaemonClock(True, "127.0.0.1", 3, -0.000001968, 1795374421.739)
    lost = parse_tracking(TRACKING.replace("Normal", "Not synchronised"))
    assert lost is not None and not lost.synchronised


def test_a_server_an_hour_ahead_shows_an_hour() -> None:
    problem, offset, _detail = asked(lambda ask: packet(ask, ahead=3_600))
    assert problem == "" and offset == pytest.approx(3_600, abs=1)


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        (lambda ask: packet(ask, stratum=16), "unsynchronised"),
        (lambda ask: packet(ask, leap=3), "unsynchronised"),
        (lambda ask: packet(ask, dispersion=20.0), "unsynchronised"),
        (lambda ask: packet(ask, origin=bytes(8)), "not_ours"),
        (lambda ask: packet(ask, mode=3), "garbled"),
        (lambda ask: b"not the time", "garbled"),
        (lambda ask: packet(ask)[:47], "garbled"),
        (lambda ask: bytes(48), "garbled"),
        (lambda ask: None, "unreachable"),
    ],
)
def test_an_answer_that_is_worthless_is_named(reply: Reply, problem: str) -> None:
    assert asked(reply)[0] == problem


def test_a_kiss_of_death_is_a_refusal_with_its_code() -> None:
    problem, _offset, detail = asked(lambda ask: packet(ask, stratum=0, leap=3, reference=b"RATE"))
    assert (problem, detail) == ("refused", "RATE")


def test_nobody_and_nowhere_are_unreachable() -> None:
    assert ask_server("127.0.0.1", port=9, timeout=1).problem == "unreachable"
    assert ask_server("no-such-host.invalid", timeout=1).problem == "unreachable"


def test_the_first_address_that_answers_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name with an address of a network that is not there (IPv6, say) and one that is."""
    with answering(packet) as port:
        both = [
            (socket.AF_INET, socket.SOCK_DGRAM, 0, "", ("127.0.0.1", 9)),
            (socket.AF_INET, socket.SOCK_DGRAM, 0, "", ("127.0.0.1", port)),
        ]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_asked, **_more: both)
        assert ask_server("time.example", port=port).problem == ""


def test_times_past_2036_are_read_in_the_right_era() -> None:
    """NTP counts seconds from 1900 in 32 bits; in February 2036 they begin anew."""
    later = 2_100_000_000.0 - time.time()
    with answering(lambda ask: packet(ask, ahead=later)) as port:
        found = ask_server("127.0.0.1", port=port, clock=lambda: time.time() + later)
    assert found.problem == "" and abs(found.offset) < 1


def test_the_kernel_answers_without_root() -> None:
    said = kernel_clock()
    assert said is None or said.max_error >= 0
