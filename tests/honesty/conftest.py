"""The house in which faults are planted: system one with the cast, a log of its own, events sealed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from tests.honesty.planting import House


@pytest.fixture
def house(cast: dict[str, Any], settings: Any, tmp_path: Path) -> House:
    """System one, registered, its log begun; a module's own ``house`` fixture adds what its duty needs."""
    from fanghu.auditlog.actions import seal_now
    from fanghu.register.actions import register_system_one

    settings.HOME = tmp_path
    register_system_one(timezone.now())
    seal_now(wait=True)
    return House(settings, tmp_path, cast)
