"""Pages of alarms: what waits for a person, and one alarm with its story."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from fanghu.alarms import actions
from fanghu.alarms.forms import NoteForm
from fanghu.alarms.models import Alarm
from fanghu.alarms.reading import unclosed
from fanghu.alarms.routes import routes
from fanghu.alarms.words import cause_of, name_of, problem_of, remedy_of
from fanghu.faults import Fault
from fanghu.register.reading import system_names
from fanghu.shell.access import asks, doer_of
from fanghu.shell.rights import Right
from fanghu.testimony import Subject

CLOSED_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Shown:
    """An alarm as its line shows it."""

    row: Alarm
    name: str
    cause: str
    system: str
    slug: str


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of an alarm's story."""

    at: datetime
    what: str
    who: str = ""
    note: str = ""


def _shown(row: Alarm, names: dict[str, str]) -> Shown:
    slug = Subject.parse(row.subject).slug
    return Shown(row, name_of(row.kind), cause_of(row.kind, row.params), names.get(slug, slug), slug)


@require_safe
@asks(Right.BOARD_VIEW)
def alarms(request: HttpRequest) -> HttpResponse:
    """What waits for a person first, then what was closed last."""
    names = system_names()
    closed = Alarm.objects.filter(run="").exclude(closed_at=None).order_by("-closed_at")
    context = {
        "waiting": [_shown(row, names) for row in unclosed()],
        "closed": [_shown(row, names) for row in closed[:CLOSED_SHOWN]],
        "ways": [_("mail") if way == "mail" else _("webhook") for way in routes()],
    }
    return render(request, "alarms/alarms.html", context)


@require_safe
@asks(Right.BOARD_VIEW)
def alarm(request: HttpRequest, pk: int) -> HttpResponse:
    """One alarm: its cause, its story, and the forms of those who may act on it."""
    row = Alarm.objects.filter(pk=pk).first()
    if row is None:
        raise Http404
    return _page(request, row)


@require_POST
@asks(Right.ALARM_HANDLE)
def handle(request: HttpRequest, pk: int, deed: str) -> HttpResponse:
    """Record what was done, or close."""
    row = Alarm.objects.filter(pk=pk).first()
    if row is None:
        raise Http404
    form = NoteForm(request.POST, deed=deed)
    if form.is_valid():
        change = actions.act if deed == "act" else actions.close
        try:
            change(pk, form.cleaned_data["note"], by=doer_of(request), now=timezone.now())
        except Fault as fault:
            form.refused(fault)
        else:
            messages.success(request, _("Recorded.") if deed == "act" else _("The alarm is closed."))
            return redirect("alarm", pk)
    return _page(request, row, form, deed)


def _page(request: HttpRequest, row: Alarm, form: NoteForm | None = None, deed: str = "") -> HttpResponse:
    may = Right.ALARM_HANDLE in request.user.rights and row.closed_at is None
    context: dict[str, Any] = {
        "shown": _shown(row, system_names()),
        "remedy": remedy_of(row.kind),
        "story": story(row),
        "undelivered": [
            {"row": each, "problem": problem_of(each.problem)}
            for each in row.tellings.filter(told_at=None).order_by("pk")
        ],
        "may_handle": may,
        "act_form": form if deed == "act" and form else NoteForm(deed="act"),
        "close_form": form if deed == "close" and form else NoteForm(deed="close"),
        "may_close": may and row.ended_at is not None and row.acted_at is not None,
    }
    return render(request, "alarms/alarm.html", context, status=400 if form is not None and form.errors else 200)


def story(row: Alarm) -> list[Moment]:
    """What happened, in order."""
    told = [
        Moment(each.told_at, _("told by {way}").format(way=each.get_way_display()), note=each.get_about_display())
        for each in row.tellings.all()
        if each.told_at
    ]
    acts = [
        Moment(each.at, each.get_kind_display(), each.by.display_name or each.by.login_id, each.note)
        for each in row.acts.select_related("by")
    ]
    begun = [Moment(row.opened_at, _("raised"))]
    if row.times > 1:
        begun.append(Moment(row.raised_at, _("came again, {times} times in all").format(times=row.times)))
    if row.ended_at:
        begun.append(Moment(row.ended_at, _("ended by itself")))
    return sorted([*begun, *told, *acts], key=lambda moment: moment.at)
