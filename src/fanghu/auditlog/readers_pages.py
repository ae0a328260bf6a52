"""The page on who may read which log (4.10), giving a system's log to somebody, and taking it away."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from fanghu.approvals.reading import pending
from fanghu.auditlog import granting
from fanghu.auditlog.forms import ReaderForm
from fanghu.auditlog.models import LogReader
from fanghu.auditlog.readers import readings
from fanghu.auditlog.words import ROLES
from fanghu.faults import Fault
from fanghu.register.reading import people, system_names
from fanghu.shell.access import asks, doer_of
from fanghu.shell.rights import Right


@require_safe
@asks(Right.LOG_READ)
def readers(request: HttpRequest) -> HttpResponse:
    """Who reads everything, and to whom each system's log was given."""
    return _page(request, _form())


@require_POST
@asks(Right.LOG_READERS)
def give(request: HttpRequest) -> HttpResponse:
    """Ask a second person to give a system's log to somebody."""
    form = _form(request.POST)
    if form.is_valid():
        role, person = form.given()
        asked = form.cleaned_data
        try:
            approval = granting.ask_to_give(
                asked["system"], role, person, asked["reason"], by=doer_of(request), now=timezone.now()
            )
        except Fault as fault:
            form.refused(fault)
        else:
            messages.success(request, _("Asked for; it waits for a second person."))
            return redirect("approval", approval.pk)
    return _page(request, form)


@require_POST
@asks(Right.LOG_READERS)
def take_away(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a right away at once."""
    granting.take_away(pk, by=doer_of(request), now=timezone.now())
    messages.success(request, _("Taken away; nothing of it can be read any more."))
    return redirect("log_readers")


def _form(data: Any = None) -> ReaderForm:
    return ReaderForm(
        data,
        systems=sorted(system_names().items()),
        people=[(str(each.pk), f"{each.name} {each.number}") for each in people()],
    )


def _page(request: HttpRequest, form: ReaderForm) -> HttpResponse:
    names, found = system_names(), readings(timezone.now())
    given: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in LogReader.objects.filter(ended_at=None).select_related(
        "system", "person", "approval__asked_by_person", "approval__decided_by_person"
    ):
        who = row.person.name if row.person is not None else ROLES.get(row.role, row.role)
        given[row.system.slug].append({"row": row, "who": who, "stands": row.stands})
    context = {
        "every": found.every,
        "systems": [(slug, names.get(slug, slug), found.systems.get(slug, []), given[slug])
                    for slug in sorted({*found.systems, *given}, key=lambda slug: names.get(slug, slug))],
        "waiting": pending(LogReader.KIND), "form": form,
        "may_give": Right.LOG_READERS in request.user.rights,  # type: ignore[union-attr]
    }  # fmt: skip
    return render(request, "auditlog/readers.html", context, status=400 if form.errors else 200)
