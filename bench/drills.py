"""All drills of a fresh start, one after the other as the keeper runs them; their delayed steps aside."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from typing import Any

from start import CHECKOUT, _end, _up

MOST = 60.0
PATIENCE = 300.0


def measure() -> list[dict[str, Any]]:
    """Seconds from the served page until every drill has ended or waits for its delayed step."""
    with tempfile.TemporaryDirectory() as home:
        process, _start = _up(home)
        began = time.monotonic()
        try:
            while (took := time.monotonic() - began) < PATIENCE:
                shown = _shown(home)
                if all(each["result"] or each["under_way"] == "waiting" for each in shown):
                    break
                time.sleep(1)
        finally:
            _end(process)
    other = [f"{each['name']} {each['result']}" for each in shown if each["result"] not in ("passed", None)]
    return [
        {
            "name": f"all {len(shown)} drills from the served page on, delayed steps aside",
            "value": round(took, 1), "unit": "s", "target": MOST, "met": took <= MOST and not other,
            "peer": "not passed: " + ", ".join(other) if other else "",
        }
    ]  # fmt: skip


def _shown(home: str) -> list[dict[str, Any]]:
    ended = subprocess.run(
        [str(CHECKOUT / "run"), "fanghu", "drill", "list", "--format", "json"],
        env={**os.environ, "FANGHU_HOME": home}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found: list[dict[str, Any]] = json.loads(ended.stdout)
    return found
