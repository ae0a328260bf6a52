"""Roots and proofs against RFC 6962 written out naively."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanghu.tlog import merkle


def naive_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 2.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def naive_path(m: int, leaves: list[bytes]) -> list[bytes]:
    """RFC 6962 2.1.1, word for word."""
    n = len(leaves)
    if n == 1:
        return []
    k = 1
    while k * 2 < n:
        k *= 2
    if m < k:
        return [*naive_path(m, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(m - k, leaves[k:]), naive_root(leaves[:k])]


def naive_proof(m: int, leaves: list[bytes], whole: bool = True) -> list[bytes]:
    """RFC 6962 2.1.2, SUBPROOF word for word."""
    n = len(leaves)
    if m == n:
        return [] if whole else [naive_root(leaves)]
    k = 1
    while k * 2 < n:
        k *= 2
    if m <= k:
        return [*naive_proof(m, leaves[:k], whole), naive_root(leaves[k:])]
    return [*naive_proof(m - k, leaves[k:], False), naive_root(leaves[:k])]


SIZES = st.integers(1, 70)


def leaves_of(size: int) -> list[bytes]:
    """Distinct leaves."""
    return [b"leaf %d" % n for n in range(size)]


def test_the_test_vectors_of_certificate_transparency() -> None:
    inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    tree = merkle.Frontier()
    for text in inputs:
        tree.push(merkle.leaf_hash(bytes.fromhex(text)))
    assert tree.root().hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    assert merkle.EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@given(SIZES)
def test_the_frontiers_root_is_the_naive_root(size: int) -> None:
    tree = merkle.Frontier()
    for leaf in merkle.leaf_hashes(leaves_of(size)):
        tree.push(leaf)
    assert tree.root() == naive_root(leaves_of(size))


@given(st.data())
def test_inclusion_proofs_are_the_naive_ones_and_no_other_leaf_passes(data: st.DataObject) -> None:
    size = data.draw(SIZES)
    index = data.draw(st.integers(0, size - 1))
    leaves = leaves_of(size)
    proof = merkle.inclusion_proof(index, size, lambda lo, hi: naive_root(leaves[lo:hi]))
    assert proof == naive_path(index, leaves)
    root, leaf = naive_root(leaves), merkle.leaf_hash(leaves[index])
    assert merkle.inclusion_holds(index, size, leaf, proof, root)
    assert not merkle.inclusion_holds(index, size, merkle.leaf_hash(b"other"), proof, root)
    assert not merkle.inclusion_holds(index, size, leaf, [*proof, bytes(32)], root)
    if proof:
        assert not merkle.inclusion_holds(index, size, leaf, proof[:-1], root)


@given(st.data())
def test_consistency_proofs_are_the_naive_ones_and_no_other_root_passes(data: st.DataObject) -> None:
    new = data.draw(SIZES)
    old = data.draw(st.integers(1, new))
    leaves = leaves_of(new)
    proof = merkle.consistency_proof(old, new, lambda lo, hi: naive_root(leaves[lo:hi]))
    assert proof == naive_proof(old, leaves)
    before, after = naive_root(leaves[:old]), naive_root(leaves)
    assert merkle.consistency_holds(old, new, before, after, proof)
    assert not merkle.consistency_holds(old, new, naive_root([*leaves[: old - 1], b"x"]), after, proof)
    assert not merkle.consistency_holds(old, new, before, bytes(32), proof)
    assert not merkle.consistency_holds(old, new, before, after, [*proof, bytes(32)])


def test_out_of_range_is_refused_not_guessed() -> None:
    with pytest.raises(ValueError):
        merkle.inclusion_proof(3, 3, lambda lo, hi: b"")
    with pytest.raises(ValueError):
        merkle.consistency_proof(4, 3, lambda lo, hi: b"")
    assert not merkle.inclusion_holds(3, 3, bytes(32), [], bytes(32))
    assert not merkle.consistency_holds(4, 3, bytes(32), bytes(32), [])
    assert merkle.consistency_holds(0, 3, merkle.EMPTY_ROOT, bytes(32), [])
