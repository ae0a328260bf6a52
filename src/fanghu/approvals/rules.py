"""The one two-person rule, by Person and not by account; pure (DESIGN section 2, Two people)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Refusal = Literal["no_person", "unable", "not_adopted", "same_person", "made_by_asker"]
Flag = Literal["", "made_by_asker"]


@dataclass(frozen=True, slots=True)
class Decider:
    """An account that could decide: its person, whether it is able to, and who made it or reset its second factor."""

    person: str
    able: bool
    created_by: str = ""
    factor_reset_by: str = ""

    def made_by(self, person: str) -> bool:
        """Whether ``person`` created the account or reset its second factor, and so could have acted as it."""
        return bool(person) and person in (self.created_by, self.factor_reset_by)


@dataclass(frozen=True, slots=True)
class Ruling:
    """Whether the decision stands; ``refusal`` when not, ``flag`` when it stands with a remark."""

    refusal: Refusal | None = None
    flag: Flag = ""


def rule_on(asker: str, decider: Decider, others: Iterable[Decider]) -> Ruling:
    """Rule whether ``decider`` may decide what person ``asker`` asked for; ``others`` are the other able accounts.

    A decider whose account the asker made is refused where a third person could decide free of that doubt, and
    flagged where none could: else the administrator who made every account would never get a decision.
    """
    if not decider.able:
        return Ruling("unable")
    if not decider.person:
        return Ruling("no_person")
    if not asker:
        return Ruling("not_adopted")
    if decider.person == asker:
        return Ruling("same_person")
    if not decider.made_by(asker):
        return Ruling()
    free = any(
        other.able and other.person not in ("", asker, decider.person) and not other.made_by(asker) for other in others
    )
    return Ruling("made_by_asker") if free else Ruling(flag="made_by_asker")
