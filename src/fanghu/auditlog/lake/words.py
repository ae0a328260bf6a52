"""Free words, looked for in the records themselves: the lake holds no text of the source's lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from fanghu.auditlog.query import CJK, searchable
from fanghu.auditlog.record import LogRecord
from fanghu.auditlog.vault import SealedLog, near
from fanghu.faults import Exit, Fault

FIRST, LAST = 1_000, 64_000  # records looked through at a time: few first, for whoever asks for the newest
_TOKEN = re.compile(r"[^\W_]+")


def holding(words: tuple[str, ...]) -> Callable[[LogRecord], bool]:
    """Whether a record holds all of ``words``, each as the beginning of a word, whatever its case."""
    phrases = [_phrase(word) for word in words]
    known = [phrase for phrase in phrases if phrase is not None]
    if not known:
        return lambda _record: not words
    marks = [mark for word in words if (mark := _mark(word))]

    def holds(record: LogRecord) -> bool:
        data = record.entry.data.lower()  # ASCII alone is lowered, and JSON writes letters as they are
        if any(mark not in data for mark in marks):
            return False
        text = record.words
        return all(phrase.search(text) for phrase in known)

    return holds


def sifted(
    log: SealedLog, hits: Iterable[tuple[int, int]], holds: Callable[[LogRecord], bool], most: int | None
) -> Iterator[tuple[int, int]]:
    """Those of ``hits`` (time, index) whose record ``holds``; Fault FH-LOG-34 after ``most`` were looked through."""
    left, step, seen = iter(hits), FIRST, 0
    while window := list(islice(left, step)):
        kept = set(_kept(log, {index for _at, index in window}, holds))
        yield from (hit for hit in window if hit[1] in kept)
        seen, step = seen + len(window), min(LAST, step * 4)
        if most is not None and seen >= most:
            raise Fault(
                "FH-LOG-34",
                f"The words were looked for in the {seen} nearest records; narrow the time or add a filter to go on.",
                f"已在最接近的 {seen} 筆紀錄中查找文字；請縮小時間範圍或增加篩選條件後再查。",
                exit_code=Exit.CANNOT,
            )


def _kept(log: SealedLog, wanted: set[int], holds: Callable[[LogRecord], bool]) -> Iterator[int]:
    """Those of ``wanted`` whose record ``holds``; entries that lie between them are passed over unread."""
    for first, stop in near(sorted(wanted)):
        for index, entry in log.reader.entries(first, stop):
            if index in wanted and holds(LogRecord(index, entry, log.name)):
                yield index


def _phrase(word: str) -> re.Pattern[str] | None:
    tokens = _TOKEN.findall(searchable(word))
    if not tokens:
        return None
    said = "" if CJK.match(tokens[0]) else rf"(?:(?<![^\W_])|(?<={CJK.pattern[1:-1]}))"
    for at, token in enumerate(tokens):
        if at:
            said += r"[\W_]*" if CJK.match(token) or CJK.match(tokens[at - 1]) else r"[\W_]+"
        said += re.escape(token)
    return re.compile(said, re.IGNORECASE)


def _mark(word: str) -> bytes:
    """What the bytes of every entry that holds the word must hold; b"" where letters have forms this cannot tell."""
    tokens = [token for token in _TOKEN.findall(searchable(word)) if token.isascii() or CJK.match(token)]
    return max(tokens, key=len).lower().encode() if tokens else b""
