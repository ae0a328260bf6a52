"""The sample's reviews of the log: bob's daily ones with a holiday of his, a finding or two, the monthly ones."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from fanghu.auditlog.actions import deliver
from fanghu.events.doer import Doer
from fanghu.reviews.actions import close_finding, note_finding, sign_day, sign_empty, sign_period
from fanghu.reviews.gathering import gather
from fanghu.reviews.reading import next_periods
from fanghu.reviews.rules import DAY, Day
from fanghu.reviews.standing import core_systems, days_of, open_findings, taipei_date

BEGINS = 3
AWAY = range(50, 55)
"""Days of the story on which nobody stood in for bob."""

LAST = 91
"""The story's last day: what fell due then still waits."""

MONTH, AHEAD = timedelta(days=31), timedelta(days=3)
LOOKED_AT = "登入失敗、帳號與權限異動、來源中斷情形。"
FOUND, DONE = "週一清晨以 root 登入 web1，未附維護單號。", "補附維護單 CHG-1150312，核對無誤。"
NOTED, LEFT = range(40, 47), 84
FOLLOWED_UP = timedelta(days=3)


def review(doers: Mapping[str, Doer], number: int, now: datetime) -> None:
    """What is done about reviews on a day of the story (``number``, from 0) at its end of work."""
    gather(now, limit=1_000_000)
    if not BEGINS <= number < LAST or number in AWAY or taipei_date(now).weekday() > 4:
        return
    bob = doers["bob"]
    waiting = [day for days in days_of(core_systems(), now).values() for day in days if day.waits]
    for day in waiting:
        if day.records:
            sign_day(day.system, day.day, day.content_hash, by=bob, now=now)
    empty = [(day.system, day.day) for day in waiting if not day.records]
    if empty:
        sign_empty(empty, by=bob, now=now)
    _findings(waiting, number, bob, doers["erin"], now)
    due, today = next_periods(core_systems(), now).get("fanghu"), taipei_date(now)
    if due is not None and due - today <= AHEAD:
        sign_period(sorted(core_systems()), due - MONTH + DAY, today, LOOKED_AT, by=bob, now=now)
    deliver(now)


def _findings(seen: list[Day], number: int, bob: Doer, erin: Doer, now: datetime) -> None:
    """One finding is followed up within days; the newest is still open when the story ends."""
    left = open_findings().first()
    if left is None and (number >= LEFT or number in NOTED):
        day = next((each for each in seen if each.system == "webtrade" and each.records), None)
        if day is not None:
            note_finding(day.system, day.day, FOUND, by=bob, now=now)
    elif left is not None and now - left.noted_at >= FOLLOWED_UP and number < LEFT:
        close_finding(left.pk, DONE, by=erin, now=now)
