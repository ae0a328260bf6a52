"""Python reads this at the start of every process whose PYTHONPATH begins here: its clock runs ahead as a file says.

``FANGHU_TEST_CLOCK`` names the file, which holds seconds; it is read again several times a second. Timers (monotonic
clocks) and what lies outside Python (TLS, file times) stay the machine's own.
"""

from __future__ import annotations

import os
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import time_machine

SETTING = Path(os.environ["FANGHU_TEST_CLOCK"])


class Ahead:
    """Moves this process's clock whenever the file holds another number."""

    def __init__(self) -> None:
        self.clock = time_machine.travel(datetime.now(UTC), tick=True).start()
        self.shift_by(self.wanted())

    def wanted(self) -> float:
        """What the file says."""
        return float(SETTING.read_text() or 0)

    def shift_by(self, seconds: float) -> None:
        """Be so far ahead of the machine, exactly: what passed while the clock was being changed is made good."""
        self.clock.shift(timedelta(seconds=time_machine.escape_hatch.time.time() + seconds - time.time()))
        self.seconds = seconds

    def watch(self) -> None:
        """Go on reading."""
        while True:
            time.sleep(0.2)
            if (wanted := self.wanted()) > self.seconds:
                self.shift_by(wanted)

    def begin(self) -> None:
        """Follow from a thread that ends with the process."""
        threading.Thread(target=self.watch, daemon=True).start()


ahead = Ahead()
ahead.begin()
os.register_at_fork(after_in_child=ahead.begin)
