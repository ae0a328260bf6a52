"""Who does a deed, from where, and by what way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Via = Literal["console", "cli", "keeper", "drill"]


@dataclass(frozen=True, slots=True)
class Doer:
    """``account`` and ``person`` are ids ("" where nobody signed in); ``place`` a client address or host name;
    ``claimed`` the operating-system account of a command, which proves nobody.
    """

    via: Via
    account: str = ""
    person: str = ""
    place: str = ""
    session: str = ""
    run: str = ""
    claimed: str = ""

    @property
    def name(self) -> str:
        """How events name the doer: an account id, else the way in (``cli:wei`` where a command claims an account)."""
        if self.account:
            return f"account:{self.account}"
        return f"{self.via}:{self.claimed}" if self.claimed else self.via


def is_command(actor: str) -> bool:
    """Whether an event's actor is somebody at the command line.

    >>> [is_command(actor) for actor in ("cli", "cli:wei", "client", "account:cli")]
    [True, True, False, False]
    """
    return actor.partition(":")[0] == "cli"


def claimed_by(actor: str) -> str:
    """The operating-system account that an event's actor claims, or "".

    >>> claimed_by("cli:wei"), claimed_by("cli"), claimed_by("account:7")
    ('wei', '', '')
    """
    return actor.partition(":")[2] if is_command(actor) else ""


KEEPER = Doer("keeper", place="machine")
