"""My work: what waits for the person who is signed in, and what is due."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from fanghu.accounts.reading import unsettled_strays
from fanghu.alarms.reading import waiting as alarms_waiting
from fanghu.approvals.reading import asked_by, waiting_for
from fanghu.assurance import reading
from fanghu.console.board import ending, subject_name, tongue
from fanghu.register.reading import system_names
from fanghu.regulation import load
from fanghu.reviews.reading import to_do
from fanghu.shell.access import asks
from fanghu.shell.rights import Right

MOST = 30


@require_safe
@asks(Right.BOARD_VIEW)
def my_work(request: HttpRequest) -> HttpResponse:
    """Approvals that wait for me, those I asked for, what ends soon, drills that are due, required duties not met."""
    now, names = timezone.now(), system_names()
    broken = _broken(now)
    drills = [
        shown for shown in reading.drills_shown()
        if shown.last is None or shown.last.result != "passed" or (shown.next_at and shown.next_at <= now)
    ]  # fmt: skip
    context = {
        "waiting": list(waiting_for(request.user).select_related("asked_by_person")[:MOST]),
        "asked": list(asked_by(request.user)[:MOST]),
        "strays": unsettled_strays() if Right.APPROVAL_DECIDE in getattr(request.user, "rights", ()) else 0,
        "alarms": alarms_waiting() if Right.ALARM_HANDLE in getattr(request.user, "rights", ()) else 0,
        "reviews": to_do(now) if Right.LOG_REVIEW in getattr(request.user, "rights", ()) else [],
        "ending": ending(now, names),
        "drills": drills,
        "broken": _explained(broken[:MOST], now),
        "more": max(len(broken) - MOST, 0),
    }
    return render(request, "console/work.html", context)


def _broken(now: datetime) -> list[tuple[str, str]]:
    """(duty, subject) of every required duty known to be unmet, in the law's order."""
    law = load(settings.FANGHU_EDITION).duties
    place = {duty: number for number, duty in enumerate(law)}
    found = [
        (cell.duty, cell.subject) for cell in reading.board(now).cells
        if cell.verdict == "not_met" and not cell.relieved and law[cell.duty].strength == "shall"
    ]  # fmt: skip
    return sorted(found, key=lambda key: (place[key[0]], key[1]))


def _explained(keys: list[tuple[str, str]], now: datetime) -> list[dict[str, Any]]:
    """The cells with their reasons; one more query, for these duties alone."""
    wanted, names, law = set(keys), system_names(), load(settings.FANGHU_EDITION).duties
    cells = reading.cells(None, now, duties={duty for duty, _subject in keys}) if keys else []
    return [
        {
            "duty": law[cell.duty],
            "title": law[cell.duty].title.within(tongue()),
            "subject": cell.subject,
            "because": cell.because[0 if tongue().startswith("zh") else 1],
            "name": subject_name(cell.subject, names),
            "since": cell.since,
            "slug": str(cell.subject).removeprefix("system:"),
        }
        for cell in cells
        if (cell.duty, str(cell.subject)) in wanted
    ]
