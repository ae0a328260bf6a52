"""Who does a deed, from where, and by what way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Via = Literal["console", "cli", "keeper", "drill"]


@dataclass(frozen=True, slots=True)
class Doer:
    """``account`` and ``person`` are ids ("" where nobody signed in); ``place`` a client address or host name."""

    via: Via
    account: str = ""
    person: str = ""
    place: str = ""
    session: str = ""
    run: str = ""

    @property
    def name(self) -> str:
        """How events name the doer: an account id, else the way in."""
        return f"account:{self.account}" if self.account else self.via


KEEPER = Doer("keeper", place="machine")
