"""A fresh stage for each story."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tlog.stage import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """A folder of its own."""
    return Stage(tmp_path)
