"""Tile names, as the specification writes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanghu.tlog.tiles import Tile, index_path, parse_path, tiles_of


@pytest.mark.parametrize(
    ("index", "path"), [(0, "000"), (67, "067"), (1000, "x001/000"), (1234067, "x001/x234/067"), (999_999, "x999/999")]
)
def test_indexes_are_written_in_groups_of_three(index: int, path: str) -> None:
    assert index_path(index) == path


def test_a_partial_tile_names_its_width() -> None:
    assert Tile(0, 273, 112).path == "tile/0/273.p/112"
    assert Tile(2, 1234067).path == "tile/2/x001/x234/067"


@given(st.builds(Tile, st.integers(0, 63), st.integers(0, 10**12), st.integers(1, 256)))
def test_a_name_reads_back(tile: Tile) -> None:
    assert parse_path(tile.path) == tile


@pytest.mark.parametrize(
    "path",
    ["tile/1/0", "tile/01/000", "tile/1/x000/001", "tile/1/000.p/0", "tile/1/000.p/256", "tile/1/000.p/01", "tile/64/000",
     "tile/1/1234", "tile/1/000/", "tile/1/000.p", "tile/1/٠٠٠", "tile/1/001/x002"],
)  # fmt: skip
def test_another_spelling_is_no_tile(path: str) -> None:
    assert parse_path(path) is None


def test_the_specifications_example_tree_of_70000() -> None:
    """256 full tiles of level 0 and more; level 1: one full and one of 17; level 2: one of 1."""
    found = tiles_of(70_000, lowest=0)
    assert [t.path for t in found if t.level] == ["tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"]
    assert [t for t in found if not t.level][-1] == Tile(0, 273, 112)
    assert len(found) == 274 + 3
