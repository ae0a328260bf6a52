"""Following files as they grow, are rotated by rename or copy, packed, emptied and replaced (``tail -F`` done durably)."""

from __future__ import annotations

import asyncio
import glob
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fanghu.edge.following_files import BROKEN, OpenedFile, known_again, rotated
from fanghu.edge.following_positions import Position, Positions, client_of, digest_of
from fanghu.edge.listening_delivery import OVERLONG, Delivery, trouble
from fanghu.edge.syslog_framing import LONGEST
from fanghu.edge.taker import Batch, Refused

WAY = "follow"
POLL, PAUSE = 0.25, 2.0
"""Seconds between two looks; when something is wrong."""
CHUNK = 262_144
BATCH = 1_000
QUIET = 300.0
"""Seconds without a byte after which a file that was moved away counts as finished."""


@dataclass(eq=False, slots=True)
class _Reading:
    file: OpenedFile
    position: Position
    quiet_since: float
    searched: int = 0
    """How far an overlong line without an end was looked through."""


class Follower:
    """Follows one path or pattern as one source. ``trouble`` is "" or what keeps it from reading, in plain words."""

    def __init__(
        self, source: str, pattern: str, delivery: Delivery, positions: Positions,
        monotonic: Callable[[], float] = time.monotonic, clock: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self.source, self.pattern, self.trouble = source, pattern, ""
        self._delivery, self._positions = delivery, positions
        self._monotonic, self._clock = monotonic, clock
        self._readings: list[_Reading] = []
        self._ignored: set[tuple[int, int, float]] = set()
        self._half_packed = False
        """Whether a packed file was met that is being written: to be looked at again."""

    async def run(self) -> None:
        """Until cancelled."""
        try:
            while True:
                moved = await self.look()
                await self._delivery.pause(0 if moved else PAUSE if self.trouble else POLL)
        finally:
            self.close()

    def close(self) -> None:
        """Give all files back."""
        for reading in self._readings:
            reading.file.close()
        self._readings.clear()

    async def look(self) -> bool:
        """One look at everything; whether anything was read. Troubles are kept, not raised."""
        self.trouble = ""
        paths = [self.pattern] if not glob.has_magic(self.pattern) else sorted(glob.glob(self.pattern))  # noqa: PTH207 - an absolute pattern
        if not paths:
            self.trouble = trouble(
                "FH-IN-34", f"nothing is named {self.pattern}; check the path.", f"找不到 {self.pattern}；請確認路徑。"
            )
        again, self._half_packed = self._half_packed, False
        for path in paths:
            self._find(Path(path), again=again)
        moved = False
        for reading in list(self._readings):
            try:
                moved = await self._forward(reading) or moved
            except Refused as why:
                # the number was used, or the source may not send: ask again under a new name, from where it stood
                reading.position.client, reading.position.pending = client_of(WAY, reading.position.path), 0
                self.trouble = trouble(
                    why.code, f"{reading.file.path}: {why.en}", f"{reading.file.path}：{why.zh_hant}"
                )
            except BROKEN:
                self.trouble = trouble(
                    "FH-IN-35",
                    f"{reading.file.path} is not a whole gzip file.",
                    f"{reading.file.path} 不是完整的 gzip 檔。",
                )
                self._half_packed = True
                self._drop(reading)
            except OSError as why:
                self.trouble = unreadable(reading.file.path, why)
        return moved and not self.trouble

    # --- which files -------------------------------------------------------------------------------------------------

    def _find(self, path: Path, *, again: bool) -> None:
        """Open what stands at ``path`` now, with what it was rotated to; when it is open already only if ``again``."""
        try:
            found = path.stat()
        except OSError as why:
            self.trouble = unreadable(path, why)
            return
        here = any((r.file.device, r.file.inode) == (found.st_dev, found.st_ino) for r in self._readings)
        if here and not again:
            return
        files = self._opened([*rotated(path), path])
        if not here and not any(file.path == path for file in files):
            for file in files:  # what stands there cannot be read: with it goes the order of the others
                file.close()
            return
        live = {id(reading.position) for reading in self._readings}
        name = str(path)
        known = known_again(files, [p for p in self._positions.of(name) if id(p) not in live])
        seen = self._positions.seen(name)
        for place, file in enumerate(files):
            position = known.get(place)
            if position is None and self._is_new(file, path, seen):
                position = self._positions.begin(name, file.device, file.inode)
            if position is None or (position.finished and file.path != path):
                file.close()
                continue
            position.device, position.inode, position.finished = file.device, file.inode, False
            self._readings.append(_Reading(file, position, self._monotonic()))
        self._positions.see(name, self._clock())
        if seen is None:
            self._positions.save()  # what is rotated away from now on was not before our time

    def _is_new(self, file: OpenedFile, path: Path, seen: float | None) -> bool:
        """Whether a file that nothing is known of is to be read: what stands at the path, or what came to be since."""
        if file.path == path:
            return True
        if seen is None or file.changed < seen or self._copies_live(file):
            self._ignored.add((file.device, file.inode, file.changed))
            return False
        whole = file.is_whole()
        self._half_packed = self._half_packed or not whole
        return whole

    def _opened(self, paths: list[Path]) -> list[OpenedFile]:
        """Those that can be opened and are not open or ignored already."""
        known = {(reading.file.device, reading.file.inode) for reading in self._readings}
        found = []
        for path in paths:
            try:
                file = OpenedFile(path)
            except OSError as why:
                self.trouble = unreadable(path, why)
                continue
            mark = (file.device, file.inode)
            if mark in known or (path != paths[-1] and (*mark, file.changed) in self._ignored):
                file.close()
            else:
                known.add(mark)
                found.append(file)
        return found

    def _copies_live(self, file: OpenedFile) -> bool:
        """Whether it holds what an open file holds: a copy made before that is emptied, or packed from it."""
        try:
            return any(r.position.offset and file.continues(r.position) for r in self._readings)
        except BROKEN:
            return False  # being written still

    def _drop(self, reading: _Reading) -> None:
        reading.file.close()
        self._readings.remove(reading)

    # --- what is in them ---------------------------------------------------------------------------------------------

    async def _forward(self, reading: _Reading) -> bool:
        """Read on to the end of what is there; whether there was anything."""
        file, position = reading.file, reading.position
        if position.pending:
            await self._send_again(reading)
        if not file.packed and (file.size < position.offset or not file.stands(position)):
            await self._began_anew(reading)
            return True
        moved = False
        while True:
            start = max(position.offset, reading.searched)
            data = file.read_at(start, CHUNK)
            if not data:
                break
            if reading.searched:
                end = data.find(b"\n")
                reading.searched = 0 if end >= 0 else start + len(data)
                if end >= 0:
                    self._delivery.notes.count(OVERLONG, source=self.source)
                    file.mark(position, start + end + 1, data[: end + 1])
                continue
            used = _whole_lines(data)
            if not used:
                if len(data) <= LONGEST + 1:
                    break  # its end has not been written yet
                reading.searched = start + len(data)
                continue
            await self._send(reading, data[:used])
            moved = True
        if moved:
            reading.quiet_since = self._monotonic()
            await asyncio.to_thread(self._positions.save)
        elif self._is_over(reading):
            await self._finish(reading)
        return moved

    async def _send(self, reading: _Reading, data: bytes) -> None:
        """``data`` stands at the position and ends with whole lines: write down, hand on, move on."""
        position, lines = reading.position, _lines_of(data)
        overlong = [line for line in lines if len(line) > LONGEST]
        lines = [line for line in lines if len(line) <= LONGEST]
        end = position.offset + len(data)
        if lines:
            position.pending, position.pending_digest = end, digest_of(lines)
            await asyncio.to_thread(self._positions.save)
            await self._delivery.hand(Batch(self.source, lines, client=position.client, number=end))
        reading.file.mark(position, end, data)
        position.pending = 0
        self._delivery.notes.count(OVERLONG, source=self.source, times=len(overlong))

    async def _send_again(self, reading: _Reading) -> None:
        """What was under way when we died: the same bytes under the same number, or else under a new name."""
        position = reading.position
        data = reading.file.read_at(position.offset, position.pending - position.offset)
        lines = [line for line in _lines_of(data) if len(line) <= LONGEST]
        if position.offset + len(data) == position.pending and digest_of(lines) == position.pending_digest:
            await self._send(reading, data)
        else:
            position.client, position.pending = client_of(WAY, position.path), 0

    async def _began_anew(self, reading: _Reading) -> None:
        """The file was emptied: what we had not read of it lies in a copy (copytruncate), or is gone."""
        file, old = reading.file, reading.position
        reading.position = self._positions.begin(old.path, file.device, file.inode)
        reading.searched = 0
        self._ignored.clear()  # the copy may have been met before the file was emptied
        copies = self._opened([*rotated(Path(old.path)), file.path])
        again = known_again(copies, [old])
        for place, copy in enumerate(copies):
            if place in again:
                old.device, old.inode = copy.device, copy.inode
                self._readings.insert(self._readings.index(reading), _Reading(copy, old, self._monotonic() - QUIET))
                await self._forward(self._readings[self._readings.index(reading) - 1])
            else:
                copy.close()
        await asyncio.to_thread(self._positions.save)

    def _is_over(self, reading: _Reading) -> bool:
        """Whether nobody writes to it any more: packed, or moved away and quiet."""
        if reading.file.packed:
            return True
        try:
            here = Path(reading.position.path).stat()
            if (here.st_dev, here.st_ino) == (reading.file.device, reading.file.inode):
                return False
        except OSError:
            pass
        return self._monotonic() - reading.quiet_since >= QUIET

    async def _finish(self, reading: _Reading) -> None:
        """Its last line needs no line feed any more."""
        position = reading.position
        rest = reading.file.read_at(position.offset, LONGEST + 2)
        if rest and not reading.searched:
            await self._send(reading, rest)
        position.finished = True
        self._drop(reading)
        await asyncio.to_thread(self._positions.save)


def unreadable(path: Path, why: OSError) -> str:
    """A file that is not there, or that the intake may not read."""
    said = why.strerror or str(why)
    return trouble("FH-IN-33", f"{path} cannot be read ({said}).", f"無法讀取 {path}（{said}）。")


def _whole_lines(data: bytes) -> int:
    """How many bytes hold whole lines, at most a batch of them."""
    last = data.rfind(b"\n") + 1
    if data.count(b"\n") <= BATCH:
        return last
    at = 0
    for _ in range(BATCH):
        at = data.index(b"\n", at) + 1
    return at


def _lines_of(data: bytes) -> list[bytes]:
    """The lines without their line feed; blank ones are left out."""
    return [line for line in data.split(b"\n") if line.strip()]
