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
    """Every algorithm found in use (8.3); ``unread`` names what could not be looked into.

    ``keys`` are (algorithm, bits, where) of those seen with a key of some size, ``others`` (algorithm, where) the rest.
    """

    keys: tuple[tuple[str, int, str], ...]
    others: tuple[tuple[str, str], ...]
    unread: frozenset[str]

    @property
    def uses(self) -> list[Use]:
        """All of them; without a key of some size the bits are 0."""
        return [Use(*key) for key in self.keys] + [Use(name, 0, where) for name, where in self.others]


def in_use(uses: Iterable[Use], unread: frozenset[str]) -> AlgorithmsInUse:
    """The facts of what was found, equal ones in one line."""
    lines = gathered(uses)
    return AlgorithmsInUse(
        keys=tuple(line for line in lines if line[1]),
        others=tuple((name, where) for name, bits, where in lines if not bits),
        unread=unread,
    )


def gathered(uses: Iterable[Use]) -> tuple[tuple[str, int, str], ...]:
    """Equal algorithms and sizes in one line, with the first three places and how many more there are."""
    places: dict[tuple[str, int], set[str]] = {}
    for use in uses:
        places.setdefault((use.algorithm, use.bits), set()).add(use.where)
    found = []
    for (algorithm, bits), where in sorted(places.items()):
        more = len(where) - SHOWN
        found.append((algorithm, bits, " · ".join(sorted(where)[:SHOWN]) + (f" +{more}" if more > 0 else "")))
    return tuple(found)
