"""The sweeper: sessions that have left the conditions end by themselves, whether or not anybody asks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from fanghu.access.conditions import binding
from fanghu.access.rules import Condition, Reason, Use, decide
from fanghu.events.doer import Doer
from fanghu.signin.reading import all_open_sessions
from fanghu.signin.sessions import end_session

if TYPE_CHECKING:
    from fanghu.signin.models import LedgerSession


def outside(now: datetime) -> Iterator[tuple[LedgerSession, Reason]]:
    """Every open session that must end at ``now``, and why; queries do not grow with the sessions of people."""
    known: dict[str, Condition] = {}
    earlier: Counter[Any] = Counter()
    for session in all_open_sessions():
        account = session.account
        if account.canary_run not in known:
            known[account.canary_run] = binding(account)
        roles = frozenset(held.role for held in account.roles.all())
        use = Use(
            account.kind, roles, session.place, session.started_at, session.seen_at, earlier[account.pk],
        )  # fmt: skip
        reason = decide(known[account.canary_run], use, now).ends
        earlier[account.pk] += 1
        if reason is not None:
            yield session, reason


def end_outside(*, by: Doer, now: datetime) -> int:
    """End what must end, each with its event; return how many."""
    return sum(end_session(session.pk, reason, by=by, now=now) for session, reason in list(outside(now)))
