"""Pages of declared addresses and flows, with what probes saw."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.contrib import messages
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from fanghu.accounts.reading import is_canary_of_open_run
from fanghu.endpoints import actions, rules
from fanghu.endpoints.forms import FORMS
from fanghu.endpoints.models import Endpoint, Flow
from fanghu.endpoints.provoked import SECRET, Provoked
from fanghu.endpoints.records import found, record_of
from fanghu.faults import Fault
from fanghu.probes.endpoint import EndpointSeen
from fanghu.probes.error_pages import ErrorSeen
from fanghu.shell.access import asks, doer_of
from fanghu.shell.rights import Right

SOON = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Shown:
    """An address as its line shows it: the row, when it was probed, what was seen, what is wrong with it."""

    row: Endpoint
    at: datetime | None
    seen: EndpointSeen | None
    why_not: str
    wrongs: list[str]
    ends: datetime | None

    @property
    def ends_soon(self) -> bool:
        """Whether a certificate of the chain runs out within a month."""
        return self.ends is not None and self.ends - timezone.now() < SOON


def _shown(row: Endpoint) -> Shown:
    last = getattr(row, "probe", None)
    if last is None:
        return Shown(row, None, None, "", [], None)
    if not last.reached:
        return Shown(row, last.at, None, last.why_not, [], None)
    seen = msgspec.convert(last.seen, EndpointSeen)
    wrongs = [] if seen.tls.speaks else [_("not encrypted")]
    if rules.clear_answers(seen):
        wrongs.append(_("also served without encryption"))
    wrongs += sorted(rules.weaknesses(seen))
    if seen.tls.distrust:
        wrongs.append(seen.tls.distrust)
    wrongs += sorted(rules.poor_cookies(seen))
    if seen.page and not seen.hsts:
        wrongs.append(_("no HSTS"))
    wrongs += sorted(rules.leaking(seen.errors))
    return Shown(row, last.at, seen, "", wrongs, seen.tls.ends)


@require_safe
@asks(Right.REGISTER_VIEW)
def endpoints(request: HttpRequest) -> HttpResponse:
    """Every declared address with its newest probe, and every declared flow."""
    rows = Endpoint.objects.select_related("system", "probe")
    context = {
        "endpoints": [_shown(row) for row in rows],
        "flows": Flow.objects.select_related("system", "endpoint"),
        "may_change": Right.REGISTER_CHANGE in request.user.rights,
        "may_probe": Right.JUDGE_RUN in request.user.rights,
        "now": timezone.now(),
    }
    return render(request, "endpoints/endpoints.html", context)


@require_safe
@asks(Right.REGISTER_VIEW)
def endpoint(request: HttpRequest, pk: int) -> HttpResponse:
    """One address: all that its newest probe saw."""
    row = Endpoint.objects.select_related("system", "probe").filter(pk=pk).first()
    if row is None:
        raise Http404
    shown = _shown(row)
    errors: list[ErrorSeen] = list(shown.seen.errors) if shown.seen else []
    context = {
        "shown": shown,
        "errors": errors,
        "versions": sorted(shown.seen.tls.versions) if shown.seen else [],
        "suites": sorted(shown.seen.tls.suites) if shown.seen else [],
        "groups": sorted(shown.seen.tls.groups) if shown.seen else [],
        "flows": row.flows.all(),
        "may_change": Right.REGISTER_CHANGE in request.user.rights and not row.own,
        "may_probe": Right.JUDGE_RUN in request.user.rights,
    }
    return render(request, "endpoints/endpoint.html", context)


@asks(Right.REGISTER_CHANGE)
def declare(request: HttpRequest, kind: str) -> HttpResponse:
    """Declare an address or a flow."""
    form = FORMS[kind](request.POST or None, new=True)
    if request.method == "POST" and form.is_valid():
        try:
            actions.declare(kind, form.values(), by=doer_of(request), now=timezone.now())
        except Fault as fault:
            form.refused(fault)
        else:
            messages.success(request, _("Declared; an address is probed within a minute."))
            return redirect("endpoints")
    title = _("Declare an address") if kind == "endpoint" else _("Declare a flow")
    return _page(request, form, title)


@asks(Right.REGISTER_CHANGE)
def change(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Ask a second person to change an address or a flow."""
    row = found(kind, pk)
    form = FORMS[kind](request.POST or None, new=False, initial=record_of(row))
    if request.method == "POST" and form.is_valid():
        try:
            reason = form.cleaned_data["reason"]
            asked = actions.ask_change(kind, pk, form.values(), reason, by=doer_of(request), now=timezone.now())
        except Fault as fault:
            form.refused(fault)
        else:
            return _asked(request, asked.pk)
    return _page(request, form, str(row), removable=reverse(f"{kind}_remove", args=[pk]))


@require_POST
@asks(Right.REGISTER_CHANGE)
def remove(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Ask a second person to remove an address or a flow."""
    reason = request.POST.get("reason", "")
    asked = actions.ask_change(kind, pk, None, reason, by=doer_of(request), now=timezone.now())
    return _asked(request, asked.pk)


@require_POST
@asks(Right.JUDGE_RUN)
def probe_now(request: HttpRequest, pk: int) -> HttpResponse:
    """Have an address probed at the keeper's next turn."""
    actions.ask_for_probe(pk, by=doer_of(request), now=timezone.now())
    messages.success(request, _("It will be probed within a minute."))
    return redirect("endpoint", pk)


@require_safe
@asks(Right.SELF)
def provoked(request: HttpRequest, how: str) -> HttpResponse:
    """Fail on purpose, for the canary account of a drill that is under way; there is no such page for anybody else."""
    if not is_canary_of_open_run(request.user):  # type: ignore[arg-type]
        raise Http404
    if how == "database":
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT balance FROM {SECRET}")  # noqa: S608 - a table that never was
    raise Provoked(f"{SECRET} at {__file__}")


def _asked(request: HttpRequest, approval: Any) -> HttpResponse:
    messages.success(request, _("Asked for; it waits for a second person."))
    return redirect("approval", approval)


def _page(request: HttpRequest, form: Any, title: str, removable: str = "") -> HttpResponse:
    context = {"form": form, "title": title, "removable": removable}
    return render(request, "endpoints/edit.html", context, status=400 if form.errors else 200)
