"""Free words, looked for in the records themselves: the lake holds no text of the source's lines, only what rules most of them out."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from fanghu.auditlog.lake.bloom import WIDTH, Bloom, odd
from fanghu.auditlog.lake.filters import GROUP, Filters
from fanghu.auditlog.lake.parts import Part
from fanghu.auditlog.query import CJK, searchable
from fanghu.auditlog.record import LogRecord
from fanghu.auditlog.vault import SealedLog
from fanghu.faults import Exit, Fault
from fanghu.tlog.entry import Entry

FIRST, LAST = 500, 64_000  # records looked through at a time: few first, for whoever asks for the newest
FEW = 1_024  # cells that are read at once
_TOKEN = re.compile(r"[^\W_]+")


class Words:
    """All of ``words``, each as the beginning of a word (or words in a row), whatever its case.

    ``kinds``: sources and types of the log's records, which a line need not spell.
    """

    def __init__(self, words: tuple[str, ...], kinds: Iterable[tuple[str, str]] = ()) -> None:
        tokens = [found for word in words if (found := _TOKEN.findall(searchable(word)))]
        self.none = bool(words) and not tokens
        self._phrases = [_phrase(each) for each in tokens]
        names = {name for pair in kinds for name in pair}
        self._spelt = [
            each for each, phrase in zip(tokens, self._phrases, strict=True) if not any(map(phrase.search, names))
        ]
        self._marks = [mark for each in self._spelt if (mark := _mark(each)) is not None]

    def holds(self, record: LogRecord) -> bool:
        """Whether a record holds them."""
        data = record.entry.data.lower()  # ASCII alone is lowered
        if self.none or not (odd(data) or all(mark.search(data) for mark in self._marks)):
            return False
        texts = record.texts
        return all(any(map(phrase.search, texts)) for phrase in self._phrases)

    def within(self, log: SealedLog, cell: int) -> list[int]:
        """Which of the entries of a cell hold them."""
        found = []
        for first, some in log.reader.runs(max(log.first, cell * WIDTH), (cell + 1) * WIDTH):
            data, numbers = some.data.lower(), set(range(len(some)))
            for mark in () if odd(data) else self._marks:
                numbers &= {bisect_right(some.ends, match.start()) for match in mark.finditer(data)}
                if not numbers:
                    break
            found += [
                first + number
                for number in sorted(numbers)
                if self.holds(LogRecord(first + number, Entry(some[number]), log.name))
            ]
        return found

    def asked(self, bloom: Bloom) -> array[int]:
        """What is set in every filter of entries that hold them."""
        found = array("I")
        for tokens in self._spelt:
            found += bloom.asked(tokens)
        return found


@dataclass
class Looked:
    """How many records were looked through; Fault FH-LOG-34 when that are ``most``."""

    most: int | None
    seen: int = 0

    def more(self, count: int) -> None:
        """So many more."""
        self.seen += count
        if self.most is not None and self.seen >= self.most:
            raise Fault(
                "FH-LOG-34",
                f"The words were looked for in the {self.seen} nearest records; narrow the time or add a filter to go on.",
                f"已在最接近的 {self.seen} 筆紀錄中查找文字；請縮小時間範圍或增加篩選條件後再查。",
                exit_code=Exit.CANNOT,
            )


class Open:
    """Cells (256 entries, from a multiple on) of which the filters leave it open whether they hold the words."""

    def __init__(self, words: Words, library: Bloom | None, filters: Filters, known: Iterable[int]) -> None:
        self._library, self._filters = library, filters
        self._known = frozenset(known if library is not None else ())
        self._asked = array("I") if library is None else words.asked(library)
        self._parts: dict[int, list[int]] = {}

    def cells(self, near: Iterable[Part]) -> set[int]:
        """Their numbers, of those with entries of some parts."""
        return {cell for part in near for cell in self._of(part)}

    def _of(self, part: Part) -> list[int]:
        if part.first not in self._parts:
            self._parts[part.first] = list(self._left(part.first // WIDTH, (part.stop - 1) // WIDTH + 1))
        return self._parts[part.first]

    def _left(self, start: int, stop: int) -> Iterator[int]:
        size = GROUP // WIDTH
        for group in range(start // size, (stop - 1) // size + 1):
            open_ = None
            if self._library is not None and group in self._known:
                open_ = self._filters.may_hold(self._library, self._asked, group)
            for cell in range(max(start, group * size), min(stop, group * size + size)):
                if open_ is None or open_[cell - group * size]:
                    yield cell


class Reader:
    """Looks cells through, each once."""

    def __init__(self, log: SealedLog, words: Words, looked: Looked) -> None:
        self._log, self._words, self._looked = log, words, looked
        self._read: dict[int, list[int]] = {}

    def read(self, cells: Iterable[int]) -> set[int]:
        """Those of their entries that hold the words."""
        found: set[int] = set()
        for cell in cells:
            if cell not in self._read:
                self._read[cell] = self._words.within(self._log, cell)
                self._looked.more(WIDTH)
            found.update(self._read[cell])
        return found

    def sifted(self, hits: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
        """Those of ``hits`` (time, index) that hold the words."""
        left, step = iter(hits), FIRST
        while window := list(islice(left, step)):
            kept = self.read({index // WIDTH for _at, index in window})
            yield from (hit for hit in window if hit[1] in kept)
            step = min(LAST, step * 4)


def few(left: Collection[int], near: Iterable[Part]) -> bool:
    """Whether to read the cells that are left before the lake is asked, which orders entries by time."""
    return len(left) <= FEW and not most_of(left, near)


def most_of(left: Collection[int], near: Iterable[Part]) -> bool:
    """Whether the filters tell little."""
    return len(left) * 4 * WIDTH > sum(part.rows for part in near)


def sifted(
    log: SealedLog, hits: Iterable[tuple[int, int]], holds: Callable[[LogRecord], bool]
) -> Iterator[tuple[int, int]]:
    """Those of ``hits`` (time, index) whose record ``holds``."""
    left = iter(hits)
    while window := list(islice(left, FIRST)):
        kept = {record.index for record in log.records_at(index for _at, index in window) if holds(record)}
        yield from (hit for hit in window if hit[1] in kept)


def _phrase(tokens: list[str]) -> re.Pattern[str]:
    said = "" if CJK.match(tokens[0]) else rf"(?:(?<![^\W_])|(?<={CJK.pattern[1:-1]}))"
    for at, token in enumerate(tokens):
        if at:
            said += r"[\W_]*" if CJK.match(token) or CJK.match(tokens[at - 1]) else r"[\W_]+"
        said += re.escape(token)
    return re.compile(said, re.IGNORECASE)


def _mark(tokens: list[str]) -> re.Pattern[bytes] | None:
    """What the bytes, in lower case, of every entry hold that spells the words; None where this cannot tell."""
    if not all(token.isascii() or CJK.match(token) for token in tokens):
        return None
    return re.compile(b"[^a-z0-9]*".join(re.escape(token.lower().encode()) for token in tokens))
