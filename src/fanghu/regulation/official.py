"""Reads a firm's own copy of the official text (第…條, 一、, (一)); it stores nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from unicodedata import normalize

from fanghu.regulation.edition import Edition
from fanghu.regulation.numerals import NUMERAL, numeral
from fanghu.regulation.text import RegulationError

MOST_BYTES = 2 * 1024 * 1024
PACKED = (b"PK\x03\x04", b"%PDF", b"\xd0\xcf\x11\xe0", b"{\\rtf", b"\x1f\x8b", b"\x7fELF", b"\x89PNG")
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
# Zero-width and direction marks come along when a text is pasted; shown beside ours they could mislead.
INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]")
LEAD = re.compile(r"(?:[-*•●‧·]\s+|#{1,6}\s*|\*\*|>\s*)+")
ARTICLE = re.compile(rf"第\s*({NUMERAL})\s*條(?:$|\s*[::(【]\s*|\s+)(.*)$")
CLAUSE = re.compile(rf"({NUMERAL})\s*[、､.](?!\d)\s*")
ITEM = re.compile(rf"\(\s*({NUMERAL})\s*\)\s*[、､.]?\s*")
FRONT = re.compile(rf"[-*•●‧·#>\s]*(?:第\s*{NUMERAL}\s*條\s*[:(]?|{NUMERAL}\s*[、､.]|\(\s*{NUMERAL}\s*\))")
PAGE = re.compile(r"[-–—]?\s*\d{1,4}\s*[-–—]?|第\s*\d{1,4}\s*頁(?:[,、 ]*共\s*\d{1,4}\s*頁)?|\d{1,4}\s*/\s*\d{1,4}")
TITLE_MOST = 40


@dataclass(frozen=True, slots=True)
class OfficialText:
    """What was read: ``texts`` maps ``3.5`` or ``10.1.1`` to its wording (``10.1`` to the words before its items).

    ``titles`` maps an article to its heading, ``other`` one without duties (purpose, definitions…) to its wording.
    ``found``, ``missing`` and ``unexpected`` are numbers in natural order; ``skipped`` lines looked like page numbers.
    """

    edition: str
    texts: dict[str, str]
    titles: dict[int, str]
    other: dict[int, str]
    found: tuple[str, ...]
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    skipped: tuple[str, ...]

    def of(self, duty_id: str) -> str | None:
        """The wording a duty stands on: its item or clause (``6.7b`` stands on ``6.7``); None when it is missing."""
        return self.texts.get(duty_id, self.texts.get(duty_id.rstrip("abcdefghijklmnopqrstuvwxyz")))


def parse(content: bytes, edition: Edition) -> OfficialText:
    """Read a copy in UTF-8, UTF-16 with its mark, or Big5 (cp950), at most 2 MB.

    RegulationError: FH-LAW-01 too large, 02 not plain text, 03 unknown encoding, 04 no article found, 05 a number
    occurs twice, 06 empty.
    """
    copy = _Copy(edition)
    for line in _lines(_decode(content)):
        copy.take(line)
    return copy.close()


def expected(edition: Edition) -> tuple[str, ...]:
    """The numbers a complete copy has: every clause, and its items where the duties split by item."""
    items = {duty.id for duty in edition.duties.values() if duty.id.count(".") == 2}
    return tuple(sorted(set(edition.clauses) | items, key=_natural))


def _natural(number: str) -> tuple[int, ...]:
    return tuple(int(part) for part in number.split("."))


@dataclass
class _Copy:
    """The state of reading line by line: where we are, and the wording gathered there."""

    edition: Edition
    article: int | None = None
    clause: int | None = None
    item: int | None = None
    texts: dict[str, str] = field(default_factory=dict)
    titles: dict[int, str] = field(default_factory=dict)
    other: dict[int, str] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)

    def take(self, line: str) -> None:
        """One line that is not blank."""
        if PAGE.fullmatch(line):
            self.skipped.append(line)
            return
        bare = LEAD.sub("", line, count=1) if LEAD.match(line) else line
        heading = ARTICLE.match(bare)
        if heading and self._heads(numeral_or_none(heading[1]), heading[2]):
            return
        if self.article is None:
            return
        if self.article not in self.edition.articles:
            self.other[self.article] = _joined(self.other.get(self.article, ""), bare)
            return
        clause, item = CLAUSE.match(bare), ITEM.match(bare)
        if clause and (number := numeral_or_none(clause[1])) is not None:
            self.clause, self.item = number, None
            self._begin(bare[clause.end() :])
        elif item and self.clause is not None and (number := numeral_or_none(item[1])) is not None:
            self.item = number
            self._begin(bare[item.end() :])
        elif self.clause is not None:
            self.texts[self.here] = _joined(self.texts[self.here], bare)

    @property
    def here(self) -> str:
        """The number being read."""
        return ".".join(str(part) for part in (self.article, self.clause, self.item) if part is not None)

    def _heads(self, number: int | None, rest: str) -> bool:
        """Begin an article when this is a heading, not a sentence that happens to start with 第…條."""
        rest = rest.strip("】)＊* ")
        is_title = len(rest) <= TITLE_MOST and not re.search("[。,;、]", rest)
        if number is None or not (is_title or number > (self.article or 0)):
            return False
        self.article, self.clause, self.item = number, None, None
        if is_title:
            self.titles[number] = rest
        elif number not in self.edition.articles:
            self.other[number] = _joined(self.other.get(number, ""), rest)
        return True

    def _begin(self, wording: str) -> None:
        if self.here in self.texts:
            raise RegulationError(
                "FH-LAW-05",
                f"官方條文副本中「{self.here}」出現兩次；請確認檔案只含一份完整條文（不含目錄或對照表）後再匯入。",
                f'"{self.here}" occurs twice in the copy; make sure the file holds the text once, then import again.',
            )
        self.texts[self.here] = wording.strip()

    def close(self) -> OfficialText:
        """What was found, missing and unexpected against the edition."""
        if not self.texts:
            raise RegulationError(
                "FH-LAW-04",
                "檔案裡找不到條文；請提供含「第…條」與「一、」款次的純文字全文。",
                'No clause was found; give the full text as plain text, with "第…條" and clauses numbered "一、".',
            )
        wanted = expected(self.edition)
        numbers = {number for number, wording in self.texts.items() if wording}
        articles = {*self.edition.articles, *self.edition.other_articles}
        strange = {str(number) for number in {*self.titles, *self.other} - articles}
        return OfficialText(
            edition=self.edition.id,
            texts=dict(sorted(self.texts.items(), key=lambda pair: _natural(pair[0]))),
            titles=self.titles,
            other=self.other,
            found=tuple(number for number in wanted if number in numbers),
            missing=tuple(number for number in wanted if number not in numbers),
            unexpected=tuple(sorted(set(self.texts) - set(wanted) | strange, key=_natural)),
            skipped=tuple(self.skipped),
        )


def numeral_or_none(text: str) -> int | None:
    """The numeral's value, or None when it is none or zero."""
    try:
        return numeral(text) or None
    except ValueError:
        return None


def _decode(content: bytes) -> str:
    if len(content) > MOST_BYTES:
        raise RegulationError(
            "FH-LAW-01",
            "檔案超過 2 MB，不像是條文；請提供只含自律規範的純文字檔。",
            "The file is over 2 MB, too large for this text; give a plain text file of the self-regulation alone.",
        )
    if content.startswith(PACKED):
        raise _not_text()
    encodings = ["utf-16"] if content.startswith(UTF_16) else ["utf-8-sig", "cp950"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if CONTROL.search(text):
            raise _not_text()
        if not text.strip():
            raise RegulationError("FH-LAW-06", "檔案是空的；請提供條文全文。", "The file is empty; give the full text.")
        return text
    raise RegulationError(
        "FH-LAW-03",
        "看不懂檔案的文字編碼；請另存為 UTF-8 或 Big5 純文字後再匯入。",
        "The file's encoding is not known; save it as plain text in UTF-8 or Big5 and import again.",
    )


def _not_text() -> RegulationError:
    return RegulationError(
        "FH-LAW-02",
        "這不是純文字檔；請把條文另存成純文字（UTF-8 或 Big5）後再匯入。",
        "This is not a plain text file; save the text as plain text (UTF-8 or Big5) and import again.",
    )


def _lines(text: str) -> Iterator[str]:
    """Lines without invisible marks, compatibility forms made plain where numbering stands, blank ones left out."""
    for raw in re.split(r"\r\n|[\r\n\f\u2028\u2029\x85]", text):
        line = INVISIBLE.sub("", raw).replace("\t", " ").strip()
        if line:
            yield _plain_front(line)


def _plain_front(line: str) -> str:
    """Make the first characters half-width so that numbering is recognised; the wording keeps its own forms."""
    front, rest = line[:12], line[12:]
    plain = normalize("NFKC", front)
    marker = FRONT.match(plain)
    if marker is None or len(plain) != len(front):
        return plain + rest if marker else line
    return plain[: marker.end()] + front[marker.end() :] + rest


def _joined(before: str, more: str) -> str:
    """Join a sentence broken over lines: Chinese without a space, Latin words with one."""
    if not before:
        return more
    apart = before[-1].isascii() and more[0].isascii() and before[-1].isalnum() and more[0].isalnum()
    return f"{before}{' ' if apart else ''}{more}"
