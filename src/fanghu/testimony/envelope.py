"""The envelope beside facts: whose they are, who says so, when they were read, what was reached."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Literal, TypeVar

from fanghu.testimony.message import Message
from fanghu.testimony.proof import Proof

F = TypeVar("F")


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """The firm, or one system by its slug; written ``firm`` or ``system:<slug>``."""

    kind: Literal["firm", "system"]
    slug: str = ""

    def __str__(self) -> str:
        return f"system:{self.slug}" if self.kind == "system" else "firm"

    @classmethod
    def parse(cls, text: str) -> Subject:
        """Read ``firm`` or ``system:<slug>``; ValueError otherwise."""
        if text == "firm":
            return FIRM
        kind, _, slug = text.partition(":")
        if kind != "system" or not slug:
            raise ValueError(f"not a subject: {text!r}")
        return cls("system", slug)

    @classmethod
    def system(cls, slug: str) -> Subject:
        """The subject for the system with this slug."""
        return cls("system", slug)


FIRM = Subject("firm")


@dataclass(frozen=True, slots=True)
class Scope:
    """What a collector is asked for: every subject in one pass, at one moment."""

    now: datetime
    subjects: frozenset[Subject]

    def of(self, subjects: Iterable[Subject]) -> frozenset[Subject]:
        """The asked-for subjects among ``subjects``."""
        return self.subjects & frozenset(subjects)


@dataclass(frozen=True, slots=True)
class Testimony(Generic[F]):
    """Facts about one subject, or None with the reason why there are none; its presence means a provider stands.

    ``sought`` and ``reached`` name what was set out to be read and what was; a difference makes the verdict Unknown.
    """

    facts: F | None
    source: str
    read_at: datetime
    proof: Proof = Proof.MEASURED
    sought: frozenset[str] = frozenset()
    reached: frozenset[str] = frozenset()
    why_none: Message | None = None

    @property
    def unreached(self) -> frozenset[str]:
        """What was set out to be read and was not."""
        return self.sought - self.reached
