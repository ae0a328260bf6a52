"""The compiled hash of a block is Python's, for every block and everything that is none."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fanghu.tlog import hashing
from fanghu.tlog.bundle import bundled


@pytest.fixture(scope="module")
def quick() -> hashing.Node:
    found = hashing.compiled()
    if found is hashing.node:
        pytest.skip("no libcrypto.so.3 here")
    return found


@settings(deadline=None, max_examples=60)
@given(st.randoms(use_true_random=False), st.integers(0, 400), st.integers(250, 258))
@example(None, 0, 256)
def test_it_is_what_python_says(quick: hashing.Node, chance: object, longest: int, count: int) -> None:
    draw = getattr(chance, "randrange", lambda _stop: 0)
    block = bundled(bytes([draw(256)]) * draw(longest + 1) for _entry in range(count))
    assert quick(block) == hashing.node(block)
    assert (quick(block) is None) == (count != 256)


@given(st.integers(0, 3_000), st.integers(-3, 3))
def test_a_block_cut_or_grown_is_none(quick: hashing.Node, at: int, by: int) -> None:
    block = bundled([b"entry %d" % number for number in range(256)])
    at = min(at, len(block) - 4)
    wrong = block[: len(block) + by] if by < 0 else block + bytes(by)
    assert quick(wrong) == hashing.node(wrong)
    lengthened = block[:at] + bytes([block[at] ^ 1]) + block[at + 1 :]
    assert quick(lengthened) == hashing.node(lengthened)


def test_the_longest_entries_fit(quick: hashing.Node) -> None:
    block = bundled([bytes(65_535)] * 256)
    assert quick(block) == hashing.node(block) is not None
