"""The one two-person rule, by Person and not by account; pure (DESIGN section 2, Two people)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Refusal = Literal["no_person", "unable", "not_adopted", "same_person", "made_by_asker"]
Flag = Literal["", "made_by_asker", "made_asker", "recovered"]


@dataclass(frozen=True, slots=True)
class Decider:
    """An account that could decide: its person, whether it is able to, and who made it or reset its second factor.

    ``behind`` are all persons who could act as it, those who made its makers too; ``recovered``: its sign-in was
    lately recovered on the machine, by nobody known.
    """

    person: str
    able: bool
    created_by: str = ""
    factor_reset_by: str = ""
    behind: frozenset[str] = frozenset()
    recovered: bool = False

    def made_by(self, person: str) -> bool:
        """Whether ``person`` created the account or reset its second factor, and so could have acted as it."""
        return bool(person) and (person in (self.created_by, self.factor_reset_by) or person in self.behind)


@dataclass(frozen=True, slots=True)
class Ruling:
    """Whether the decision stands; ``refusal`` when not, ``flag`` when it stands with a remark."""

    refusal: Refusal | None = None
    flag: Flag = ""


def behind(makers: Mapping[str, frozenset[str]], person: str) -> frozenset[str]:
    """Everyone who could act as ``person``: the makers of its accounts, theirs, and so on; ``makers`` by person."""
    found: set[str] = set()
    ask = [person]
    while ask:
        fresh = makers.get(ask.pop(), frozenset()) - found
        found |= fresh
        ask += fresh
    return frozenset(found)


def rule_on(
    asker: str, decider: Decider, others: Iterable[Decider], *, behind_asker: frozenset[str] = frozenset()
) -> Ruling:
    """Rule whether ``decider`` may decide what person ``asker`` asked for; ``others`` are the other able accounts.

    A decider whose account the asker made is refused where another account could decide free of that doubt, and
    flagged where none could: else the administrator who made every account would never get a decision. A decision on
    what the decider may have asked for under an account of their own making stands with a flag.
    """
    if not decider.able:
        return Ruling("unable")
    if not decider.person:
        return Ruling("no_person")
    if not asker:
        return Ruling("not_adopted")
    if decider.person == asker:
        return Ruling("same_person")
    if decider.made_by(asker):
        free = any(other.able and other.person not in ("", asker) and not other.made_by(asker) for other in others)
        return Ruling("made_by_asker") if free else Ruling(flag="made_by_asker")
    if decider.person in behind_asker:
        return Ruling(flag="made_asker")
    return Ruling(flag="recovered") if decider.recovered else Ruling()
