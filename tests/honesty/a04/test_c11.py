"""4.11: a log altered, rewritten, shortened or left outside; a verification that stopped; a checkpoint nobody keeps."""

from __future__ import annotations

from datetime import timedelta

from fanghu.auditlog.actions import places
from fanghu.auditlog.verification import verify
from fanghu.events.actions import record
from fanghu.events.doer import KEEPER
from tests.honesty.a04.conftest import later
from tests.honesty.planting import House, Plant, tried

DUTY = "4.11"


def flip(house: House) -> None:
    path = places().folder / "frames" / "tail"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    house.file(path, bytes(data))
    verify(by=KEEPER, now=house.now)


def stuck(house: House) -> None:
    record("door.opened", by=KEEPER, now=house.now - timedelta(minutes=6))


PLANTS = [
    Plant("a bit of the log is flipped on the disk", flip, "damaged"),
    Plant(
        "the log was rewritten since a checkpoint was taken away",
        lambda house: house.by_hand("UPDATE auditlog_keptcheckpoint SET root = %s", "00" * 32),
        "rewritten",
    ),
    Plant(
        "the log is shorter than when it was verified",
        lambda house: house.by_hand("UPDATE auditlog_relaystate SET verified_size = 1000000"),
        "shrunk",
    ),
    Plant("events wait outside the log", stuck, "not_arriving"),
    Plant("nothing verifies the log for two days", later(2), "not_lately"),
    Plant(
        "nobody holds a checkpoint", lambda house: house.by_hand("DELETE FROM auditlog_keptcheckpoint"), "none_kept"
    ),
]  # fmt: skip
test_a_fault_is_seen = tried(DUTY, PLANTS)
