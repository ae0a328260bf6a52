"""What goes by the clock here: check-outs that end, and sign-ins matched to whoever stands behind them."""

from __future__ import annotations

from datetime import datetime, timedelta

from fanghu.accounts.check_outs import end_due
from fanghu.accounts.strays import look
from fanghu.events.doer import KEEPER
from fanghu.jobs.job import Job


def end_check_outs(now: datetime) -> object:
    """End check-outs whose time is over; each end leaves its event."""
    return end_due(by=KEEPER, now=now)


JOBS = [
    Job("accounts.check_outs", timedelta(seconds=30), end_check_outs),
    Job("accounts.strays", timedelta(seconds=30), look),
]
