"""Pages of reviews: every system's days, one day with what administrators did, findings, the periodic review."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from fanghu.auditlog.names import names_of
from fanghu.auditlog.record import OWN_SOURCE
from fanghu.faults import Fault
from fanghu.register.reading import system_names
from fanghu.reviews import actions
from fanghu.reviews.actors import is_actor
from fanghu.reviews.forms import PeriodForm, SignForm
from fanghu.reviews.models import DayReview, Finding, LogReading, PeriodReview
from fanghu.reviews.reading import next_periods
from fanghu.reviews.rules import FOLLOW_UP_DAYS, Day
from fanghu.reviews.standing import Line, core_systems, day_of, days_of, lines_of, open_findings, taipei_date
from fanghu.reviews.words import name_of
from fanghu.shell.access import asks, doer_of, refuse
from fanghu.shell.rights import Right
from fanghu.shell.signals import access_refused

SHOWN, MOST, AT_ONCE = 14, 60, 366
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Row:
    """A day as its line of the list shows it."""

    day: Day
    overdue: bool
    sign_off: DayReview | None


@dataclass(frozen=True, slots=True)
class Section:
    """One system's days: those that wait, and the newest signed ones."""

    slug: str
    name: str
    rows: list[Row]
    empty: list[str]
    waiting: int
    overdue: int
    signed: int
    hidden: int
    after_due: list[date]


@require_safe
@asks(Right.LOG_READ_ALL)
def reviews(request: HttpRequest) -> HttpResponse:
    """Every core system's days with their state; findings that are open."""
    now, names = timezone.now(), system_names()
    today, systems = taipei_date(now), core_systems()
    found = days_of(systems, now)
    context = {
        "sections": [_section(slug, names.get(slug, slug), days, today) for slug, days in found.items()],
        "findings": _findings(open_findings(systems), names, now),
        "may_sign": Right.LOG_REVIEW in request.user.rights,
        "read": LogReading.objects.order_by("read_at").first(),
    }
    return render(request, "reviews/reviews.html", context)


def _section(slug: str, name: str, days: list[Day], today: date) -> Section:
    waiting = [day for day in reversed(days) if day.waits]
    done = [day for day in reversed(days) if not day.waits]
    shown = sorted([*waiting[:MOST], *done[:SHOWN]], key=lambda day: day.day, reverse=True)
    signed = DayReview.objects.filter(system=slug).order_by("part").select_related("signed_by_person")
    newest = {row.day: row for row in signed}
    return Section(
        slug, name, [Row(day, day.overdue(today), newest.get(day.day)) for day in shown],
        [f"{slug}/{day.day}" for day in waiting if not day.records][:AT_ONCE], len(waiting),
        sum(day.overdue(today) for day in waiting), len(done), max(0, len(waiting) - MOST),
        sorted({row.day for row in signed if row.after_due}),
    )  # fmt: skip


def _findings(rows: Any, names: dict[str, str], now: Any) -> list[dict[str, Any]]:
    return [
        {
            "row": row, "name": names.get(row.system, row.system),
            "old": row.closed_at is None and now - row.noted_at > FOLLOW_UP_DAYS * DAY,
        }
        for row in rows
    ]  # fmt: skip


@require_safe
@asks(Right.LOG_READ_ALL)
def day(request: HttpRequest, system: str, day: str) -> HttpResponse:
    """One day: what administrators did, what is unusual about it, who signed it."""
    standing = _standing(system, day)
    actions.read_day(system, standing.day, by=doer_of(request), now=timezone.now())
    return _day_page(request, standing, SignForm(initial={"content_hash": standing.content_hash}))


@require_POST
@asks(Right.LOG_REVIEW)
def sign(request: HttpRequest, system: str, day: str) -> HttpResponse:
    """Sign the day as it was shown."""
    standing, form = _standing(system, day), SignForm(request.POST)
    if not form.is_valid():
        return _day_page(request, standing, form)
    asked = form.cleaned_data
    actions.sign_day(
        system, standing.day, asked["content_hash"], asked["note"], asked["finding"], by=doer_of(request),
        now=timezone.now(),
    )  # fmt: skip
    messages.success(request, _("Signed: %(day)s.") % {"day": standing.day})
    return redirect("reviews")


@require_POST
@asks(Right.LOG_REVIEW)
def sign_empty(request: HttpRequest) -> HttpResponse:
    """Sign the days without any deed that the list showed."""
    chosen = []
    for text in request.POST.getlist("day"):
        slug, _slash, when = text.partition("/")
        chosen.append((slug, _date(when)))
    count = actions.sign_empty(chosen, by=doer_of(request), now=timezone.now())
    told = ngettext("%(count)s day signed as empty.", "%(count)s days signed as empty.", count)
    messages.success(request, told % {"count": count})
    return redirect("reviews")


@require_POST
@asks(Right.LOG_REVIEW)
def note(request: HttpRequest, system: str, day: str) -> HttpResponse:
    """Note something found in a day."""
    standing = _standing(system, day)
    actions.note_finding(
        system, standing.day, request.POST.get("text", ""), by=doer_of(request), now=timezone.now()
    )  # fmt: skip
    messages.success(request, _("Noted; it stays open until somebody says what was done."))
    return redirect("review_day", system, day)


@require_POST
@asks(Right.LOG_REVIEW)
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close a finding with what was done."""
    row = actions.close_finding(pk, request.POST.get("closing", ""), by=doer_of(request), now=timezone.now())
    messages.success(request, _("The finding is closed."))
    return redirect("review_day", row.system, str(row.day))


@asks(Right.LOG_READ_ALL)
def period(request: HttpRequest) -> HttpResponse:
    """The periodic review: when it is due for each system, a form to sign one, those signed before."""
    may_sign = Right.LOG_REVIEW in request.user.rights
    if request.method == "POST" and not may_sign:  # as the gate does for a page that is closed altogether
        access_refused.send(period, request=request, right=str(Right.LOG_REVIEW), page="review_period")
        why = _("Your role lets you read this page, not sign it; ask the security officer.")
        return refuse(request, 403, "FH-REV-13", why)
    now, names, systems = timezone.now(), system_names(), core_systems()
    today, due = taipei_date(now), next_periods(systems, now)
    done = list(PeriodReview.objects.select_related("signed_by_person").order_by("-signed_at")[:24])
    last = {slug: row for row in reversed(done) for slug in row.systems}
    begins = max((row.until for row in done), default=today - 31 * DAY) + DAY
    initial = {"systems": list(systems), "since": min(begins, today), "until": today}
    choices = [(slug, names.get(slug, slug)) for slug in systems]
    form = PeriodForm(request.POST or None, systems=choices, initial=initial)
    if request.method == "POST":
        if form.is_valid():
            try:
                actions.sign_period(**form.cleaned_data, by=doer_of(request), now=now)
            except Fault as refusal:
                form.refused(refusal)
            else:
                messages.success(request, _("The periodic review is signed."))
                return redirect("review_period")
    context = {
        "form": form, "may_sign": may_sign, "today": today,
        "systems": [(slug, names.get(slug, slug), last.get(slug), due.get(slug)) for slug in systems],
        "done": [(row, ", ".join(names.get(slug, slug) for slug in row.systems)) for row in done],
    }  # fmt: skip
    return render(request, "reviews/period.html", context, status=400 if form.errors else 200)


def _standing(system: str, day: str) -> Day:
    found = day_of(system, _date(day), timezone.now())
    if found is None:
        raise Http404
    return found


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Http404 from None


def _day_page(request: HttpRequest, standing: Day, form: SignForm) -> HttpResponse:
    now, names = timezone.now(), system_names()
    lines = lines_of(standing)
    actors = {line.actor for line in lines}
    shown = names_of({line.actor for line in lines if line.source == OWN_SOURCE})
    kept = Finding.objects.filter(system=standing.system, day=standing.day).select_related(
        "noted_by_person", "closed_by_person"
    )
    signed = DayReview.objects.filter(system=standing.system, day=standing.day).select_related("signed_by_person")
    may_sign = Right.LOG_REVIEW in request.user.rights
    context = {
        "day": standing, "name": names.get(standing.system, standing.system), "form": form,
        "overdue": standing.overdue(taipei_date(now)),
        "lines": [_shown(line, shown, standing) for line in lines],
        "unusual": sum(bool(line.new) for line in lines),
        "signed": signed.order_by("part"), "findings": _findings(kept.order_by("noted_at"), names, now),
        "may_sign": may_sign, "own": may_sign and is_actor(doer_of(request), actors, standing.day),
    }  # fmt: skip
    return render(request, "reviews/day.html", context, status=400 if form.errors else 200)


def _who(line: Line, names: dict[str, str]) -> str:
    """Accounts of this console by name in its own records alone: what others send may look like them."""
    if not line.actor:
        return _("somebody not named")
    return names.get(line.actor, line.actor) if line.source == OWN_SOURCE else line.actor


def _shown(line: Line, names: dict[str, str], standing: Day) -> dict[str, Any]:
    words = {
        "actor": _("new person"), "type": _("new kind of deed"), "object": _("new kind of object"),
        "hour": _("unusual hour"), "place": _("new place"),
    }  # fmt: skip
    query = f'type={line.type} source="{line.source}"' + (f' who="{line.actor}"' if line.actor else "")
    span = {"since": standing.day.isoformat(), "until": standing.day.isoformat()}
    return {
        "line": line, "who": _who(line, names), "what": name_of(line.type),
        "new": [words[name] for name in words if name in line.new],
        "url": f"{reverse('log')}?{urlencode({'q': query, **span})}",
    }  # fmt: skip
