"""What keys and mechanisms say of the algorithms in use; one instance is one system's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

SHOWN = 3


@dataclass(frozen=True, slots=True, order=True)
class Use:
    """One algorithm at one place; ``bits`` is the size of the key in use, 0 where the algorithm has none or fixes it."""

    algorithm: str
    bits: int
    where: str


@dataclass(frozen=True, slots=True)
class AlgorithmsInUse:
    """Every algorithm found in use (8.3) as (algorithm, bits, where); ``unread`` names what could not be looked into."""

    uses: tuple[tuple[str, int, str], ...]
    unread: frozenset[str]


def gathered(uses: Iterable[Use]) -> tuple[tuple[str, int, str], ...]:
    """Equal algorithms and sizes in one line, with the first three places and how many more there are."""
    places: dict[tuple[str, int], set[str]] = {}
    for use in uses:
        places.setdefault((use.algorithm, use.bits), set()).add(use.where)
    found = []
    for (algorithm, bits), where in sorted(places.items()):
        more = len(where) - SHOWN
        found.append((algorithm, bits, ", ".join(sorted(where)[:SHOWN]) + (f" +{more}" if more > 0 else "")))
    return tuple(found)
