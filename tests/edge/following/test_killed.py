"""The whole intake under kill -9: a followed file lies in the real log once, line by line, in order."""

from __future__ import annotations

from pathlib import Path

from fanghu.intake.plan import Source
from tests.edge.stage import soon
from tests.edge.syslog.whole import whole


def test_follower_and_sequencer_killed_under_load(tmp_path: Path) -> None:
    log, written = tmp_path / "app.log", 0

    def write(count: int) -> None:
        nonlocal written
        with log.open("ab") as file:
            file.write(b"".join(b"%08d of the load\n" % number for number in range(written, written + count)))
        written += count

    write(100)
    with whole(tmp_path / "home", Source("app", "plain", ["follow"], paths=[str(log)])) as intake:
        intake.arrived("app", 100)
        for turn in range(4):
            write(1_500)
            seen = len(intake.entries("app"))
            soon(lambda seen=seen: len(intake.entries("app")) > seen)
            soon(lambda turn=turn: intake.kill("fanghu.edge.listening" if turn % 2 else "fanghu.edge.sequencer"))
            if turn in {1, 2}:
                log.rename(tmp_path / f"app.log.{turn}")
                write(50)
        raw = intake.arrived("app", written)
    assert [int(line[:8]) for line in raw] == list(range(written))
