"""Reading sign-ins and recoveries, for apps above."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from fanghu.signin.attempts import hash_of
from fanghu.signin.models import EnrolmentLink, FailureCount, LedgerSession

if TYPE_CHECKING:
    from fanghu.accounts.reading import Account

SHOWN_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Recovery:
    """A link made on the machine for a lost second factor: whose, when, and whether it was used."""

    login_id: str
    made_at: datetime
    used_at: datetime | None


def recent_recoveries(now: datetime) -> list[Recovery]:
    """Recoveries of the last 30 days, newest first; the board shows them."""
    links = EnrolmentLink.objects.filter(purpose="again", made_at__gte=now - SHOWN_FOR).order_by("-made_at")
    return [Recovery(str(link.account), link.made_at, link.used_at) for link in links.select_related("account")]


def open_sessions(account: Account) -> list[LedgerSession]:
    """The account's open sessions, newest first."""
    return list(LedgerSession.objects.filter(account=account, ended_at=None).order_by("-started_at"))


def all_open_sessions() -> list[LedgerSession]:
    """Every open session with its account and its roles, oldest first (two queries)."""
    rows = LedgerSession.objects.filter(ended_at=None).order_by("started_at", "pk")
    return list(rows.select_related("account").prefetch_related("account__roles"))


def opened_before(session: LedgerSession) -> int:
    """How many sessions of its account were opened before it and are still open."""
    rows = LedgerSession.objects.filter(account=session.account_id, ended_at=None)
    return rows.filter(started_at__lt=session.started_at).count()


@dataclass(frozen=True, slots=True)
class FailedTries:
    """Failed tries for one login id: before its last successful sign-in (and after the one before), and since it."""

    before: int = 0
    since: int = 0


def failed_tries(account: Account) -> FailedTries:
    """What was tried and failed for this account."""
    count = FailureCount.objects.filter(pk=hash_of(account.login_id)).first()
    return FailedTries(count.tries_before, count.tries) if count else FailedTries()


def last_sign_in(account: Account, *, before: LedgerSession | None = None) -> LedgerSession | None:
    """The newest session of the account, or the newest begun before the given one."""
    rows = LedgerSession.objects.filter(account=account).order_by("-started_at")
    return (rows.filter(started_at__lt=before.started_at) if before is not None else rows).first()


def sessions_of(account: Account) -> int:
    """How many sessions of the account are open."""
    return LedgerSession.objects.filter(account=account, ended_at=None).count()


def session_by_id(session_id: str) -> LedgerSession | None:
    """One open session with its account."""
    return LedgerSession.objects.filter(pk=session_id, ended_at=None).select_related("account").first()
