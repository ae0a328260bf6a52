"""What is known of the conditions under which a system is used, and of where its verification happens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class UseConditions:
    """What the firm has defined for a system (3.4).

    ``version`` is 0 while nothing is approved; ``undefined`` names the kinds with neither a value nor "no limit";
    ``as_approved`` says that the value in force is the one that a second person approved.
    """

    version: int
    approved_apart: bool
    as_approved: bool
    undefined: frozenset[str]
    use_ends: bool


@dataclass(frozen=True, slots=True)
class ConditionEnforcement:
    """Where the conditions are decided, and how use has kept to them since they stand (3.5a).

    ``defined`` says that the firm's own conditions are in force; ``used_outside`` sessions on record were opened or used
    outside them, ``open_outside`` are open now that should have ended a while ago.
    """

    defined: bool
    at_sign_in: bool
    on_every_request: bool
    used_outside: int
    open_outside: int


@dataclass(frozen=True, slots=True)
class SessionEnding:
    """How sessions end by themselves (3.5b): minutes without use, hours at most (None: no limit), and the sweeper.

    ``swept_at`` is when the sweeper last finished (None: never), ``sweep_minutes`` how long it may stay away;
    ``overdue`` sessions are open past their idle time or longest use.
    """

    idle_minutes: float | None
    longest_hours: float | None
    swept_at: datetime | None
    sweep_minutes: float
    overdue: int


@dataclass(frozen=True, slots=True)
class ServerSideChecks:
    """Where sign-in and rights are verified (3.10).

    ``gate`` says that every route passes the check of rights; ``without_right`` routes declare none; ``open_elsewhere``
    are open to anybody though they are no part of signing in. ``opaque_session`` says that the browser holds a random
    key only; ``trusted_headers`` are what would take an identity from the request, ``other_backends`` what would
    accept a sign-in besides the one verified.
    """

    routes: int
    gate: bool
    without_right: frozenset[str]
    open_elsewhere: frozenset[str]
    opaque_session: bool
    cookie_guarded: bool
    trusted_headers: frozenset[str]
    other_backends: frozenset[str]
