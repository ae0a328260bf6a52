"""Files followed as they grow, are rotated every way there is, and are found again after the follower died."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fanghu.edge.following import QUIET, Follower
from fanghu.edge.following_positions import Positions
from fanghu.edge.listening_delivery import OVERLONG, Delivery, Note, Notes
from fanghu.edge.taker import Refused
from tests.edge.syslog.kept import Kept


class Scene:
    """A log being written, a follower that can die and come back, and what arrived."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.log, self.kept = folder, folder / "app.log", Kept()
        self.written: list[bytes] = []
        self.now, self.notes = 0.0, Notes()
        self.positions: Positions | None = None
        self.start()

    def start(self, pattern: str = "") -> None:
        self.positions = Positions(self.folder / "run" / "follow.json")
        self.follower = Follower(
            "app", pattern or str(self.log), Delivery(self.kept, self.notes), self.positions, monotonic=lambda: self.now
        )

    def die(self) -> None:
        """Gone without a word: only what was written down stays."""
        self.follower.close()
        if self.positions:
            self.positions.close()

    def again(self, pattern: str = "") -> None:
        self.die()
        self.start(pattern)

    def write(self, count: int, path: Path | None = None) -> None:
        lines = [b"line %06d of the log" % (len(self.written) + n) for n in range(count)]
        self.written += lines
        with (path or self.log).open("ab") as file:
            file.write(b"".join(line + b"\n" for line in lines))

    def look(self, times: int = 2) -> None:
        for _ in range(times):
            asyncio.run(self.follower.look())

    def check(self) -> None:
        assert self.kept.lines() == self.written


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    scene = Scene(tmp_path)
    yield scene
    scene.die()


def test_lines_arrive_once_and_the_last_waits_for_its_end(scene: Scene) -> None:
    scene.write(2_500)
    scene.look()
    scene.check()
    assert [len(batch.lines) for batch in scene.kept.batches] == [1_000, 1_000, 500]
    with scene.log.open("ab") as file:
        file.write(b"begun")
        file.flush()
        scene.look()
        scene.check()
        file.write(b" and ended\n\n")
    scene.look()
    assert scene.kept.lines()[-1] == b"begun and ended"


def test_nothing_is_read_twice_after_a_restart(scene: Scene) -> None:
    scene.write(10)
    scene.look()
    scene.again()
    scene.write(10)
    scene.look()
    scene.check()


def test_rotation_by_rename_while_it_is_still_written_to(scene: Scene) -> None:
    scene.write(5)
    scene.look()
    old = scene.log.rename(scene.folder / "app.log.1")
    scene.write(5, old)
    scene.look()
    scene.write(5)
    scene.look()
    scene.check()
    scene.write(1, old)
    scene.look()
    scene.check()
    old.write_bytes(old.read_bytes() + b"no line feed at the end")
    scene.now += QUIET
    scene.look()
    assert scene.kept.lines() == [*scene.written, b"no line feed at the end"]
    assert scene.follower.trouble == ""


@pytest.mark.parametrize("dies", [False, True])
def test_rotation_by_copy_and_truncation(scene: Scene, dies: bool) -> None:
    scene.write(50)
    scene.look()
    scene.write(50)
    if dies:
        scene.die()
    shutil.copy(scene.log, scene.folder / "app.log.1")
    os.truncate(scene.log, 0)
    scene.write(20)
    if dies:
        scene.start()
    scene.look()
    scene.check()
    scene.write(300)
    scene.look()
    scene.check()


def test_a_file_that_was_emptied_and_outgrew_itself_is_read_from_its_start(scene: Scene) -> None:
    scene.write(3)
    scene.look()
    os.truncate(scene.log, 0)
    scene.write(30)
    scene.look()
    scene.check()


def pack(path: Path, to: Path) -> None:
    to.write_bytes(gzip.compress(path.read_bytes()))
    shutil.copystat(path, to)
    path.unlink()


def test_what_was_rotated_and_packed_while_we_were_away_is_read_once(scene: Scene) -> None:
    scene.write(10)
    scene.look()
    scene.write(10)
    scene.die()
    first = scene.log.rename(scene.folder / "app.log.1")
    pack(first, scene.folder / "app.log.3.gz")
    scene.write(10, scene.folder / "app.log.2")
    pack(scene.folder / "app.log.2", scene.folder / "app.log.2.gz")
    scene.write(10, scene.folder / "app.log.1")
    scene.write(10)
    for age, name in enumerate(["app.log", "app.log.1", "app.log.2.gz", "app.log.3.gz"]):
        found = (scene.folder / name).stat().st_mtime + 100 - age
        os.utime(scene.folder / name, (found, found))
    scene.start()
    scene.look()
    scene.check()
    scene.again()
    scene.write(1)
    scene.look()
    scene.check()


def test_a_file_packed_while_we_read_it_is_not_read_again(scene: Scene) -> None:
    scene.write(10)
    scene.look()
    pack(scene.log.rename(scene.folder / "app.log.1"), scene.folder / "app.log.1.gz")
    scene.write(10)
    scene.look()
    scene.now += QUIET
    scene.look()
    scene.again()
    scene.look()
    scene.log.rename(scene.folder / "app.log.2")
    scene.write(10)
    scene.look()
    scene.check()


def test_a_packed_file_that_is_still_being_written_waits(scene: Scene) -> None:
    scene.write(10)
    scene.look()
    scene.die()
    scene.log.unlink()
    scene.write(10, scene.folder / "other")
    packed = gzip.compress((scene.folder / "other").read_bytes())
    half = scene.folder / "app.log.1.gz"
    half.write_bytes(packed[: len(packed) // 2])
    os.utime(half, (2**31, 2**31))
    scene.log.touch()
    scene.start()
    scene.look()
    assert len(scene.kept.lines()) == 10
    half.write_bytes(packed)
    os.utime(half, (2**31, 2**31))
    scene.look()
    scene.check()


def test_rotated_files_from_before_the_beginning_are_left_alone(scene: Scene) -> None:
    (scene.folder / "app.log.1").write_bytes(b"of another time\n")
    scene.write(2)
    scene.look()
    scene.check()
    scene.again()
    scene.look()
    scene.check()


def test_a_pattern_follows_each_file_that_comes(scene: Scene) -> None:
    scene.again(str(scene.folder / "*.log"))
    scene.look()
    assert scene.follower.trouble.startswith("FH-IN-34")
    scene.write(3)
    scene.look()
    scene.write(3, scene.folder / "b.log")
    scene.look()
    scene.check()
    assert scene.follower.trouble == ""


def test_what_cannot_be_read_is_a_trouble_and_no_end(scene: Scene) -> None:
    scene.look()
    assert "No such file" in scene.follower.trouble
    scene.log.mkdir()
    scene.look()
    assert "not a regular file" in scene.follower.trouble or "directory" in scene.follower.trouble
    scene.log.rmdir()
    scene.write(1)
    scene.look()
    scene.check()
    assert scene.follower.trouble == ""


def test_a_line_longer_than_an_entry_is_passed_over_and_told(scene: Scene) -> None:
    scene.write(1)
    with scene.log.open("ab") as file:
        file.write(b"z" * 60_001 + b"\n" + b"y" * 1_000_000)
    scene.look()
    with scene.log.open("ab") as file:
        file.write(b"y" * 1_000_000 + b"\n")
    scene.write(2)
    scene.look()
    scene.check()
    assert dict(scene.notes.counts) == {Note(OVERLONG, "app", ""): 2}


def test_a_refusal_is_asked_again_and_loses_nothing(scene: Scene) -> None:
    scene.kept.refusals = [Refused("FH-IN-15", "closed to the source", "未開放")]
    scene.write(5)
    scene.look(1)
    assert "closed" in scene.follower.trouble
    scene.look()
    scene.check()
    assert scene.follower.trouble == ""


def test_what_was_under_way_at_death_is_sent_again_under_its_number(scene: Scene) -> None:
    """The log has the batch, we never heard of it, and the file grew meanwhile."""
    scene.write(5)

    class Died(BaseException):
        pass

    take = scene.kept.take

    async def take_and_die(batch: object) -> object:
        await take(batch)  # type: ignore[arg-type]
        raise Died

    scene.kept.take = take_and_die  # type: ignore[method-assign, assignment]
    with pytest.raises(Died):
        scene.look(1)
    scene.kept.take = take  # type: ignore[method-assign]
    scene.again()
    scene.write(5)
    scene.look()
    scene.check()
    assert scene.kept.again == 1


def test_only_one_process_follows_at_a_time(scene: Scene) -> None:
    with pytest.raises(BlockingIOError):
        Positions(scene.folder / "run" / "follow.json")


def test_positions_that_cannot_be_read_are_put_aside(scene: Scene) -> None:
    scene.write(1)
    scene.look()
    scene.die()
    (scene.folder / "run" / "follow.json").write_bytes(b"{")
    scene.start()
    scene.look()
    assert len(scene.kept.lines()) == 2  # twice rather than never
    assert (scene.folder / "run" / "follow.json.unreadable").exists()


LINE = len(b"00000000 the same words\n")
SURROUNDINGS = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[3] / "src")}
FOLLOW = """
import asyncio, sys
from pathlib import Path
from fanghu.edge.following import Follower
from fanghu.edge.following_positions import Positions
from fanghu.edge.listening_delivery import Delivery, Notes
from fanghu.edge.taker import Taken
folder = Path(sys.argv[1])

class OnDisk:
    '''Each batch is one file named by its number: taken once, whole or not at all.'''
    async def take(self, batch):
        name = folder / "taken" / (batch.client.replace("/", "!") + f"@{batch.number:012d}")
        data = b"\\n".join(batch.lines)
        if name.exists():
            assert name.read_bytes() == data, "other content under a number"
            return Taken(0, len(batch.lines), again=True)
        draft = folder / "draft"
        draft.write_bytes(data)
        draft.rename(name)
        return Taken(0, len(batch.lines))

async def main():
    await Follower("app", str(folder / "app.log"), Delivery(OnDisk(), Notes()), Positions(folder / "follow.json")).run()
print("up", flush=True)
asyncio.run(main())
"""


def test_killed_at_any_moment_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    chance, log, written = random.Random(4), tmp_path / "app.log", 0
    (tmp_path / "taken").mkdir()

    def write(count: int) -> None:
        nonlocal written
        with log.open("ab") as file:
            file.write(b"".join(b"%08d the same words\n" % n for n in range(written, written + count)))
        written += count

    def taken() -> int:
        return sum((path.stat().st_size + 1) // LINE for path in (tmp_path / "taken").iterdir())

    def follower() -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", FOLLOW, str(tmp_path)], stdout=subprocess.PIPE, env=SURROUNDINGS)

    write(10)
    for turn in range(8):
        with follower() as process:
            assert process.stdout
            assert process.stdout.readline() == b"up\n"
            write(chance.randrange(1, 3_000))
            goal = min(written, taken() + chance.choice([0, 1, 700, 3_000])) if turn else 10
            while taken() < goal:
                if process.poll() is not None:
                    pytest.fail("the follower fell")
                write(1)
            if chance.random() < 0.5 and turn:
                log.rename(tmp_path / f"app.log.{turn}")
                write(chance.randrange(1, 300))
            process.kill()
        write(700)
        if chance.random() < 0.5 and turn:
            log.rename(tmp_path / f"app.log.{turn}0")
            write(10)
    with follower() as process:
        for _ in range(6_000):
            if taken() >= written:
                break
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.01)
        process.kill()
    numbers = sorted(
        int(line[:8]) for path in (tmp_path / "taken").iterdir() for line in path.read_bytes().split(b"\n")
    )
    assert numbers == list(range(written))
