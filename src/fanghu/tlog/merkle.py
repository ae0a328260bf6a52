"""RFC 6962 Merkle trees over SHA-256: hashes, roots, inclusion and consistency proofs (RFC 6962 2.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

Range = Callable[[int, int], bytes]
"""Root of the leaves [lo, hi) of a tree; lo is aligned as RFC 6962 splits it."""

EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """SHA-256(0x00 || entry), 32 bytes."""
    return sha256(b"\x00" + entry).digest()


def leaf_hashes(entries: Iterable[bytes]) -> list[bytes]:
    """The leaf hash of each entry, in order; the hot loop of sealing and verifying."""
    hasher = sha256
    return [hasher(b"\x00" + entry).digest() for entry in entries]


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right), 32 bytes."""
    return sha256(b"\x01" + left + right).digest()


def split(size: int) -> int:
    """The largest power of two smaller than ``size`` (size > 1)."""
    return 1 << (size - 1).bit_length() - 1


def fold(hashes: Sequence[bytes]) -> bytes:
    """Root of a tree whose 2**k nodes of one level are given (k >= 0)."""
    level = list(hashes)
    hasher = sha256
    while len(level) > 1:
        level = [hasher(b"\x01" + level[i] + level[i + 1]).digest() for i in range(0, len(level), 2)]
    return level[0]


class Frontier:
    """The roots of the full subtrees of a growing tree, largest first: enough to give its root at any time."""

    __slots__ = ("_stack", "size")

    def __init__(self) -> None:
        self.size = 0
        self._stack: list[tuple[int, bytes]] = []

    def push(self, node: bytes, height: int = 0) -> None:
        """Add the root of the next 2**height leaves; size must be a multiple of that."""
        if self.size & ((1 << height) - 1):
            raise ValueError("a subtree must start at a multiple of its width")
        self.size += 1 << height
        stack = self._stack
        while stack and stack[-1][0] == height:
            node = sha256(b"\x01" + stack.pop()[1] + node).digest()
            height += 1
        stack.append((height, node))

    def root(self) -> bytes:
        """Root of everything pushed so far."""
        if not self._stack:
            return EMPTY_ROOT
        node = self._stack[-1][1]
        for _, left in reversed(self._stack[:-1]):
            node = node_hash(left, node)
        return node

    def copy(self) -> Frontier:
        """An independent frontier of the same tree."""
        twin = Frontier()
        twin.size = self.size
        twin._stack = list(self._stack)
        return twin


def inclusion_proof(index: int, size: int, subtree: Range) -> list[bytes]:
    """PATH(index, D[size]), leaf to root; ValueError unless 0 <= index < size."""
    if not 0 <= index < size:
        raise ValueError("the index lies outside the tree")
    proof: list[bytes] = []
    lo, hi = 0, size
    while hi - lo > 1:
        middle = lo + split(hi - lo)
        if index < middle:
            proof.append(subtree(middle, hi))
            hi = middle
        else:
            proof.append(subtree(lo, middle))
            lo = middle
    proof.reverse()
    return proof


def consistency_proof(old: int, new: int, subtree: Range) -> list[bytes]:
    """PROOF(old, D[new]); empty when old is 0 or equal to new; ValueError unless 0 <= old <= new."""
    if not 0 <= old <= new:
        raise ValueError("the older tree must be the smaller")
    if old in (0, new):
        return []
    proof: list[bytes] = []
    lo, hi, whole = 0, new, True
    while hi != old:
        middle = lo + split(hi - lo)
        if old <= middle:
            proof.append(subtree(middle, hi))
            hi = middle
        else:
            proof.append(subtree(lo, middle))
            lo, whole = middle, False
    if not whole:
        proof.append(subtree(lo, hi))
    proof.reverse()
    return proof


def inclusion_holds(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether ``proof`` shows that ``leaf`` (its hash) is at ``index`` of the tree with ``root`` (RFC 9162 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    fn, sn, node = index, size - 1, leaf
    for sibling in proof:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            node = node_hash(sibling, node)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            node = node_hash(node, sibling)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and node == root


def consistency_holds(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether ``proof`` shows that the new tree extends the old one (RFC 9162 2.1.4.2)."""
    if not 0 <= old <= new:
        return False
    if old == new:
        return not proof and old_root == new_root
    if old == 0:
        return not proof and old_root == EMPTY_ROOT
    if not proof:
        return False
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    before = after = path[0]
    for sibling in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            after = node_hash(after, sibling)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and before == old_root and after == new_root
