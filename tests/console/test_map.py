"""The map of clauses and systems: what a cell says, what is folded away, and that names are escaped."""

from __future__ import annotations

import pytest

from fanghu.assurance.reading import BoardCell
from fanghu.console.posture_map import Column, articles, columns, what
from fanghu.regulation import load

EDITION = load("2022-12-30")
SHALL, SHOULD = EDITION.duties["6.5"], EDITION.duties["3.5b"]


def cell(verdict: str, duty: str = "6.5", subject: str = "system:fanghu", **given: object) -> BoardCell:
    """A cell with what matters to a test; the rest ordinary."""
    plain = {"proof": (), "at_target": False, "relieved": False, "stale": False, "code": "any"}
    return BoardCell(duty, subject, verdict, **{**plain, **given})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        (cell("met", proof=("measured", "recorded")), ("m", "measured")),
        (cell("not_met"), ("n", "not_met")),
        (cell("not_met", relieved=True), ("g", "relief")),
        (cell("unknown"), ("u", "unknown")),
        (cell("unknown", stale=True), ("u", "stale")),
        (cell("not_applicable"), ("x", "not_applicable")),
    ],
)
def test_a_cell_says_verdict_and_proof(shown: BoardCell, said: tuple[str, str]) -> None:
    assert what(shown, SHALL) == said


def test_a_recommendation_not_followed_is_a_gap_and_never_a_breach() -> None:
    assert what(cell("not_met", "3.5b"), SHOULD) == ("g", "gap")


def test_columns_begin_with_the_firm_and_fanghu() -> None:
    across = columns(
        ["system:b", "system:fanghu", "firm", "system:gone"], ["a", "b"], {"b": "B", "fanghu": "Fanghu"}, "Firm"
    )
    assert [column.subject for column in across] == ["firm", "system:fanghu", "system:b", "system:gone"]
    assert [column.name for column in across] == ["Firm", "Fanghu", "B", "system:gone"]


def test_proof_below_its_target_is_marked() -> None:
    across = [Column("system:fanghu", "Fanghu")]
    below = articles(EDITION, [cell("met", proof=("attested",))], across, "en")
    reached = articles(EDITION, [cell("met", proof=("drilled",), at_target=True)], across, "en")
    assert "↓" in below[0].rows
    assert "↓" not in reached[0].rows


def test_only_what_is_open_leaves_out_what_is_met() -> None:
    across = [Column("system:fanghu", "Fanghu")]
    found = [cell("met", "6.5", proof=("drilled",)), cell("not_met", "6.3"), cell("not_applicable", "3.5b")]
    rows = "".join(article.rows for article in articles(EDITION, found, across, "en", only_open=True))
    assert "/clause/6.3/" in rows
    assert "/clause/6.5/" not in rows and "/clause/3.5b/" not in rows


def test_a_hostile_slug_cannot_leave_its_cell() -> None:
    across = [Column("system:<script>", "x")]
    rows = articles(EDITION, [cell("met", subject="system:<script>", proof=("drilled",))], across, "en")[0].rows
    assert "<script>" not in rows
