"""The clause x system map as compact HTML: built from strings, since 50 systems make 5,000 cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from fanghu.assurance.reading import BoardCell
from fanghu.console.words import CELLS, LETTERS
from fanghu.regulation import Duty, Edition

ROOMY = 8
"""Up to this many columns a cell holds a word, beyond it a letter."""
CLASSES = {"met": "m", "not_met": "n", "unknown": "u", "not_applicable": "x"}
ELSEWHERE = ("judged_on_firm", "judged_per_system")
"""Codes of cells that can never hold anything: the duty is judged on the other kind of subject."""
PROOFS = ("drilled", "measured", "recorded", "attested")


@dataclass(frozen=True, slots=True)
class Column:
    """One subject of the map; ``subject`` as it is written (``firm``, ``system:<slug>``)."""

    subject: str
    name: str

    @property
    def slug(self) -> str:
        """The slug of a system, ``firm`` for the firm."""
        return self.subject.removeprefix("system:")


@dataclass(frozen=True, slots=True)
class ArticleRows:
    """One article: its duties' rows as HTML and how its cells are counted."""

    number: int
    title: str
    rows: SafeString
    met: int
    not_met: int
    unknown: int


def columns(subjects: Iterable[str], in_use: Iterable[str], names: Mapping[str, str], firm: str) -> list[Column]:
    """The firm first, then Fanghu, then systems in use in the register's order, then whatever else was judged."""
    judged = set(subjects)
    order = ["firm", "system:fanghu", *(f"system:{slug}" for slug in in_use)]
    order = [each for each in dict.fromkeys(order) if each in judged]
    order += sorted(judged - set(order))
    return [Column(each, firm if each == "firm" else names.get(each.removeprefix("system:"), each)) for each in order]


def what(cell: BoardCell, duty: Duty) -> tuple[str, str]:
    """The CSS class of a cell and the key of its word."""
    if cell.verdict == "not_met" and cell.relieved:
        return "g", "relief"
    if cell.verdict == "not_met" and duty.strength == "should":
        return "g", "gap"
    if cell.verdict == "met":
        return "m", next((proof for proof in PROOFS if proof in cell.proof), "met")
    return CLASSES[cell.verdict], "stale" if cell.stale else cell.verdict


def articles(
    edition: Edition, cells: Iterable[BoardCell], across: Sequence[Column], language: str, *, only_open: bool = False
) -> list[ArticleRows]:
    """The map's body by article; ``only_open`` leaves out duties that are met or do not apply everywhere."""
    found: dict[str, dict[str, BoardCell]] = {}
    for cell in cells:
        if cell.code not in ELSEWHERE:
            found.setdefault(cell.duty, {})[cell.subject] = cell
    # Translated once, not once for each of 5,000 cells.
    words = {key: str(escape(str(word))) for key, word in (CELLS if len(across) <= ROOMY else LETTERS).items()}
    words["should"] = str(escape(str(CELLS["should"])))
    places = [(column.subject, f"#s-{escape(column.slug)}>") for column in across]
    done = []
    for number, title in edition.articles.items():
        rows, counted = [], {"met": 0, "not_met": 0, "unknown": 0, "not_applicable": 0}
        for duty in edition.duties.values():
            row = found.get(duty.id, {})
            if duty.article != number or not row:
                continue
            for cell in row.values():
                counted[cell.verdict] += 1
            if only_open and not any(cell.verdict in {"not_met", "unknown"} for cell in row.values()):
                continue
            rows.append(_row(duty, row, places, words, language))
        if rows:
            done.append(
                ArticleRows(
                    number, title.within(language), mark_safe("".join(rows)),
                    counted["met"], counted["not_met"], counted["unknown"],
                )
            )  # fmt: skip
    return done


def _row(
    duty: Duty, row: Mapping[str, BoardCell], places: Sequence[tuple[str, str]], words: Mapping[str, str], lang: str
) -> str:
    base = reverse("clause", args=[duty.id])
    mild = f" <small class=muted>{words['should']}</small>"
    parts = [
        f"<tr><th scope=row><a href={base}><b>{duty.id}</b> {escape(duty.title.within(lang))}</a>"
        f"{mild if duty.strength == 'should' else ''}"
    ]
    empty = 0
    known: dict[tuple[object, ...], tuple[str, str]] = {}
    for subject, anchor in places:
        cell = row.get(subject)
        if cell is None:
            empty += 1
            continue
        if empty:
            parts.append(_gap(empty))
            empty = 0
        alike = (cell.verdict, cell.proof, cell.at_target, cell.relieved, cell.stale)
        if alike not in known:
            kind, word = what(cell, duty)
            arrow = "↓" if kind == "m" and not cell.at_target else ""
            known[alike] = (f"<td class={kind}><a href={base}", f"{words.get(word, '–')}{arrow}</a>")
        before, after = known[alike]
        parts.append(f"{before}{anchor}{after}")
    if empty:
        parts.append(_gap(empty))
    return "".join(parts) + "\n"


def _gap(width: int) -> str:
    return "<td>" if width == 1 else f"<td colspan={width}>"
