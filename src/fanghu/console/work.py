"""My work: what waits for the person who is signed in, and what is due."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from fanghu.approvals.reading import asked_by, waiting_for
from fanghu.assurance import reading
from fanghu.console.board import ending, subject_name, tongue
from fanghu.console.words import VERDICTS
from fanghu.register.reading import system_names
from fanghu.regulation import load
from fanghu.shell.access import asks
from fanghu.shell.rights import Right

MOST = 30


@require_safe
@asks(Right.BOARD_VIEW)
def my_work(request: HttpRequest) -> HttpResponse:
    """Approvals that wait for me, those I asked for, what ends soon, drills that are due, required duties not met."""
    now, names, edition = timezone.now(), system_names(), load(settings.FANGHU_EDITION)
    broken: list[dict[str, Any]] = []
    for cell in reading.cells(None, now):
        if cell.verdict == "not_met" and cell.strength == "shall" and cell.relief is None:
            duty = edition.duties[cell.duty]
            because = cell.because[0 if tongue().startswith("zh") else 1]
            broken.append(
                {"duty": duty, "title": duty.title.within(tongue()), "subject": cell.subject, "because": because,
                 "name": subject_name(cell.subject, names), "since": cell.since,
                 "slug": str(cell.subject).removeprefix("system:")}
            )  # fmt: skip
    drills = [
        shown for shown in reading.drills_shown()
        if shown.last is None or shown.last.result != "passed" or (shown.next_at and shown.next_at <= now)
    ]  # fmt: skip
    context = {
        "waiting": list(waiting_for(request.user).select_related("asked_by_person")[:MOST]),
        "asked": list(asked_by(request.user)[:MOST]),
        "ending": ending(now, names),
        "drills": drills,
        "broken": broken[:MOST],
        "more": max(len(broken) - MOST, 0),
        "verdicts": VERDICTS,
    }
    return render(request, "console/work.html", context)
