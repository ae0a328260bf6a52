"""Searches that somebody keeps under a name of theirs."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from fanghu.auditlog.models import SavedSearch
from fanghu.events.actions import record
from fanghu.events.doer import Doer
from fanghu.faults import Exit, Fault
from fanghu.shell.access import asks, doer_of
from fanghu.shell.rights import Right

FIELDS = ("q", "source", "outcome", "since", "until")
MOST = 50


def keep(account: Any, name: str, asked: dict[str, str], *, by: Doer, now: datetime) -> SavedSearch:
    """Keep a search under ``name``, in place of one of that name; Fault FH-LOG-36 without a name or with too many."""
    name = name.strip()[:80]
    if not name:
        raise Fault("FH-LOG-36", "Give the search a name.", "請為此查詢命名。", exit_code=Exit.USAGE)
    mine = SavedSearch.objects.filter(account_id=account)
    if mine.exclude(name=name).count() >= MOST:
        raise Fault("FH-LOG-36", f"You keep {MOST} searches already; remove one first.",
                    f"已保存 {MOST} 個查詢，請先移除一個。", exit_code=Exit.USAGE)  # fmt: skip
    with transaction.atomic():
        saved, _made = SavedSearch.objects.update_or_create(
            account_id=account, name=name, defaults={"asked": asked, "at": now}
        )
        record("search.saved", by=by, now=now, object_=f"search:{saved.pk}", detail={"filters": sorted(asked)})
    return saved


def kept_by(account: Any) -> list[dict[str, Any]]:
    """Somebody's searches, each with its name and the way to it."""
    return [
        {"id": saved.pk, "name": saved.name, "url": f"{reverse('log')}?{urlencode(saved.asked)}"}
        for saved in SavedSearch.objects.filter(account_id=account)
    ]


@require_POST
@asks(Right.LOG_READ)
def save(request: HttpRequest) -> HttpResponse:
    """Keep the search on the page."""
    asked = {name: value[:400] for name in FIELDS if (value := request.POST.get(name, "").strip())}
    saved = keep(request.user.pk, request.POST.get("name", ""), asked, by=doer_of(request), now=timezone.now())
    messages.success(request, _("The search is kept as “%(name)s”.") % {"name": saved.name})
    return redirect(f"{reverse('log')}?{urlencode(saved.asked)}")


@require_POST
@asks(Right.LOG_READ)
def remove(request: HttpRequest, saved_id: int) -> HttpResponse:
    """Remove one of one's own."""
    saved = get_object_or_404(SavedSearch, pk=saved_id, account_id=request.user.pk)
    with transaction.atomic():
        record("search.removed", by=doer_of(request), now=timezone.now(), object_=f"search:{saved.pk}")
        saved.delete()
    messages.success(request, _("The kept search is removed."))
    return redirect("log")
