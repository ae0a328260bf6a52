"""The indexing process: brings the search indexes up to the logs until SIGTERM; no Django."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

NICE = 5
"""Taking events in goes first."""


def main() -> int:
    """Run until told to end."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, lambda *_: sys.exit(0))
    os.nice(NICE)
    from fanghu.auditlog.indexing import run

    run(Path(os.environ["FANGHU_HOME"]), time.monotonic, time.sleep)
    return 0


if __name__ == "__main__":
    sys.exit(main())
