"""Relief's comparison, parameter by parameter: the other standard's number counts only where it is better; no Django."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from fanghu.regulation import Limit


@dataclass(frozen=True, slots=True)
class Compared:
    """One number: ours, theirs (None: not said), and the one judged by."""

    name: str
    unit: str
    ours: float
    theirs: float | None
    applied: float

    def as_json(self) -> dict[str, Any]:
        """For the row in the database."""
        return asdict(self)


def compare(limits: Mapping[str, Limit], theirs: Mapping[str, float | None]) -> list[Compared]:
    """Compare every number of ``limits``; what is not stricter stays at ours."""
    compared = []
    for name, limit in limits.items():
        other = theirs.get(name)
        better = other is not None and (other < limit.value if limit.stricter == "lower" else other > limit.value)
        applied = other if other is not None and better else limit.value
        compared.append(Compared(name, limit.unit, limit.value, other, applied))
    return compared
