"""One duty of the law: what it asks, whom it binds, its numbers and the proof it wants."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, get_args

from fanghu.regulation.text import Text

Strength = Literal["shall", "should"]
Stricter = Literal["lower", "higher"]
FirmScope = Literal["all", "class_1", "internet_ordering", "transfers_abroad"]
On = Literal[
    "firm",
    "system",
    "system_wider_on_core",
    "core",
    "non_core",
    "core_internet_facing",
    "core_outsourced",
    "core_serving_outside_passwords",
    "other_passwords_than_core_serving_outside",
    "e_trading",
    "admin_over_internet",
    "remote_access",
    "customer_accounts",
    "passwords",
    "non_customer_passwords",
    "customer_passwords",
    "personal_data",
]
ReliefKind = Literal["foreign_standard", "physical_substitute", "same_group"]
ProofKind = Literal["attested", "recorded", "measured", "drilled"]

STRENGTHS: tuple[Strength, ...] = get_args(Strength)
STRICTER: tuple[Stricter, ...] = get_args(Stricter)
FIRM_SCOPES: tuple[FirmScope, ...] = get_args(FirmScope)
ONS: tuple[On, ...] = get_args(On)
RELIEF_KINDS: tuple[ReliefKind, ...] = get_args(ReliefKind)
PROOF_KINDS: tuple[ProofKind, ...] = get_args(ProofKind)
PACES: Mapping[str, str] = {"days": "D", "months": "M", "years": "Y"}
UNITS: tuple[str, ...] = (
    "seconds",
    "minutes",
    "days",
    "months",
    "years",
    "times",
    "passwords",
    "characters",
    "classes",
    "factors",
    "MiB",
    "passes",
)
DUTY_ID = re.compile(r"([1-9]\d?)\.([1-9]\d?)(?:([a-z])|\.([1-9]))?")


@dataclass(frozen=True, slots=True)
class Limit:
    """A number of the law; a firm may move it only in the ``stricter`` direction.

    ``from_text`` tells the numbers the official text states from those that are our reading (docs/decisions).
    """

    value: int | float
    unit: str
    stricter: Stricter
    from_text: bool = False

    def allows(self, value: float) -> bool:
        """Whether ``value`` is as strict as this limit or stricter."""
        return value <= self.value if self.stricter == "lower" else value >= self.value


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom a duty binds: which firms, and on which subject; ``after_retirement`` keeps a retired system bound."""

    firm: FirmScope
    on: On
    after_retirement: bool = False


@dataclass(frozen=True, slots=True)
class Duty:
    """One duty of an edition; ``limits`` are those in force (the law's, or the firm's tighter ones)."""

    id: str
    slug: str
    title: Text
    asks: Text
    would_prove: Text
    strength: Strength
    scope: Scope
    fresh_for: timedelta
    drill_every: timedelta | None
    relief: tuple[ReliefKind, ...]
    proof_target: tuple[ProofKind, ...]
    proof_system_one: tuple[ProofKind, ...]
    paced_by: str | None = None
    limits: Mapping[str, Limit] = field(default_factory=dict, hash=False)

    @property
    def article(self) -> int:
        """The number of its article."""
        return parts(self.id)[0]

    @property
    def clause(self) -> str:
        """Its clause as ``article.clause``: ``3.5`` for duty ``3.5a``, ``10.1`` for ``10.1.1``."""
        article, clause, _letter, _item = parts(self.id)
        return f"{article}.{clause}"

    @property
    def order(self) -> tuple[int, int, str, int]:
        """The natural sort key: 3.2 before 3.10."""
        return parts(self.id)

    @property
    def cadence(self) -> str | None:
        """How often it falls due, as an ISO 8601 duration (``P6M``), from the limit that sets its pace; else None."""
        if self.paced_by is None:
            return None
        limit = self.limits[self.paced_by]
        if limit.unit == "months" and limit.value % 12 == 0:
            return f"P{int(limit.value) // 12}Y"
        return f"P{int(limit.value)}{PACES[limit.unit]}"

    @property
    def module(self) -> str:
        """The dotted name of its reading below ``fanghu.clauses``: ``a06.c05_lockout_after_three_failures``."""
        article, clause, letter, item = parts(self.id)
        return f"a{article:02}.c{clause:02}{letter}{f'_{item}' if item else ''}_{self.slug}"


def parts(duty_id: str) -> tuple[int, int, str, int]:
    """Split an id into article, clause, letter ('' if none) and item (0 if none); ValueError if it is not one."""
    match = DUTY_ID.fullmatch(duty_id)
    if match is None:
        raise ValueError(f"not a duty id: {duty_id!r}")
    article, clause, letter, item = match.groups()
    return int(article), int(clause), letter or "", int(item or 0)
