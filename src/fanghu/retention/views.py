"""Pages of retention: how long each log is kept, what holds it, what may go and by whose decision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from fanghu.approvals.reading import pending
from fanghu.auditlog.reading import tallied
from fanghu.auditlog.record import LogRecord
from fanghu.auditlog.vault import SealedLog
from fanghu.faults import Fault
from fanghu.keys.locations import LogPlaces
from fanghu.register.reading import system_names
from fanghu.retention import actions
from fanghu.retention.forms import HoldForm, ReasonForm
from fanghu.retention.models import Hold, Pruning
from fanghu.retention.standing import Policy, going
from fanghu.retention.surveying import logs, surveyed
from fanghu.shell.access import asks, doer_of
from fanghu.shell.rights import Right
from fanghu.tlog.damage import LogDamaged
from fanghu.tlog.frames import SEGMENT

MB = 1_000_000


@dataclass(frozen=True, slots=True)
class LogShown:
    """One log as its line shows it; ``goes`` are the entries that may go now."""

    name: str
    first: int
    size: int
    oldest: datetime | None
    megabytes: float
    goes: int
    waits: bool


def _shown(places: LogPlaces, waiting: set[str], now: datetime) -> LogShown:
    log = SealedLog(places.folder)
    first, size = log.reader.first, log.size
    oldest = None
    try:
        if size > first:
            oldest = LogRecord(first, log.reader.entry(first)).received_at
    except LogDamaged:  # the log's own page says so
        pass
    taken = sum(path.stat().st_size for path in (places.folder / "frames").iterdir())
    goes = len(going(surveyed(places.name), now)) * SEGMENT
    return LogShown(places.name, first, size, oldest, taken / MB, goes, f"log:{places.name or 'fanghu'}" in waiting)


@require_safe
@asks(Right.BOARD_VIEW)
def retention(request: HttpRequest) -> HttpResponse:
    """Every log, every system's retention, every hold, every pruning."""
    now = timezone.now()
    waiting = set(pending(actions.PRUNE_KIND).values_list("subject", flat=True))
    policy, names = Policy(tallied()), system_names()
    owned: dict[str, list[str]] = {}
    for source, slug in sorted(policy.owners.items()):
        owned.setdefault(slug, []).append(source)
    context = {
        "logs": [_shown(places, waiting, now) for places in logs()],
        "policies": [
            (slug, names.get(slug, slug), owned.get(slug, []), policy.approved.get(slug))
            for slug in sorted({*owned, *policy.approved})
        ],
        "holds": Hold.objects.select_related("set_by").order_by("-released_at", "-set_at", "-pk")[:50],
        "prunings": Pruning.objects.select_related("approval__asked_by_person", "approval__decided_by_person").order_by("-pk")[:50],
        "may_ask": Right.RETENTION_ASK in request.user.rights,
    }  # fmt: skip
    return render(request, "retention/retention.html", context)


@asks(Right.RETENTION_ASK)
def hold(request: HttpRequest) -> HttpResponse:
    """Hold records back."""
    form = HoldForm(request.POST or None, sources=sorted(tallied()))
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        try:
            actions.set_hold(
                asked["reason"], sources=asked["sources"], since=asked["since"], until=asked["until"],
                by=doer_of(request), now=timezone.now(),
            )  # fmt: skip
        except Fault as fault:
            form.refused(fault)
        else:
            messages.success(request, _("Held from now on; nothing that it covers is let go."))
            return redirect("retention")
    return _page(request, form, _("Hold records back"), _("Hold"))


@asks(Right.RETENTION_ASK)
def release(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask a second person to release a hold."""
    row = get_object_or_404(Hold, pk=pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        asked = actions.ask_release(pk, form.cleaned_data["reason"], by=doer_of(request), now=timezone.now())
        return _asked(request, asked.pk)
    return _page(request, form, _("Release the hold"), _("Ask to release it"), says=row.reason)


@asks(Right.RETENTION_ASK)
def prune(request: HttpRequest, log: str) -> HttpResponse:
    """Ask a second person to let go of what may go."""
    name = "" if log == "fanghu" else log
    if name not in {places.name for places in logs()}:
        raise Http404
    parts = going(surveyed(name), timezone.now())
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        asked = actions.ask_pruning(name, form.cleaned_data["reason"], by=doer_of(request), now=timezone.now())
        return _asked(request, asked.pk)
    says = _(
        "%(count)s entries would be removed from the disk for ever, the newest of %(day)s. A signed record of it stays in "
        "the log, and every proof about the rest stays valid."
    ) % {"count": f"{len(parts) * SEGMENT:,}", "day": f"{timezone.localtime(parts[-1].newest_received):%Y-%m-%d}" if parts else "–"}  # fmt: skip
    return _page(request, form, _("Let go of old records"), _("Ask to let go"), says=says)


def _asked(request: HttpRequest, approval: Any) -> HttpResponse:
    messages.success(request, _("Asked for; it waits for a second person."))
    return redirect("approval", approval)


def _page(request: HttpRequest, form: Any, title: str, submit: str, says: str = "") -> HttpResponse:
    context = {"form": form, "title": title, "submit": submit, "says": says}
    return render(request, "retention/ask.html", context, status=400 if form.errors else 200)
