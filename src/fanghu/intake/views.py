"""Pages of sources: what is expected and what comes, one source with its gaps, tokens and configuration."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from fanghu.alarms.words import name_of
from fanghu.faults import Fault
from fanghu.intake import actions, reading
from fanghu.intake.failures import running
from fanghu.intake.forms import ListenForm, SourceForm, TokenForm
from fanghu.intake.models import HostConfig, ListenAddresses, Source, SourceGap
from fanghu.intake.records import LABELS, found, listening, record_of, worded
from fanghu.intake.rules import moment
from fanghu.intake.snippets import snippets
from fanghu.shell.access import asks, doer_of
from fanghu.shell.rights import Right

GAPS_SHOWN = 50
SHOWN = (
    "format", "ways", "every_seconds", "hours_from", "hours_until", "addresses", "hosts", "certificates", "paths",
    "journal", "zone", "most_per_second",
)  # fmt: skip


def _named(gap: SourceGap | None) -> dict[str, Any] | None:
    return None if gap is None else {"row": gap, "cause": name_of(gap.cause)}


@require_safe
@asks(Right.BOARD_VIEW)
def sources(request: HttpRequest) -> HttpResponse:
    """Every source with its last record, what is expected, and its gaps; the intake itself."""
    state, plan, now = reading.state(), reading.plan(), timezone.now()
    there = running(state, now)
    context = {
        "sources": [{"shown": each, "gap": _named(each.gap), "every": worded("every_seconds", each.row.every_seconds)}
                    for each in reading.sources()],
        "own_gaps": [_named(gap) for gap in reading.own_gaps()],
        "running": there,
        "since": moment(state.since) if state and there else None,
        "trouble": state.trouble if state and there else "",
        "unknown": state.unknown if state and there else 0,
        "listeners": [(LABELS[name], getattr(plan.listen, name)) for name in ("http", "syslog_tls", "syslog_tcp", "syslog_udp")],
        "may_change": Right.SOURCE_MANAGE in request.user.rights,
    }  # fmt: skip
    return render(request, "intake/sources.html", context)


@require_safe
@asks(Right.BOARD_VIEW)
def source(request: HttpRequest, pk: int) -> HttpResponse:
    """One source: as declared, what came, its gaps, and how a sender is set up."""
    return _source(request, pk)


def _source(request: HttpRequest, pk: int, *, token: str = "", form: TokenForm | None = None) -> HttpResponse:
    row = Source.objects.select_related("system", "seen").prefetch_related("gaps", "tokens").filter(pk=pk).first()
    if row is None:
        raise Http404
    now = timezone.now()
    may = Right.SOURCE_MANAGE in request.user.rights and row.removed_at is None and not row.run
    context = {
        "shown": reading.shown(row),
        "fields": [(LABELS[name], worded(name, getattr(row, name))) for name in SHOWN],
        "gaps": [_named(gap) for gap in list(row.gaps.all())[:GAPS_SHOWN]],
        "tokens": [
            {"row": each, "open": each.revoked_at is None and each.expires_at > now} for each in row.tokens.all()
        ],
        "configs": list(HostConfig.objects.filter(source=row.name)[:GAPS_SHOWN]),
        "snippets": list(snippets(row.name, row.ways, reading.plan().listen)),
        "may_change": may,
        "token": token,
        "token_form": form or TokenForm(),
        "over_http": bool({"http", "otlp"} & set(row.ways)),
    }
    return render(request, "intake/source.html", context, status=400 if form is not None and form.errors else 200)


@asks(Right.SOURCE_MANAGE)
def declare(request: HttpRequest) -> HttpResponse:
    """Declare a source."""
    form = SourceForm(request.POST or None, new=True)
    if request.method == "POST" and form.is_valid():
        try:
            row = actions.declare(
                form.cleaned_data["name"], form.values(), by=doer_of(request), now=timezone.now()
            )  # fmt: skip
        except Fault as fault:
            form.refused(fault)
        else:
            messages.success(request, _("Declared; its records are expected from now on."))
            return redirect("source", row.pk)
    return _page(request, form, _("Declare a source"))


@asks(Right.SOURCE_MANAGE)
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a source at once, or ask a second person."""
    row = found(pk)
    values = record_of(row)
    initial = {**values, "every_minutes": max(1, round(values["every_seconds"] / 60))}
    form = SourceForm(request.POST or None, new=False, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            reason = form.cleaned_data["reason"]
            asked = actions.change(pk, form.values(), reason, by=doer_of(request), now=timezone.now())
        except Fault as fault:
            form.refused(fault)
        else:
            return _done(request, asked, pk)
    return _page(request, form, row.name, removable=pk)


@require_POST
@asks(Right.SOURCE_MANAGE)
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask a second person to remove a source."""
    reason = request.POST.get("reason", "")
    return _done(request, actions.ask_removal(pk, reason, by=doer_of(request), now=timezone.now()), pk)


@require_POST
@asks(Right.SOURCE_MANAGE)
def token(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a token; the answer is the one page that ever shows it, and nothing stores it."""
    form = TokenForm(request.POST)
    if form.is_valid():
        try:
            made = actions.make_token(
                pk, form.cleaned_data["label"], form.expires_at(), by=doer_of(request), now=timezone.now()
            )  # fmt: skip
        except Fault as fault:
            form.refused(fault)
        else:
            answer = _source(request, pk, token=made)
            answer["Cache-Control"] = "no-store"
            return answer
    return _source(request, pk, form=form)


@require_POST
@asks(Right.SOURCE_MANAGE)
def revoke(request: HttpRequest, pk: int, token: int) -> HttpResponse:
    """End a token at once."""
    actions.revoke_token(pk, token, by=doer_of(request), now=timezone.now())
    messages.success(request, _("The token lets nothing in any more."))
    return redirect("source", pk)


@asks(Right.SOURCE_MANAGE)
def listen(request: HttpRequest) -> HttpResponse:
    """Set where the intake listens."""
    row = ListenAddresses.objects.filter(pk=1).first()
    now_open = reading.plan().listen
    usual = {name: getattr(now_open, name) for name in ("http", "syslog_tls", "syslog_tcp", "syslog_udp")}
    form = ListenForm(request.POST or None, initial=listening(row) if row else usual)
    if request.method == "POST" and form.is_valid():
        try:
            reason = form.cleaned_data["reason"]
            asked = actions.listen(form.values(), reason, by=doer_of(request), now=timezone.now())
        except Fault as fault:
            form.refused(fault)
        else:
            return _done(request, asked)
    return _page(request, form, _("Where the intake listens"))


def _done(request: HttpRequest, asked: Any, pk: int | None = None) -> HttpResponse:
    if asked is not None:
        messages.success(request, _("Asked for; it waits for a second person."))
        return redirect("approval", asked.pk)
    messages.success(request, _("Changed; the intake follows within seconds."))
    return redirect("source", pk) if pk is not None else redirect("sources")


def _page(request: HttpRequest, form: Any, title: str, removable: int | None = None) -> HttpResponse:
    context = {"form": form, "title": title, "removable": removable}
    return render(request, "intake/edit.html", context, status=400 if form.errors else 200)
