"""The one decision on use: whether an account may be used now, from there, for that, under the conditions (3.4, 3.5).

Asked at sign-in, on every request and by the sweeper; pure and total: whatever it is given, it decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Literal

Network = IPv4Network | IPv6Network
TAIPEI = timezone(timedelta(hours=8))
Reason = Literal["too_long", "idle", "hours", "source", "kind", "function", "sessions", "resource"]
KEEPS_SESSION = frozenset({"resource"})
"""A request for something outside the conditions is refused; the session itself is inside them and goes on."""


@dataclass(frozen=True, slots=True)
class Window:
    """Usable hours in Taipei time: weekdays (1 Monday … 7 Sunday), first minute of the day, minute past the last.

    ``until`` not after ``start`` means past midnight, into the day after.
    """

    days: frozenset[int]
    start: int
    until: int

    def holds(self, now: datetime) -> bool:
        """Whether ``now`` lies inside."""
        local = now.astimezone(TAIPEI)
        minute, today = local.hour * 60 + local.minute, local.isoweekday()
        if self.start < self.until:
            return today in self.days and self.start <= minute < self.until
        yesterday = (today - 2) % 7 + 1
        return (today in self.days and minute >= self.start) or (yesterday in self.days and minute < self.until)


@dataclass(frozen=True, slots=True)
class Condition:
    """The conditions of use of one system; None is the explicit "no limit".

    ``functions`` names for each kind of account the functions (for system one: the roles) it may use; a kind that is
    not named may not use the system. ``resources`` are the first parts of addresses that may be asked for.
    """

    idle: timedelta | None
    longest: timedelta | None
    hours: tuple[Window, ...] | None
    functions: Mapping[str, frozenset[str]] | None
    sources: tuple[Network, ...] | None
    sessions: int | None
    resources: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Use:
    """What is asked for: by which kind of account in which roles, from where, in a session of what age, for what.

    ``opened_before`` counts the account's other open sessions that began earlier; ``path`` is "" where nothing in
    particular is asked for (sign-in, the sweeper).
    """

    kind: str
    roles: frozenset[str]
    source: str
    started_at: datetime
    seen_at: datetime
    opened_before: int = 0
    path: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """Every reason against; none means allowed."""

    reasons: tuple[Reason, ...]

    @property
    def allow(self) -> bool:
        """Whether the use lies inside the conditions."""
        return not self.reasons

    @property
    def ends(self) -> Reason | None:
        """The first reason for which the session must end, or None."""
        return next((reason for reason in self.reasons if reason not in KEEPS_SESSION), None)


def decide(condition: Condition, use: Use, now: datetime) -> Decision:
    """Weigh ``use`` at ``now`` against every kind of condition."""
    against: dict[Reason, bool] = {
        "too_long": condition.longest is not None and now - use.started_at >= condition.longest,
        "idle": condition.idle is not None and now - use.seen_at >= condition.idle,
        "hours": condition.hours is not None and not any(window.holds(now) for window in condition.hours),
        "source": condition.sources is not None and not comes_from(use.source, condition.sources),
        "kind": condition.functions is not None and use.kind not in condition.functions,
        "function": condition.functions is not None
        and use.kind in condition.functions
        and not use.roles <= condition.functions[use.kind],
        "sessions": condition.sessions is not None and use.opened_before >= condition.sessions,
        "resource": condition.resources is not None and not reaches(use.path, condition.resources),
    }
    return Decision(tuple(reason for reason, holds in against.items() if holds))


def comes_from(source: str, networks: tuple[Network, ...]) -> bool:
    """Whether an address lies in one of ``networks``; what is no address lies in none."""
    try:
        address = ip_address(source.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None) or address
    return any(mapped in network for network in networks if network.version == mapped.version)


ALWAYS = ("/sign-in/", "/i18n/")
"""One's own account and signing out stay within reach, whatever the resources."""


def reaches(path: str, resources: tuple[str, ...]) -> bool:
    """Whether ``path`` lies under one of ``resources``; nothing in particular always does."""
    return not path or path.startswith(ALWAYS + resources)
