"""The real journald, its own socket and programs that speak to it, followed while it runs."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from fanghu.auditlog.parsers.journal import fields
from fanghu.edge.following_positions import Positions
from fanghu.edge.journal import JournalReader
from fanghu.edge.listening_delivery import Delivery, Notes
from tests.edge.journal.machine import Journald
from tests.edge.syslog.kept import Kept, until


@pytest.fixture
def journald() -> Iterator[Journald]:
    try:
        found = Journald()
    except OSError as why:
        pytest.skip(f"no journald can be started here: {why}")
    yield found
    found.end()


def say(journald: Journald, text: str) -> None:
    """As a program with libsystemd does."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.connect(str(journald.socket))
        line.send(b"MESSAGE=%s\nSYSLOG_IDENTIFIER=gate\nPRIORITY=6\n" % text.encode())


def test_what_programs_say_to_journald_is_read_as_it_comes(journald: Journald, tmp_path: Path) -> None:
    kept, positions = Kept(), Positions(tmp_path / "follow.json")

    def reader() -> JournalReader:
        where = [f"--directory={journald.folder}"]
        return JournalReader("gate", "SYSLOG_IDENTIFIER=gate", Delivery(kept, Notes()), positions, where=where)

    async def story() -> None:
        await asyncio.to_thread(say, journald, "before anybody read")
        task = asyncio.create_task(reader().run())
        await until(lambda: len(kept.lines()) == 1)
        await asyncio.to_thread(say, journald, "while it is read")
        if shutil.which("logger"):
            line = ["logger", "--socket", str(journald.socket.with_name("dev-log")), "--tag", "gate", "by /dev/log"]
            await asyncio.to_thread(subprocess.run, line, check=True, timeout=30)
        else:
            await asyncio.to_thread(say, journald, "by /dev/log")
        await until(lambda: len(kept.lines()) == 3)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.to_thread(say, journald, "while nobody reads")
        task = asyncio.create_task(reader().run())
        await until(lambda: len(kept.lines()) == 4)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(asyncio.wait_for(story(), 120))
    read = [fields(line) or {} for line in kept.lines()]
    assert [each["MESSAGE"] for each in read] == [
        b"before anybody read", b"while it is read", b"by /dev/log", b"while nobody reads",
    ]  # fmt: skip
    assert {each["_TRANSPORT"] for each in read} <= {b"journal", b"syslog"}
    assert all(each["_UID"].isdigit() for each in read), "journald itself says who spoke"
