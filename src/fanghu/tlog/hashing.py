"""The hash of a whole block in one call: libcrypto's SHA-256 in a loop that numba compiles, without Python's lock.

Python spends as long on calling a hash as the hash takes, and a block of 256 entries has 511. Whoever verifies millions of
entries compiles the loop once; everybody else, and whoever has no libcrypto or no numba, hashes by `merkle`. The results
are the same, and `tests/tlog/test_hashing.py` holds them together.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from typing import Any

from fanghu.tlog import merkle
from fanghu.tlog.bundle import unbundled
from fanghu.tlog.tiles import HASH, WIDTH

Node = Callable[[bytes], bytes | None]
"""The level-1 hash of a block: of the 256 entries of a bundle; None when it does not hold 256."""

_CONTEXT = 128
"""Bytes for libcrypto's SHA256_CTX, which takes 112."""


def node(bundle: bytes) -> bytes | None:
    """`Node` in Python."""
    entries = unbundled(bundle, WIDTH)
    return None if entries is None else merkle.fold(merkle.leaf_hashes(entries))


@cache
def compiled() -> Node:
    """`Node` compiled, where it can be had: takes a second and some 100 MB, then a third of the time a block."""
    try:
        return _compiled()
    except (ImportError, OSError, AttributeError):
        return node


def _compiled() -> Node:
    import numpy as np
    from numba import njit, types

    begin, more, end = _sha256()
    blob, room = types.Array(types.uint8, 1, "C", readonly=True), types.Array(types.uint8, 1, "C")

    @njit(types.int64(blob, room), nogil=True)  # type: ignore[misc]
    def hashed(data: Any, hashes: Any) -> int:
        context, mark = np.zeros(_CONTEXT, np.uint8), np.zeros(1, np.uint8)
        at: Any = 0
        count = 0
        while at + 2 <= data.size and count < WIDTH:
            length = np.int64(data[at]) << 8 | np.int64(data[at + 1])
            at += 2
            if at + length > data.size:
                return -1
            begin(context.ctypes.data)
            more(context.ctypes.data, mark.ctypes.data, 1)
            more(context.ctypes.data, data.ctypes.data + at, length)
            end(hashes.ctypes.data + HASH * count, context.ctypes.data)
            at += length
            count += 1
        if at != data.size:
            return -1
        mark[0] = 1
        left = count
        while left > 1:
            left //= 2
            for pair in range(left):
                begin(context.ctypes.data)
                more(context.ctypes.data, mark.ctypes.data, 1)
                more(context.ctypes.data, hashes.ctypes.data + 2 * HASH * pair, 2 * HASH)
                end(hashes.ctypes.data + HASH * pair, context.ctypes.data)
        return count

    hashes = np.zeros(WIDTH * HASH, np.uint8)

    def quick(bundle: bytes) -> bytes | None:
        if hashed(np.frombuffer(bundle, np.uint8), hashes) != WIDTH:
            return None
        return bytes(hashes[:HASH])

    return quick


def _sha256() -> tuple[Any, Any, Any]:
    """SHA256_Init, SHA256_Update and SHA256_Final (SHA256_Init(3ssl)); OSError or AttributeError where there are none."""
    library, pointer = ctypes.CDLL("libcrypto.so.3"), ctypes.c_void_p
    begin, more, end = library.SHA256_Init, library.SHA256_Update, library.SHA256_Final
    begin.argtypes, more.argtypes, end.argtypes = [pointer], [pointer, pointer, ctypes.c_size_t], [pointer, pointer]
    return begin, more, end
