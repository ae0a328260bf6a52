"""kill -9 under load: nothing acknowledged is lost, altered or doubled, whichever process is killed."""

from __future__ import annotations

import os
import random
import signal
import threading
from pathlib import Path

from fanghu.auditlog.derived import envelope_of
from fanghu.edge.processes import HTTP_WORKERS
from fanghu.intake.plan import LOG
from fanghu.keys.locations import LogPlaces
from fanghu.keys.log_keys import pinned
from fanghu.tlog.verify import verify_folder
from tests.edge.stage import Intake, Sender, batches, lines, running, soon, source, stored

ROUNDS = 15
SENDERS = 3
LINES = 20


class Client(threading.Thread):
    """Sends numbered batches one after another; one that was not acknowledged is sent again until it is."""

    def __init__(self, intake: Intake, name: str) -> None:
        super().__init__(name=name)
        self.intake, self.over = intake, threading.Event()
        self.acknowledged: dict[int, int] = {}
        self.failed: BaseException | None = None

    def run(self) -> None:
        """Send until told to end; then until the last batch is acknowledged."""
        try:
            number = 0
            while not self.over.is_set():
                number += 1
                self.send(number)
        except BaseException as error:  # noqa: BLE001 - told by the test
            self.failed = error

    def send(self, number: int) -> None:
        """One batch, until it is acknowledged."""
        while True:
            try:
                with Sender(self.intake) as sender:
                    status, said = sender.batch(lines(LINES, number * LINES), self.name, number)
            except OSError:
                continue
            if status == 200:
                self.acknowledged[number] = said["first"]
                return
            assert status in (408, 503), said


def await_more(clients: list[Client], batches: int) -> None:
    """Return when so many batches more were acknowledged."""
    wanted = sum(len(client.acknowledged) for client in clients) + batches
    soon(lambda: sum(len(client.acknowledged) for client in clients) >= wanted)


def test_no_kill_loses_alters_or_doubles_what_was_acknowledged(tmp_path: Path) -> None:
    dice = random.Random(11)
    with running(tmp_path, source(), eager=True) as intake:
        clients = [Client(intake, f"client-{number}") for number in range(SENDERS)]
        for client in clients:
            client.start()
        try:
            for _ in range(ROUNDS):
                await_more(clients, dice.randint(1, 6))
                soon(lambda: len(intake.children()) == 1 + HTTP_WORKERS)
                name = dice.choice(["fanghu.edge.sequencer"] * 2 + ["fanghu.edge.http_serving"])
                os.kill(intake.children()[name], signal.SIGKILL)
        finally:
            for client in clients:
                client.over.set()
            for client in clients:
                client.join(60)
        assert [client.failed for client in clients] == [None] * SENDERS

    places = LogPlaces(tmp_path, LOG)
    entries = stored(tmp_path)
    found = batches(entries)
    for client in clients:
        assert client.acknowledged
        for number, first in client.acknowledged.items():
            expected = lines(LINES, number * LINES)
            assert found[f"{client.name}/{number}"] == expected
            assert [entry.raw for entry in entries[first : first + LINES]] == expected
    assert len({envelope_of(entry).id for entry in entries}) == len(entries)
    assert verify_folder(places.folder, keys=[pinned(places.public_key)]).ok
