"""What is asked of the log: words and key=value filters, and how they become SQL over the index; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta, tzinfo

from fanghu.faults import Exit, Fault

KEYS = {
    "type": "type",
    "source": "source",
    "who": "actor",
    "where": "place",
    "host": "host",
    "outcome": "outcome",
    "object": "object",
    "kind": "kind",
    "id": "id",
    "ref": "ref",
}
_TOKEN = re.compile(r'(?:(?P<but>-?)(?P<key>[a-z]+)=)?(?:"(?P<quoted>[^"]*)"|(?P<bare>\S+))')
CJK = re.compile("([\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff])")


@dataclass(frozen=True, slots=True)
class Query:
    """Filters by column (several values of one column: any of them), free words (all of them), a span of time.

    ``without`` are filters by column that no record found may match, not by any of their values. ``since`` is included, ``until`` is not. ``*`` in a filter's value stands for any characters. ``only`` are the sources
    that whoever asks may read, whatever the filters say; None for all.
    """

    filters: dict[str, tuple[str, ...]] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    only: frozenset[str] | None = None
    without: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def shape(self) -> list[str]:
        """The names of what is filtered by, never the values: a search is itself an event."""
        spans = [name for name, value in (("from", self.since), ("to", self.until)) if value]
        names = [key for key, column in KEYS.items() if column in self.filters]
        names += [f"-{key}" for key, column in KEYS.items() if column in self.without]
        return sorted([*names, *spans, *(["words"] if self.words else [])])

    def also(self, key: str, *values: str) -> Query:
        """The same query with one more filter (``key`` as in KEYS); empty values change nothing."""
        given = tuple(value for value in values if value)
        if not given:
            return self
        return replace(self, filters={**self.filters, KEYS[key]: given})

    def within(self, since: datetime | None, until: datetime | None) -> Query:
        """The same query over a span of time; None leaves an end open."""
        return replace(self, since=since, until=until)


def parse(text: str) -> Query:
    """Read ``failed type=signin.* -who=root "exact words"``; Fault FH-LOG-30 for an unknown key, or ``-id``."""
    filters: dict[str, tuple[str, ...]] = {}
    without: dict[str, tuple[str, ...]] = {}
    words: list[str] = []
    for token in _TOKEN.finditer(text.replace("\0", " ")):
        key = token["key"]
        value = token["quoted"] if token["quoted"] is not None else token["bare"]
        if key is None:
            words.append(value)
        elif key in KEYS and not (token["but"] and key == "id"):
            asked = without if token["but"] else filters
            asked[KEYS[key]] = (*asked.get(KEYS[key], ()), value)
        else:
            known = ", ".join(KEYS)
            raise Fault(
                "FH-LOG-30", f'There is no filter "{token["but"]}{key}"; use one of {known}, or put the words in quotation marks.',
                f"沒有「{token['but']}{key}」這個篩選條件；可用 {known}，或以引號括住要找的文字。", exit_code=Exit.USAGE,
            )  # fmt: skip
    return Query(filters, tuple(word for word in words if word.strip()), without=without)


def moment(text: str, zone: tzinfo, *, end: bool = False) -> datetime | None:
    """A date (its whole day; ``end``: up to its end) or time in ISO 8601, local to ``zone`` where it names none.

    None for an empty text; Fault FH-LOG-31 for anything else.
    """
    text = text.strip()
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Fault("FH-LOG-31", f'"{text}" is not a time; write 2026-11-22 or 2026-11-22T09:30.',
                    f"「{text}」不是時間；請寫成 2026-11-22 或 2026-11-22T09:30。", exit_code=Exit.USAGE) from None  # fmt: skip
    at = at if at.tzinfo else at.replace(tzinfo=zone)
    whole_day = len(text) <= len("2026-11-22") and at.time() == time()
    try:
        return at + timedelta(days=1) if end and whole_day else at
    except OverflowError:
        return at


def searchable(text: str) -> str:
    """Text as the word index holds it: every CJK character a word of its own."""
    return CJK.sub(r" \1 ", text)


def where(query: Query, *, few: bool = False) -> tuple[str, list[str | int | bytes]]:
    """The SQL condition over ``entry`` (and ``words``) and its values; "1" when nothing is asked.

    ``few``: the sources of ``query.only`` hold so few entries that they are best found by source.
    """
    parts: list[str] = []
    values: list[str | int | bytes] = []
    for asked, said in ((query.filters, "({})"), (query.without, "NOT ({})")):
        for column, wanted in asked.items():
            either = [_compared(column, value) for value in wanted]
            parts.append(said.format(" OR ".join(condition for condition, _value in either)))
            values += [value for _condition, value in either]
    for at, comparison in ((query.since, "at >= ?"), (query.until, "at < ?")):
        if at is not None:
            parts.append(comparison)
            values.append(int(at.timestamp() * 1000))
    if query.only is not None:
        marks = ",".join("?" * len(query.only))
        parts.append(
            f"{'' if few else '+'}source IN ({marks})"
        )  # "+": in the order of time, not by an index over sources
        values += sorted(query.only)
    phrases = [phrase for word in query.words if (phrase := _phrase(word))]
    if query.words and not phrases:
        return "0", []
    if phrases:
        parts.append("idx IN (SELECT rowid FROM words WHERE words MATCH ?)")
        values.append(" AND ".join(phrases))
    return " AND ".join(parts) or "1", values


def _compared(column: str, value: str) -> tuple[str, str | bytes]:
    if column == "id":
        return "id = ?", _id(value)
    if "*" in value:
        return f"{column} GLOB ?", re.sub(r"([\[?])", r"[\1]", value)
    return f"{column} = ?", value


def _phrase(word: str) -> str:
    plain = searchable(word).replace('"', " ").strip()
    return f'"{plain}"*' if any(character.isalnum() for character in plain) else ""


def _id(value: str) -> bytes:
    try:
        return bytes.fromhex(value)
    except ValueError:
        return b"?"
