"""How long the whole of ``./run test`` takes on this machine."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[1]


def measure() -> list[dict[str, Any]]:
    """One run; its closing line stands beside the number."""
    began = time.monotonic()
    ended = subprocess.run([str(CHECKOUT / "run"), "test"], stdout=subprocess.PIPE, text=True, check=False)
    minutes = round((time.monotonic() - began) / 60, 1)
    closing = ended.stdout.strip().splitlines()[-1]
    met = ended.returncode == 0 and minutes < 12
    return [{"name": "tests: ./run test", "value": minutes, "unit": "min", "target": 12, "met": met, "peer": closing}]
