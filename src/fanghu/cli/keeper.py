"""The keeper process: runs every app's jobs until SIGTERM."""

from __future__ import annotations

import os
import signal
import sys
import threading
from datetime import UTC, datetime


def main() -> int:
    """Run until told to end."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fanghu.settings")
    from fanghu.cli.ready import django_ready

    django_ready()
    from fanghu.jobs.loop import keep

    ending = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ending.set())
    signal.signal(signal.SIGINT, lambda *_: ending.set())
    keep(lambda: datetime.now(UTC), ending.is_set, ending.wait)
    return 0


if __name__ == "__main__":
    sys.exit(main())
