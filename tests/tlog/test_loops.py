"""The compiled hashes are Python's, for every bundle and everything that is none."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fanghu.tlog import loops, merkle
from fanghu.tlog.bundle import bundled
from fanghu.tlog.loops import Compiled, Interpreted, chosen

slow = Interpreted()


@pytest.fixture(scope="module")
def quick() -> Compiled:
    found = loops.loops()
    if not isinstance(found, Compiled):
        assert shutil.which("cc") is None, "there is a compiler, and yet nothing was compiled: see ./run"
        pytest.skip("no C compiler here")
    return found


shaped = st.binary(max_size=400).map(lambda rest: b"\x01\0\0" + rest)
anything = st.binary(max_size=80)


@settings(deadline=None)
@given(st.lists(st.one_of(shaped, anything), max_size=40), st.integers(0, 9), st.binary(max_size=6))
def test_bundles_whole_cut_and_grown(quick: Compiled, entries: list[bytes], cut: int, more: bytes) -> None:
    whole = bundled(entries)
    for data in (whole, bytearray(whole), whole[: max(0, len(whole) - cut)], whole + more):
        for shaped in (True, False):
            ends, found = slow.ends(data, shaped=shaped), quick.ends(data, shaped=shaped)
            assert (None if found is None else list(found)) == ends
        if ends is not None:
            assert quick.leaves(data, ends) == slow.leaves(data, ends)
        assert quick.node(data) == slow.node(data)


@settings(deadline=None, max_examples=60)
@given(st.randoms(use_true_random=False), st.integers(0, 400), st.integers(250, 258))
@example(None, 0, 256)
def test_blocks(quick: Compiled, chance: object, longest: int, count: int) -> None:
    draw = getattr(chance, "randrange", lambda _stop: 0)
    block = bundled(bytes([draw(256)]) * draw(longest + 1) for _entry in range(count))
    assert quick.node(block) == slow.node(block)
    assert (quick.node(block) is None) == (count != 256)


@settings(deadline=None)
@given(st.integers(0, 3_000), st.integers(-3, 3))
def test_a_block_cut_or_grown_is_none(quick: Compiled, at: int, by: int) -> None:
    block = bundled([b"entry %d" % number for number in range(256)])
    at = min(at, len(block) - 4)
    wrong = block[: len(block) + by] if by < 0 else block + bytes(by)
    assert quick.node(wrong) == slow.node(wrong)
    lengthened = block[:at] + bytes([block[at] ^ 1]) + block[at + 1 :]
    assert quick.node(lengthened) == slow.node(lengthened)


@settings(deadline=None)
@given(st.lists(st.binary(max_size=300), max_size=40), st.binary(max_size=90), st.integers(0, 2**32 - 50))
def test_lines_become_entries(quick: Compiled, lines: list[bytes], start: bytes, place: int) -> None:
    assert quick.bundle(lines, start, place) == slow.bundle(lines, start, place)


json = st.sampled_from(
    [b"{}", b"{", b"{]", b'{"a":"\\u0061"}', '{"名":1}'.encode(), b'{"a":' + b"[" * 900, b"{" * 199 + b" " * 800 + b"}"]
)


@settings(deadline=None)
@given(
    st.lists(st.one_of(st.binary(max_size=12), json), max_size=20), st.binary(max_size=9), st.integers(0, 9), st.binary(max_size=6)
)  # fmt: skip
def test_lines_are_taken_out_of_entries(
    quick: Compiled, lines: list[bytes], start: bytes, cut: int, more: bytes
) -> None:
    made = slow.bundle(lines, start, 7)
    found = quick.lines(made, 0, start)
    assert (found.count, found.stop, found.data) == (len(lines), len(made), b"".join(line + b"\n" for line in lines))
    for data in (bytearray(made), made[: max(0, len(made) - cut)], bytes(made) + more):
        for begin in (start, start + b"\0", b"else"):
            for at in (0, min(cut, len(data))):
                assert quick.lines(data, at, begin) == slow.lines(data, at, begin)


@settings(deadline=None)
@given(st.integers(0, 8), st.binary(min_size=1, max_size=8))
def test_a_level_folds_to_its_root(quick: Compiled, height: int, seed: bytes) -> None:
    level = [merkle.leaf_hash(seed + bytes([number])) for number in range(1 << height)]
    joined = b"".join(level)
    assert quick.fold(joined) == slow.fold(joined) == quick.fold(bytearray(joined)) == merkle.fold(level)
    assert joined == b"".join(level), "what was given stays"


def test_the_longest_entries_fit(quick: Compiled) -> None:
    block = bundled([bytes(65_535)] * 256)
    assert quick.node(block) == slow.node(block) is not None


def test_nothing_and_the_least(quick: Compiled) -> None:
    for each in (quick, slow):
        assert list(each.ends(b"") or ()) == []
        assert each.leaves(b"", []) == b""
        assert each.node(b"") is None
        assert each.ends(b"\0") is None
        assert each.ends(b"\0\x03\x03\0\0") is None, "a version that is not known"
        assert each.ends(b"\0\x03\x01\0\x01") is None, "a head longer than its entry"


def test_a_library_that_is_none_is_not_used(tmp_path: Path) -> None:
    place = tmp_path / "loops.so"
    assert isinstance(chosen(place), Interpreted)
    for content in (b"", b"\x7fELF"):
        place.write_bytes(content)
        assert isinstance(chosen(place), Interpreted)


def test_a_library_that_hashes_otherwise_is_not_used(tmp_path: Path, quick: Compiled) -> None:
    source, place = tmp_path / "other.c", tmp_path / "other.so"
    source.write_text(loops.SOURCE.read_text().replace("hashed(in, 0,", "hashed(in, 2,"))
    flags = ["-O2", "-fPIC", "-shared", "-ffreestanding", "-nostdlib"]
    subprocess.run(["cc", *flags, "-o", place, source, "-l:libcrypto.so.3"], check=True)
    assert Compiled(place).ends(b"\0\x03\x01\0\0") is not None
    assert isinstance(chosen(place), Interpreted)
