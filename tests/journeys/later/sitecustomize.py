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
        self.seconds = 0.0

    def follow(self) -> None:
        """Read the file once."""
        wanted = float(SETTING.read_text() or 0)
        if wanted > self.seconds:
            time_machine.travel(datetime.now(UTC) + timedelta(seconds=wanted - self.seconds), tick=True).start()
            self.seconds = wanted

    def watch(self) -> None:
        """Go on reading."""
        while True:
            time.sleep(0.2)
            self.follow()

    def begin(self) -> None:
        """Follow from a thread that ends with the process."""
        threading.Thread(target=self.watch, daemon=True).start()


ahead = Ahead()
ahead.follow()
ahead.begin()
os.register_at_fork(after_in_child=ahead.begin)
