"""The listening process: it does as the plan says, changes as it changes, and says what it could not keep."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import msgspec

from fanghu.auditlog.derived import envelope_of
from fanghu.edge.following_positions import Positions
from fanghu.edge.listening import Listening, PlanWatch, is_needed, positions_place
from fanghu.intake.plan import Listeners, Plan, Source, place, write
from tests.edge.syslog.kept import Kept, until
from tests.edge.syslog.whole import whole

HERE = Source("here", "plain", ["syslog"], addresses=["127.0.0.1"])
OPEN = Listeners(syslog_tcp="127.0.0.1:0")


def run(home: Path, plan: Plan, story: Callable[[Kept, Listening], Awaitable[None]]) -> Kept:
    """The process's life inside this one, with a log in memory."""

    async def lived() -> None:
        positions = Positions(positions_place(home))
        listening = Listening(home, kept, kept, positions, note_every=0)
        life = asyncio.create_task(listening.run(PlanWatch(home)))
        try:
            await story(kept, listening)
        finally:
            life.cancel()
            await asyncio.gather(life, return_exceptions=True)
            positions.close()

    kept = Kept()
    write(place(home), plan)
    asyncio.run(asyncio.wait_for(lived(), 120))
    return kept


async def say(listening: Listening, line: bytes, *, of: str = "127.0.0.1") -> None:
    await until(lambda: "tcp" in listening.bound)
    _, writer = await asyncio.open_connection(*listening.bound["tcp"], local_addr=(of, 0))
    writer.write(line + b"\n")
    with suppress(ConnectionError):  # a stranger is cut off at once
        await writer.drain()
    writer.close()


def test_a_source_comes_and_goes_with_the_plan(tmp_path: Path) -> None:
    async def story(kept: Kept, listening: Listening) -> None:
        await say(listening, b"<1>one")
        await until(lambda: kept.lines("here") == [b"<1>one"])
        log = tmp_path / "a.log"
        log.write_bytes(b"followed\n")
        write(place(tmp_path), Plan(sources=[Source("file", "plain", ["follow"], paths=[str(log)])]))
        await until(lambda: kept.lines("file") == [b"followed"])
        await until(lambda: listening.bound == {})
        write(place(tmp_path), Plan(sources=[HERE], listen=OPEN))
        await say(listening, b"<1>two")
        await until(lambda: kept.lines("here") == [b"<1>one", b"<1>two"])
        place(tmp_path).write_bytes(b"{")
        await asyncio.sleep(0)
        await say(listening, b"<1>the last good plan holds")
        await until(lambda: len(kept.lines("here")) == 3)

    run(tmp_path, Plan(sources=[HERE], listen=OPEN), story)


def test_an_address_that_is_taken_is_a_trouble_until_it_is_free(tmp_path: Path) -> None:
    other = socket.create_server(("127.0.0.1", 0))
    address = f"127.0.0.1:{other.getsockname()[1]}"

    async def story(kept: Kept, listening: Listening) -> None:
        await until(lambda: kept.told.get("listening", "").startswith("FH-IN-20"))
        other.close()
        await until(lambda: kept.told.get("listening") == "")
        assert "tcp" in listening.bound

    run(tmp_path, Plan(sources=[HERE], listen=Listeners(syslog_tcp=address)), story)


def test_listeners_change_places_in_one_go(tmp_path: Path) -> None:
    async def story(kept: Kept, listening: Listening) -> None:
        await until(lambda: len(listening.bound) == 3)
        tcp, tls, udp = (listening.bound[way][1] for way in ("tcp", "tls", "udp"))
        await say(listening, b"<1>before")  # its connection may still stand when the listener goes
        await until(lambda: kept.lines("here") == [b"<1>before"])
        changed = Listeners(syslog_tcp=f"0.0.0.0:{tls}", syslog_tls=f"127.0.0.1:{tcp}", syslog_udp=f"0.0.0.0:{udp}")
        write(place(tmp_path), Plan(sources=[HERE], listen=changed))
        await until(lambda: listening.plan.listen == changed)
        there = {"tcp": ("0.0.0.0", tls), "tls": ("127.0.0.1", tcp), "udp": ("0.0.0.0", udp)}
        await until(lambda: listening.bound == there)
        with socket.create_connection(("127.0.0.1", tls)) as line:
            line.sendall(b"<1>by TCP\n")
        with socket.socket(type=socket.SOCK_DGRAM) as datagrams:
            datagrams.sendto(b"<1>by UDP", ("127.0.0.1", udp))
        await until(lambda: sorted(kept.lines("here")) == [b"<1>before", b"<1>by TCP", b"<1>by UDP"])

    every = Listeners(syslog_tcp="127.0.0.1:0", syslog_tls="127.0.0.1:0", syslog_udp="127.0.0.1:0")
    assert run(tmp_path, Plan(sources=[HERE], listen=every), story).troubles == []


def test_a_stranger_is_one_line_in_the_log_however_often_it_comes(tmp_path: Path) -> None:
    async def story(kept: Kept, listening: Listening) -> None:
        listening._note_every = 3_600
        for _ in range(5):
            await say(listening, b"<1>let me in", of="127.0.0.7")
        await until(lambda: sum(listening.listeners.delivery.notes.counts.values()) == 5)

    kept = run(tmp_path, Plan(sources=[HERE], listen=OPEN), story)
    assert [msgspec.json.decode(line) for line in kept.lines("")] == [
        {"type": "intake.refused", "where": "127.0.0.7", "object": "", "n": 5, "detail": {"why": "unknown-sender"}}
    ]
    assert kept.turned_away == {"": 5}


def test_the_note_lies_in_the_real_log(tmp_path: Path) -> None:
    with whole(tmp_path / "home", HERE) as intake:
        with socket.create_connection(intake.at("tcp"), source_address=("127.0.0.7", 0)) as line:
            assert line.recv(1) == b""
        with socket.create_connection(intake.at("tcp")) as line:
            line.sendall(b"<1>known\n")
        intake.arrived("here", 1)
    said = [envelope_of(entry) for entry in intake.entries("fanghu")]
    assert [(each.kind, each.type, each.place.ip, each.detail["why"]) for each in said] == [
        ("meta", "intake.refused", "127.0.0.7", "unknown-sender")
    ]


def test_a_plan_without_these_ways_needs_no_such_process() -> None:
    assert not is_needed(Plan(sources=[Source("web", "plain", ["http", "otlp"])]))
    assert is_needed(Plan(sources=[HERE]))
