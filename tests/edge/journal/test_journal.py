"""A real journal, written by systemd-journal-remote and read by journalctl: every entry once, whenever the reader dies."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fanghu.auditlog.derived import envelope_of
from fanghu.auditlog.parsers.journal import fields
from fanghu.auditlog.parsers.journal import read as parsed
from fanghu.edge.following_positions import Positions
from fanghu.edge.journal import JournalReader
from fanghu.edge.listening_delivery import Delivery, Notes
from fanghu.edge.taker import Batch, Refused, Taken
from fanghu.edge.workers import EncodingTaker, SequencerClient
from tests.edge.journal.test_export import exported
from tests.edge.stage import running, source, stored
from tests.edge.syslog.kept import Kept, until

REMOTE = Path("/lib/systemd/systemd-journal-remote")
pytestmark = pytest.mark.skipif(
    not (REMOTE.exists() and shutil.which("journalctl")), reason="no journald programs on this machine"
)


class Journal:
    """A journal file that grows, and readers of it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.file, self.kept, self.count = folder, folder / "gate.journal", Kept(), 0
        self.positions = Positions(folder / "run" / "follow.json")

    def write(self, count: int, **more: bytes) -> None:
        entries = []
        for number in range(self.count, self.count + count):
            stamp = b"%d" % (1_795_356_153_000_000 + number)
            entries.append({
                "__REALTIME_TIMESTAMP": stamp, "__MONOTONIC_TIMESTAMP": stamp, "_BOOT_ID": b"0123456789abcdef0123456789abcdef",
                "_HOSTNAME": b"gate", "SYSLOG_IDENTIFIER": b"sshd", "_PID": b"42", "PRIORITY": b"6",
                "_SYSTEMD_UNIT": b"ssh.service" if number % 2 == 0 else b"cron.service",
                "MESSAGE": b"message %d\nin two lines" % number, **more,
            })  # fmt: skip
        self.count += count
        subprocess.run(
            [REMOTE, "--output", self.file, "--split-mode=none", "-"],
            input=exported(*entries),
            check=True,
            capture_output=True,
            timeout=60,
        )

    def again(self) -> None:
        self.positions.close()
        self.positions = Positions(self.folder / "run" / "follow.json")

    def reader(self, match: str = "") -> JournalReader:
        return JournalReader("gate", match, Delivery(self.kept, Notes()), self.positions, where=[f"--file={self.file}"])

    def numbers(self) -> list[int]:
        return [int(line.partition(b"message ")[2].partition(b"\n")[0]) for line in self.kept.lines()]


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path)


def read(reader: JournalReader) -> None:
    asyncio.run(asyncio.wait_for(reader.read(follow=False), 60))


def test_every_entry_arrives_once_with_its_fields(journal: Journal) -> None:
    journal.write(1_200, BLOB=b"\x00\xff\n")
    read(journal.reader())
    assert journal.numbers() == list(range(1_200))
    first = fields(journal.kept.lines()[0])
    assert first
    assert (first["BLOB"], first["MESSAGE"]) == (b"\x00\xff\n", b"message 0\nin two lines")
    assert (first["_SYSTEMD_UNIT"], first["__CURSOR"][:2]) == (b"ssh.service", b"s=")
    assert {batch.format for batch in journal.kept.batches} == {"journal"}
    found = parsed(journal.kept.lines()[0])
    assert (found.host, found.app, found.type) == ("gate", "sshd", "sshd.other")
    assert found.stamp and found.stamp.at == datetime(2026, 11, 22, 14, 2, 33, tzinfo=UTC)
    journal.again()
    journal.write(3)
    read(journal.reader())
    assert journal.numbers() == list(range(1_203))


def test_only_what_matches_is_read(journal: Journal) -> None:
    journal.write(10)
    read(journal.reader("_SYSTEMD_UNIT=cron.service"))
    assert journal.numbers() == [1, 3, 5, 7, 9]


def test_what_was_under_way_at_death_is_sent_again_under_its_number(journal: Journal) -> None:
    class Died(BaseException):
        pass

    take = journal.kept.take

    async def take_and_die(batch: Batch) -> Taken:
        await take(batch)
        raise Died

    journal.write(5)
    journal.kept.take = take_and_die  # type: ignore[method-assign]
    with pytest.raises(Died):
        read(journal.reader())
    journal.kept.take = take  # type: ignore[method-assign]
    journal.again()
    journal.write(5)
    read(journal.reader())
    assert journal.numbers() == list(range(10))
    assert journal.kept.again == 1


def test_a_journal_is_followed_and_a_refusal_is_asked_again(journal: Journal) -> None:
    async def story() -> None:
        journal.write(2)
        journal.kept.refusals = [Refused("FH-IN-15", "closed", "未開放")]
        reader = journal.reader()
        reader._delivery.pause = lambda _seconds: asyncio.sleep(0.01)
        task = asyncio.create_task(reader.run())
        await until(lambda: len(journal.kept.lines()) == 2)
        await asyncio.to_thread(journal.write, 2)
        await until(lambda: len(journal.kept.lines()) == 4)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert journal.numbers() == [0, 1, 2, 3]
        assert reader.trouble == ""

    asyncio.run(asyncio.wait_for(story(), 120))


def test_the_log_holds_the_journal_s_own_records_and_reads_them_as_such(journal: Journal, tmp_path: Path) -> None:
    """Whatever format the source declares for its other ways in."""
    journal.write(3, BLOB=b"\x00\xff\n")
    with running(tmp_path / "home", source("gate", format="nginx")) as intake:

        async def story() -> None:
            sequencer = SequencerClient(intake.home)
            delivery = Delivery(EncodingTaker(sequencer, lambda _name: source("gate", format="nginx")), Notes())
            await JournalReader("gate", "", delivery, journal.positions, where=[f"--file={journal.file}"]).read(
                follow=False
            )
            await sequencer.close()

        asyncio.run(asyncio.wait_for(story(), 60))
    entries = stored(tmp_path / "home")
    said = subprocess.run(
        ["journalctl", "--output=export", "--all", f"--file={journal.file}"],
        check=True,
        capture_output=True,
        timeout=60,
    )
    assert b"".join(entry.raw + b"\n" for entry in entries) == said.stdout
    assert [
        (envelope_of(entry).source, envelope_of(entry).place.host, envelope_of(entry).type) for entry in entries
    ] == [("gate", "gate", "sshd.other")] * 3
