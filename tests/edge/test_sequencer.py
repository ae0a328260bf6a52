"""The sequencer by itself: group commit, batches again, a sick disk, a full one, two on one log, too much waiting."""

from __future__ import annotations

import asyncio
import errno
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fanghu.auditlog.derived import envelope_of
from fanghu.edge.sequencer import Limits, Sequencer
from fanghu.edge.taker import Batch, Refused
from fanghu.edge.tally import Buckets
from fanghu.edge.workers import EncodingTaker, SequencerClient
from fanghu.intake.plan import LOG
from fanghu.keys.locations import LogPlaces
from fanghu.keys.log_rotation import rotate
from fanghu.tlog.damage import LogBusy
from fanghu.tlog.files import Files
from fanghu.tlog.reader import LogReader
from tests.edge.stage import batches, lines, source, stored

Story = Callable[[EncodingTaker, Sequencer], Awaitable[None]]


class Disk(Files):
    """A disk that can fall sick or full; ``slow`` holds every fdatasync until it is set."""

    def __init__(self) -> None:
        self.sick, self.full, self.syncs = False, False, 0

    def write(self, descriptor: int, *pieces: bytes | bytearray) -> None:
        """Writes half, then has no more room, when full."""
        data = b"".join(pieces)
        if self.full:
            super().write(descriptor, data[: len(data) // 2])
            raise OSError(errno.ENOSPC, "no space left")
        super().write(descriptor, data)

    def sync(self, descriptor: int) -> None:
        """Fails when sick."""
        self.syncs += 1
        if self.sick:
            raise OSError(errno.EIO, "sick")
        super().sync(descriptor)


async def until(true: Callable[[], bool]) -> None:
    """Wait for what must come true."""
    async with asyncio.timeout(60):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def told(home: Path, story: Story, *, disk: Files | None = None, limits: Limits | None = None) -> None:
    """Run the story with a sequencer of ``home``."""

    async def lived() -> None:
        sequencer = Sequencer(home, limits or Limits(reserve=0, floor=0), disk)
        ready = asyncio.Event()
        serving = asyncio.create_task(sequencer.serve(ready.set))
        await asyncio.wait({asyncio.create_task(ready.wait()), serving}, return_when=asyncio.FIRST_COMPLETED)
        if serving.done():
            await serving
        client = SequencerClient(home)
        try:
            await story(EncodingTaker(client, source, patience=0), sequencer)
        finally:
            await client.close()
            serving.cancel()
            with suppress(asyncio.CancelledError):
                await serving

    asyncio.run(lived())


def test_batches_of_many_senders_are_durable_and_told_their_place(tmp_path: Path) -> None:
    disk = Disk()

    async def story(taker: EncodingTaker, _sequencer: Sequencer) -> None:
        before = disk.syncs
        taken = await asyncio.gather(*(taker.take(Batch("gate", lines(5, n * 5), f"c{n}", 1)) for n in range(40)))
        assert disk.syncs - before < 40, "what waits together is written together"
        assert sorted(each.first for each in taken) == list(range(0, 200, 5))
        for number, each in enumerate(taken):
            again = await taker.take(Batch("gate", lines(5, number * 5), f"c{number}", 1))
            assert (again.first, again.count, again.again) == (each.first, 5, True)

    told(tmp_path, story, disk=disk)
    found = batches(stored(tmp_path))
    assert found == {f"c{n}/1": lines(5, n * 5) for n in range(40)}


def test_a_batch_sent_twice_at_once_is_taken_once(tmp_path: Path) -> None:
    async def story(taker: EncodingTaker, _sequencer: Sequencer) -> None:
        one, two = await asyncio.gather(*(taker.take(Batch("gate", lines(3), "c", 1)) for _ in range(2)))
        assert (one.first, two.first) == (0, 0)
        assert {one.again, two.again} == {True, False}

    told(tmp_path, story)
    assert len(stored(tmp_path)) == 3


def test_what_was_taken_is_known_after_a_restart(tmp_path: Path) -> None:
    async def first(taker: EncodingTaker, _sequencer: Sequencer) -> None:
        await taker.take(Batch("gate", lines(3), "c", 9))

    async def second(taker: EncodingTaker, _sequencer: Sequencer) -> None:
        assert (await taker.take(Batch("gate", lines(3), "c", 9))).again
        with pytest.raises(Refused, match="FH-IN-08"):
            await taker.take(Batch("gate", lines(4), "c", 9))

    told(tmp_path, first)
    (tmp_path / "run" / "intake-clients").unlink()
    told(tmp_path, second)


@pytest.mark.parametrize("fault", ["sick", "full"])
def test_nothing_is_acknowledged_on_a_disk_that_fails_and_all_goes_on_when_it_is_well(
    tmp_path: Path, fault: str
) -> None:
    disk = Disk()

    async def story(taker: EncodingTaker, sequencer: Sequencer) -> None:
        await taker.take(Batch("gate", lines(2), "c", 1))
        setattr(disk, fault, True)
        for _ in range(3):
            with pytest.raises(Refused, match="FH-IN-04") as refused:
                await taker.take(Batch("gate", lines(2, 10), "c", 2))
            assert refused.value.retry
        assert "FH-IN-04" in sequencer.tally.troubles["log"]
        setattr(disk, fault, False)
        taker.patience = 30
        await taker.take(Batch("gate", lines(2, 10), "c", 2))
        assert "log" not in sequencer.tally.troubles

    told(tmp_path, story, disk=disk)
    assert batches(stored(tmp_path)) == {"c/1": lines(2), "c/2": lines(2, 10)}


def test_a_disk_that_fails_at_the_seal_loses_nothing(tmp_path: Path) -> None:
    disk = Disk()

    async def story(taker: EncodingTaker, sequencer: Sequencer) -> None:
        await taker.take(Batch("gate", lines(300), "c", 1))
        disk.full = True  # found out by the seal
        reader = LogReader(LogPlaces(tmp_path, "intake").folder)
        taker.patience = 60
        waiting = asyncio.create_task(taker.take(Batch("gate", lines(2, 900), "c", 2)))
        await until(lambda: "log" in sequencer.tally.troubles)
        disk.full = False
        await waiting
        await until(lambda: reader.size == 302)

    told(tmp_path, story, disk=disk)
    assert batches(stored(tmp_path)) == {"c/1": lines(300), "c/2": lines(2, 900)}


def test_a_second_sequencer_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    async def nothing(_taker: EncodingTaker, _sequencer: Sequencer) -> None:
        raise AssertionError("it must not come to serve")

    async def story(taker: EncodingTaker, _sequencer: Sequencer) -> None:
        await taker.take(Batch("gate", lines(1), "c", 1))
        with pytest.raises(LogBusy):
            await asyncio.to_thread(told, tmp_path, nothing)
        assert (await taker.take(Batch("gate", lines(1, 1), "c", 2))).first == 1

    told(tmp_path, story)


def test_who_needs_the_log_gets_it_for_a_while_and_nothing_is_lost(tmp_path: Path) -> None:
    async def story(taker: EncodingTaker, _sequencer: Sequencer) -> None:
        taker.patience = 60
        await taker.take(Batch("gate", lines(2), "c", 1))
        await asyncio.to_thread(change_key, LogPlaces(tmp_path, LOG))
        assert (await taker.take(Batch("gate", lines(2, 5), "c", 2))).first == 3, (
            "the record of the new key lies between"
        )
        assert (await taker.take(Batch("gate", lines(2), "c", 1))).again

    told(tmp_path, story)


def change_key(places: LogPlaces) -> None:
    """Give the log a new key as the command line does: ask for it, then wait until it is free."""
    places.ask_for()
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with suppress(LogBusy):
            rotate(places, datetime.now(UTC))
            return
        time.sleep(0.1)
    raise AssertionError("the log was never free")


def test_more_than_may_wait_is_refused_and_may_come_again(tmp_path: Path) -> None:
    async def story(taker: EncodingTaker, _sequencer: Sequencer) -> None:
        found = await asyncio.gather(
            *(taker.take(Batch("gate", lines(100), "c", n)) for n in range(1, 60)), return_exceptions=True
        )
        refused = [each for each in found if isinstance(each, Refused)]
        assert refused
        assert {each.code for each in refused} == {"FH-IN-03"}
        assert all(each.retry for each in refused)
        for number, each in enumerate(found, 1):
            if isinstance(each, Refused):
                assert not (await taker.take(Batch("gate", lines(100), "c", number))).again

    told(tmp_path, story, limits=Limits(waiting=60_000, reserve=0, floor=0))
    assert len(batches(stored(tmp_path))) == 59


def test_below_the_floor_of_the_disk_it_refuses_and_says_so(tmp_path: Path) -> None:
    async def story(taker: EncodingTaker, sequencer: Sequencer) -> None:
        await until(lambda: "disk" in sequencer.tally.troubles)
        with pytest.raises(Refused, match="FH-IN-12"):
            await taker.take(Batch("gate", lines(1), "c", 1))

    told(tmp_path, story, limits=Limits(floor=1 << 60, reserve=1 << 16))
    assert (tmp_path / "run" / "intake-reserve").stat().st_size == 1 << 16


@pytest.mark.parametrize("step", [timedelta(hours=1), timedelta(days=1), timedelta(hours=-1), timedelta(days=-1)])
def test_a_clock_that_steps_orders_nothing_anew(tmp_path: Path, step: timedelta) -> None:
    async def story(taker: EncodingTaker, _sequencer: Sequencer) -> None:
        first = await taker.take(Batch("gate", lines(2)))
        taker.now = lambda: datetime.now(UTC) + step
        second = await taker.take(Batch("gate", lines(2)))
        assert (first.first, second.first) == (0, 2)

    told(tmp_path, story)
    entries = stored(tmp_path)
    assert len({envelope_of(entry).id for entry in entries}) == 4


def test_a_source_that_sends_too_fast_waits() -> None:
    now = 0.0
    buckets = Buckets(lambda: now)
    assert buckets.wait("gate", 250, 100) == 0, "one batch may be larger than a second's worth"
    assert 1.5 < buckets.wait("gate", 10, 100) < 1.6
    assert buckets.wait("door", 10, 100) == 0
    now = 1.6
    assert buckets.wait("gate", 10, 100) == 0
    assert buckets.wait("gate", 10**6, 0) == 0
