"""Reading sign-ins and recoveries, for apps above."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from fanghu.signin.models import EnrolmentLink, LedgerSession
from fanghu.signin.rules import session_end

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


def open_sessions(account: Account, now: datetime) -> list[LedgerSession]:
    """The account's open sessions that still live, newest first."""
    rows = LedgerSession.objects.filter(account=account, ended_at=None).order_by("-started_at")
    return [row for row in rows if session_end(row.started_at, row.seen_at, now) is None]


def last_sign_in(account: Account, *, besides: str = "") -> LedgerSession | None:
    """The newest session of the account, not counting the present one."""
    rows = LedgerSession.objects.filter(account=account).order_by("-started_at")
    return (rows.exclude(pk=besides) if besides else rows).first()
