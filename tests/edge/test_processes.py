"""The process tree: light and silent without a plan, started again after a fall, gone with its parent, plain about trouble."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

from fanghu.edge.processes import HTTP_WORKERS, bound_at
from tests.edge.stage import Intake, Sender, lines, running, soon, source


def gone(pid: int) -> bool:
    """Whether a process has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1][0] == "Z"
    except OSError:
        return True


def test_without_a_plan_it_is_light_and_starts_nothing(tmp_path: Path) -> None:
    intake = Intake(tmp_path)
    try:
        soon((tmp_path / "run").is_dir)
        assert intake.children() == {}
        assert intake.memory() < 35 << 20
        assert not (tmp_path / "logs").exists()
        assert not bound_at(tmp_path).exists()
    finally:
        intake.end()
    assert intake.process.returncode == 0


def test_what_falls_is_started_again_and_what_the_plan_drops_ends(tmp_path: Path) -> None:
    with running(tmp_path, source(), eager=True) as intake:
        before = soon(lambda: len(intake.children()) == 1 + HTTP_WORKERS and intake.children())
        os.kill(before["fanghu.edge.http_serving"], signal.SIGKILL)
        soon(lambda: set(before.values()) != set(intake.children().values()) and len(intake.children()) == len(before))
        with Sender(intake) as sender:
            assert sender.batch(lines(2))[0] == 200
        intake.plan(http="")
        soon(lambda: intake.children() == {})
        assert not bound_at(tmp_path).exists()


def test_killed_itself_it_leaves_no_orphans(tmp_path: Path) -> None:
    with running(tmp_path, source()) as intake:
        children = soon(lambda: len(intake.children()) == 1 + HTTP_WORKERS and intake.children())
        intake.process.kill()
        soon(lambda: all(map(gone, children.values())))


def test_an_address_that_cannot_be_had_is_told_and_had_later(tmp_path: Path) -> None:
    with running(tmp_path, source()) as intake, socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        intake.plan(source(), http=address)
        told = soon(lambda: intake.state().trouble)
        assert "FH-IN-20" in told
        assert address in told
        taken.close()
        soon(lambda: bound_at(tmp_path).exists() and bound_at(tmp_path).read_text() == address)
        soon(lambda: intake.state().trouble == "")
        with Sender(intake) as sender:
            soon(sender.answers)
            assert sender.batch(lines(1))[0] == 200


def test_a_second_intake_of_the_same_folder_takes_nothing_from_the_first(tmp_path: Path) -> None:
    with running(tmp_path, source()) as intake, Sender(intake) as sender:
        assert sender.batch(lines(3), "c", 1)[0] == 200
        second = Intake(tmp_path)
        try:
            soon(lambda: "fanghu.edge.sequencer" in second.children())
            for number in range(2, 5):
                assert sender.batch(lines(3), "c", number)[0] == 200
        finally:
            second.end()
        assert sender.batch(lines(3), "c", 3)[1]["again"]
