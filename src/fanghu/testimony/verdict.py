"""What a judge says: a stable code, a marked sentence and its plain parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from fanghu.testimony.message import Message, Plain
from fanghu.testimony.proof import Proof

Kind = Literal["met", "not_met", "unknown", "not_applicable"]


@dataclass(frozen=True, slots=True, init=False)
class Verdict:
    """One of Met, NotMet, Unknown, NotApplicable; ``proof`` lowers the proof the facts would give, if set."""

    kind: ClassVar[Kind]
    severity: ClassVar[int]
    code: str
    message: Message
    proof: Proof | None

    def __init__(self, code: str, template: str, /, *, proof: Proof | None = None, **params: Plain) -> None:
        object.__setattr__(self, "code", code)
        object.__setattr__(self, "message", Message(template, params))
        object.__setattr__(self, "proof", proof)


class Met(Verdict):
    """符合: the facts show the duty kept. ``proof`` is only given to state less than the facts' own kind."""

    __slots__ = ()
    kind = "met"
    severity = 0


class NotApplicable(Verdict):
    """不適用: computed from facts about the firm and the system; nobody can choose it."""

    __slots__ = ()
    kind = "not_applicable"
    severity = -1


class Unknown(Verdict):
    """無法判定: no facts, stale facts, or nothing to judge yet."""

    __slots__ = ()
    kind = "unknown"
    severity = 1


class NotMet(Verdict):
    """不符合: the facts show the duty broken."""

    __slots__ = ()
    kind = "not_met"
    severity = 2
