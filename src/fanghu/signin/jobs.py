"""What ends by the clock: locks, accounts past their end; sessions end by ``access.jobs``."""

from __future__ import annotations

from datetime import datetime, timedelta

from fanghu.accounts.actions import end_expired
from fanghu.events.doer import KEEPER
from fanghu.jobs.job import Job
from fanghu.signin.attempts import end_locks
from fanghu.signin.challenge import forget_spent
from fanghu.signin.cookie import SessionStore
from fanghu.signin.throttling import forget_old
from fanghu.signin.without_script import send_codes


def end_what_is_due(now: datetime) -> object:
    """End locks and accounts whose time is over; each end leaves its event."""
    return end_locks(by=KEEPER, now=now), end_expired(by=KEEPER, now=now)


def forget_old_cookies(now: datetime) -> object:
    """Remove Django's rows of sessions past their date."""
    return SessionStore.clear_expired()


def forget_old_attempts(now: datetime) -> object:
    """Remove the counts of sources whose window is over, and spent proofs once they say nothing any more."""
    return forget_old(now), forget_spent(now)


JOBS = [
    Job("signin.mails", timedelta(seconds=5), send_codes),
    Job("signin.sources", timedelta(minutes=10), forget_old_attempts),
    Job("signin.ends", timedelta(seconds=30), end_what_is_due),
    Job("signin.forgets", timedelta(hours=1), forget_old_cookies),
]
