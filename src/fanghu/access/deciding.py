"""From a request, a sign-in or an open session to the decision."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from fanghu.access.conditions import binding
from fanghu.access.rules import Condition, Decision, Use, decide
from fanghu.signin.reading import opened_before, sessions_of

if TYPE_CHECKING:
    from fanghu.signin.models import LedgerSession


def of_session(session: LedgerSession, account: Any, *, source: str, path: str, now: datetime) -> Decision:
    """Decide on a request within ``session``; sessions and roles are only asked for where a limit is set on them."""
    condition = binding(account)
    earlier = opened_before(session) if condition.sessions is not None else 0
    use = Use(
        account.kind, _roles(condition, account), source, session.started_at, session.seen_at, earlier, path,
    )  # fmt: skip
    return decide(condition, use, now)


def of_sign_in(account: Any, *, source: str, now: datetime) -> Decision:
    """Decide on opening one more session."""
    condition = binding(account)
    open_now = sessions_of(account) if condition.sessions is not None else 0
    return decide(condition, Use(account.kind, _roles(condition, account), source, now, now, open_now), now)


def _roles(condition: Condition, account: Any) -> frozenset[str]:
    return account.role_names if condition.functions is not None else frozenset()
