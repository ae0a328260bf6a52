"""A served product whose clock the story moves on: its processes read a later time, as they would after really waiting.

Nothing of the product is changed or told; ``later/sitecustomize.py`` moves the clock of Python itself.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.journeys.served import Served

LATER = Path(__file__).parent / "later"


@dataclass
class Clocked(Served):
    """``fanghu up`` and its commands by a clock that is ``ahead`` of the system's."""

    ahead: timedelta = timedelta()

    @property
    def environment(self) -> dict[str, str]:
        """As served, with the clock of ``clock.txt``."""
        if not self.setting.exists():
            self._write()
        plain = super().environment
        path = os.pathsep.join([str(LATER), plain["PYTHONPATH"]])
        return plain | {"PYTHONPATH": path, "FANGHU_TEST_CLOCK": str(self.setting)}

    @property
    def setting(self) -> Path:
        """The file that says how many seconds the clock is ahead."""
        return self.home / "clock.txt"

    def now(self) -> datetime:
        """What the product takes for now."""
        return datetime.now(UTC) + self.ahead

    def wait_until(self, moment: datetime) -> None:
        """Let the product's time go on to ``moment``; never back."""
        if moment > self.now():
            self.ahead = moment - datetime.now(UTC)
            self._write()

    def _write(self) -> None:
        new = self.setting.with_suffix(".new")
        new.write_text(f"{self.ahead.total_seconds():.3f}")
        new.replace(self.setting)
