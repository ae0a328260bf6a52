"""The listeners with senders of their own: who is let in, who waits, who is cut off."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from fanghu.edge.listening_delivery import CROWDED, DROPPED, OVERLONG, TORN, UNKNOWN, Delivery, Note, Notes
from fanghu.edge.syslog_listeners import Limits, SyslogListeners
from fanghu.edge.taker import Refused
from fanghu.intake.plan import Plan, Source
from tests.edge.syslog.kept import Kept, until

BUSY = Limits(grace=0.1)
PLAN = Plan(sources=[Source("here", "syslog", ["syslog"], addresses=["127.0.0.1", "127.0.0.2"])])


@asynccontextmanager
async def listening(
    kept: Kept, limits: Limits | None = None, plan: Plan = PLAN
) -> AsyncIterator[tuple[SyslogListeners, int]]:
    listeners = SyslogListeners(Delivery(kept, Notes()), limits)
    listeners.admit(plan)
    server = await listeners.tcp("127.0.0.1", 0)
    try:
        yield listeners, server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await listeners.end()


async def sender(port: int, *, of: str = "127.0.0.1") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", port, local_addr=(of, 0))


def run(story: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(story(), 120))  # type: ignore[arg-type]


def notes_of(listeners: SyslogListeners) -> dict[Note, int]:
    return dict(listeners.delivery.notes.counts)


def test_both_framings_arrive_in_order_and_the_overlong_is_told() -> None:
    async def story() -> None:
        kept = Kept()
        async with listening(kept) as (listeners, port):
            _, writer = await sender(port)
            writer.write(b"<1>one\n10 <1>two\nxxx70000 <1>" + b"y" * 69_997 + b"<1>four")
            await writer.drain()
            writer.close()
            await until(lambda: len(kept.lines()) == 3)
            assert kept.lines("here") == [b"<1>one", b"<1>two\nxxx", b"<1>four"]
            assert {batch.peer for batch in kept.batches} == {"127.0.0.1"}
            await until(lambda: notes_of(listeners) == {Note(OVERLONG, "here", "127.0.0.1"): 1})

    run(story)


def test_a_stranger_gets_nothing_and_is_counted() -> None:
    async def story() -> None:
        kept = Kept()
        async with listening(kept) as (listeners, port):
            for _ in range(3):
                reader, writer = await sender(port, of="127.0.0.3")
                writer.write(b"<1>let me in\n")
                with suppress(ConnectionResetError):
                    assert await reader.read() == b""
                writer.close()
            assert notes_of(listeners) == {Note(UNKNOWN, "", "127.0.0.3"): 3}
            assert kept.batches == []

    run(story)


def test_a_flood_by_one_does_not_hold_the_other_up() -> None:
    async def story() -> None:
        kept = Kept()
        kept.gate = asyncio.Semaphore(0)
        async with listening(kept, BUSY) as (_, port):
            _, flood = await sender(port)
            flood.write(b"<1>flood\n" * 200_000)
            _, quiet = await sender(port, of="127.0.0.2")
            quiet.write(b"<1>quiet\n")
            await until(lambda: len(kept.waiting) == 2)  # one batch of each, never two of the flood
            kept.gate.release()
            kept.gate.release()
            await until(lambda: b"<1>quiet" in kept.lines())
            assert len(kept.lines()) <= 3 * 1_000 + 1
            assert max(len(batch.lines) for batch in kept.batches) <= 1_000
            flood.transport.abort()

    run(story)


def test_who_sends_waits_while_the_log_is_busy() -> None:
    async def story() -> None:
        kept = Kept()
        kept.gate = asyncio.Semaphore(0)
        async with listening(kept, BUSY) as (_, port):
            raw = socket.create_connection(("127.0.0.1", port))
            raw.setblocking(False)
            loop, sent = asyncio.get_running_loop(), 0

            async def push() -> None:
                nonlocal sent
                while True:
                    await loop.sock_sendall(raw, b"<1>" + b"x" * 9_996 + b"\n")
                    sent += 1

            pushing = asyncio.create_task(push())
            await until(lambda: kept.waiting)
            before = -1
            while sent != before:  # until not one more message goes into the socket
                before = sent
                await asyncio.sleep(0.3)
            assert sent < 3_000  # the kernel's buffers and ours, not thirty megabytes
            pushing.cancel()
            await asyncio.gather(pushing, return_exceptions=True)
            raw.close()

    run(story)


def test_a_message_that_stalls_is_given_up_and_what_was_whole_is_kept() -> None:
    async def story() -> None:
        kept = Kept()
        async with listening(kept, Limits(stall=0.2)) as (listeners, port):
            reader, writer = await sender(port)
            writer.write(b"<1>whole\n99 <1>half")
            assert await reader.read() == b""
            assert kept.lines() == [b"<1>whole"]
            assert notes_of(listeners) == {Note(TORN, "here", "127.0.0.1"): 1}
            writer.close()

    run(story)


def test_one_peer_has_only_so_many_connections() -> None:
    async def story() -> None:
        kept = Kept()
        async with listening(kept, Limits(of_one_peer=2)) as (listeners, port):
            held = [await sender(port) for _ in range(2)]
            await until(lambda: len(listeners.open) == 2)
            reader, writer = await sender(port)
            assert await reader.read() == b""
            assert notes_of(listeners) == {Note(CROWDED, "", "127.0.0.1"): 1}
            _, other = await sender(port, of="127.0.0.2")
            other.write(b"<1>still let in\n")
            await until(lambda: kept.lines() == [b"<1>still let in"])
            for _, each in [*held, (reader, writer), (None, other)]:
                each.close()

    run(story)


def test_what_is_refused_for_a_while_is_handed_on_again() -> None:
    async def story() -> None:
        kept = Kept()
        kept.refusals = [Refused("FH-IN-02", "busy", "忙碌", retry=True, wait=0.01) for _ in range(3)]
        async with listening(kept) as (_, port):
            _, writer = await sender(port)
            writer.write(b"<1>in the end\n")
            await until(lambda: kept.lines() == [b"<1>in the end"])
            writer.close()

    run(story)


def test_a_source_that_is_taken_away_is_let_in_no_more() -> None:
    async def story() -> None:
        kept = Kept()
        async with listening(kept) as (listeners, port):
            reader, writer = await sender(port)
            writer.write(b"<1>before\n")
            await until(lambda: kept.lines() == [b"<1>before"])
            listeners.admit(Plan())
            writer.write(b"<1>after\n")
            assert await reader.read() == b""
            assert kept.lines() == [b"<1>before"]
            assert notes_of(listeners) == {Note(UNKNOWN, "", "127.0.0.1"): 1}
            writer.close()

    run(story)


def test_datagrams_are_messages_and_too_many_are_counted() -> None:
    async def story() -> None:
        kept = Kept()
        listeners = SyslogListeners(Delivery(kept, Notes()), Limits(datagrams=2_200))
        listeners.admit(PLAN)
        transport = await listeners.udp("127.0.0.1", 0)
        port = transport.get_extra_info("sockname")[1]
        with (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as odd,
        ):
            odd.bind(("127.0.0.9", 0))
            odd.sendto(b"<1>stranger", ("127.0.0.1", port))
            out.sendto(b"<1>hello\n", ("127.0.0.1", port))
            await until(lambda: kept.lines() == [b"<1>hello"])
            kept.gate = asyncio.Semaphore(0)
            for _ in range(5):
                out.sendto(b"<1>" + b"z" * 897, ("127.0.0.1", port))
            await until(lambda: sum(notes_of(listeners).values()) == 4)
            assert notes_of(listeners) == {Note(UNKNOWN, "", "127.0.0.9"): 1, Note(DROPPED, "here", "127.0.0.1"): 3}
            for _ in range(5):
                kept.gate.release()
        transport.close()
        await listeners.end()
        assert len(kept.lines()) == 3

    run(story)
