"""Facts of the test mechanism."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Locks:
    """How many failures lock, and a reading that changes all the time."""

    max_failures: int
    uptime: int = 0


@dataclass(frozen=True)
class Fields:
    """How many records lack a field."""

    missing: int
