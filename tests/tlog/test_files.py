"""Every byte of every piece is written, however little the disk takes at a time."""

from __future__ import annotations

import os
from itertools import cycle
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fanghu.tlog import files
from fanghu.tlog.files import Files

real = os.writev


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.binary(max_size=9), max_size=30), st.lists(st.integers(1, 20), min_size=1, max_size=5))
def test_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pieces: list[bytes], takes: list[int]) -> None:
    some = cycle(takes)
    monkeypatch.setattr(os, "writev", lambda to, parts: real(to, [b"".join(parts)[: next(some)]]))
    monkeypatch.setattr(files, "MOST", 7)
    path = tmp_path / "file"
    path.unlink(missing_ok=True)
    descriptor = Files().open(path, create=True)
    try:
        Files().write(descriptor, *pieces)
    finally:
        os.close(descriptor)
    assert path.read_bytes() == b"".join(pieces)
