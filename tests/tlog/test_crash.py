"""Death at every step: nothing acknowledged is lost, nothing is sealed twice, no alarm is false."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fanghu.tlog.damage import LogMissing
from fanghu.tlog.reader import LogReader, extends
from tests.tlog.stage import KEYS, NOW, Died, MortalFiles, PowerCutFiles, Stage, entries

WORK = (3, 300, 1, 0, 260, 700)
"""Batches of one life; 0 seals once more."""


def live(stage: Stage, files: MortalFiles, start: int) -> tuple[int, int, bytes]:
    """Append and seal until death; entries acknowledged, entries of the append then under way, last checkpoint."""
    acked, doing, note = start, 0, b""
    try:
        with stage.writer(files) as writer:
            for count in WORK:
                doing = count
                if count:
                    writer.append(entries(acked, acked + count))
                acked, doing = acked + count, 0
                note = writer.seal(NOW).note
                if count == 1:
                    doing = 2
                    writer.append(entries(acked, acked + 2))
                    acked, doing = acked + 2, 0
    except Died:
        pass
    return acked, doing, note


def after(stage: Stage, acked: int, doing: int, note: bytes) -> None:
    """What must hold once the machine is back."""
    if stage.folder.exists() and note:
        report = stage.verify(since=note)
        assert report.ok or report.cannot_tell, report.problems
    try:
        writer = stage.writer(create=not acked)
    except LogMissing:
        pytest.fail("an acknowledged log is gone")
    with writer:
        assert writer.size in (acked, acked + doing)
        size = writer.size
        writer.append(entries(size, size + 5))
        writer.seal(NOW)
    report = stage.verify(since=note or None)
    assert report.ok, report.problems
    assert [e.data for _, e in LogReader(stage.folder, keys=KEYS).entries()] == entries(0, size + 5)


def steps_of_a_life(base: Path) -> int:
    """How many steps a life without death takes."""
    files = MortalFiles()
    live(Stage(base), files, 0)
    return files.steps


def test_killed_at_every_step(tmp_path: Path) -> None:
    (tmp_path / "dry").mkdir()
    total = steps_of_a_life(tmp_path / "dry")
    assert total > 80
    for last in range(1, total + 1):
        stage = Stage(tmp_path / str(last))
        stage.base.mkdir()
        after(stage, *live(stage, MortalFiles(last), 0))


def test_power_cut_at_every_step(tmp_path: Path) -> None:
    (tmp_path / "dry").mkdir()
    for last in range(1, steps_of_a_life(tmp_path / "dry") + 1):
        stage = Stage(tmp_path / str(last))
        stage.base.mkdir()
        files = PowerCutFiles(stage.folder, last)
        ended = live(stage, files, 0)
        files.cut()
        after(stage, *ended)


def test_power_cut_that_the_disk_survived_in_part(tmp_path: Path) -> None:
    """Of what was not synchronised, anything may be there: some names, the beginning of an append, sectors without others."""
    chance = random.Random(2026)
    (tmp_path / "dry").mkdir()
    torn = 0
    for last in range(1, steps_of_a_life(tmp_path / "dry") + 1, 2):
        stage = Stage(tmp_path / str(last))
        stage.base.mkdir()
        files = PowerCutFiles(stage.folder, last)
        acked, doing, note = live(stage, files, 0)
        files.cut(chance)
        with stage.writer(create=not acked) as writer:
            torn += writer.recovered > 0
            assert writer.size in (acked, acked + doing), last
            size = writer.size
            writer.append(entries(size, size + 5))
            writer.seal(NOW)
        report = stage.verify(since=note or None)
        assert report.ok, (last, report.problems)
        assert [e.data for _, e in LogReader(stage.folder, keys=KEYS).entries()] == entries(0, size + 5)
    assert torn > 2


def test_power_cut_while_a_segment_and_its_tile_fill(tmp_path: Path) -> None:
    base = Stage(tmp_path / "base")
    base.base.mkdir()
    with base.writer() as writer:
        writer.append(entries(0, 65_000))
        writer.seal(NOW)
    dry = Stage(tmp_path / "dry")
    shutil.copytree(base.base, dry.base)
    counting = MortalFiles()
    live(dry, counting, 65_000)
    chance = random.Random(4)
    for last in sorted(chance.sample(range(1, counting.steps + 1), 25)):
        stage = Stage(tmp_path / str(last))
        shutil.copytree(base.base, stage.base)
        files = PowerCutFiles(stage.folder, last)
        acked, doing, note = live(stage, files, 65_000)
        files.cut()
        with stage.writer(create=False) as writer:
            assert writer.size in (acked, acked + doing)
            size = writer.size
            writer.seal(NOW)
        assert stage.verify(since=note or None).ok
        found = [e.data for _, e in LogReader(stage.folder).entries(64_900)]
        assert found == entries(64_900, size)
        shutil.rmtree(stage.base)


def test_dying_again_while_recovering(tmp_path: Path) -> None:
    """A first death in the middle of a seal, then one at each step of opening again."""
    (tmp_path / "dry").mkdir()
    total = steps_of_a_life(tmp_path / "dry")
    for first in range(total // 3, total, 7):
        for second in range(1, 9):
            stage = Stage(tmp_path / f"{first}-{second}")
            stage.base.mkdir()
            acked, doing, note = live(stage, MortalFiles(first), 0)
            size = acked
            try:
                with stage.writer(MortalFiles(second)) as writer:
                    size = writer.size
                    writer.seal(NOW)
            except Died:
                pass
            assert size in (acked, acked + doing)
            after(stage, acked, doing, note)


CHILD = """
import sys
from pathlib import Path
from tests.tlog.stage import NOW, Stage, entries
with Stage(Path(sys.argv[1])).writer() as writer:
    print(writer.size, flush=True)
    for round in range(10_000):
        size = writer.size
        writer.append(entries(size, size + 1 + round * 37 % 90))
        print(writer.size, flush=True)
        if round % 3 == 0:
            writer.seal(NOW)
"""


@pytest.mark.slow
def test_kill_dash_nine_ten_times(stage: Stage) -> None:
    root = Path(__file__).parents[2]
    chance = random.Random(9)
    note = b""
    for _ in range(10):
        with subprocess.Popen(
            [sys.executable, "-c", CHILD, str(stage.base)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=root,
            env={"PYTHONPATH": f"{root}/src:{root}"},
        ) as child:
            assert child.stdout
            acked = 0
            for _ in range(chance.randrange(2, 60)):
                acked = int(child.stdout.readline())
            child.kill()
            acked = int(([str(acked), *list(child.stdout.read().split("\n")[:-1])])[-1])
        report = stage.verify(since=note or None)
        assert report.ok or report.cannot_tell, report.problems
        with stage.writer(create=False) as writer:
            assert writer.size >= acked
            size = writer.size
            note = writer.seal(NOW).note
        assert stage.verify(since=note).ok
        assert [e.data for _, e in LogReader(stage.folder).entries()] == entries(0, size)
        assert extends(LogReader(stage.folder), writer.checkpoint)
