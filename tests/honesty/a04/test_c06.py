"""4.6: a log that grows faster than the disk lasts, a log that cannot be measured, a need nobody knows."""

from __future__ import annotations

import os
import shutil

from fanghu.auditlog.actions import places
from tests.honesty.planting import House, Plant, tried

DUTY = "4.6"


def flood(house: House) -> None:
    """A day's growth that a thousand such days would not fit on the disk."""
    path = places().folder / "frames" / "flood"
    house.undo.append(path.unlink)
    with path.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(house.home).free // 1_000)


PLANTS = [
    Plant("a source floods the log within a day", flood, "too_little"),
    Plant(
        "the log cannot be measured", lambda house: house.file(places().folder / "checkpoint", None), "no_growth"
    ),
    Plant(
        "the approved retention is deleted by hand",
        lambda house: house.by_hand("DELETE FROM register_definedvalue WHERE key = 'log-retention'"),
        "no_retention",
    ),
]  # fmt: skip
test_a_fault_is_seen = tried(DUTY, PLANTS)
