"""Pages of the audit log: search, state, verification, checkpoints, import."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from fanghu.auditlog import actions, checkpoints, exports, reading, verification
from fanghu.auditlog.forms import ImportForm, KeepForm, PresentForm, SearchForm, SettleForm
from fanghu.auditlog.models import ImportRun, KeptCheckpoint
from fanghu.auditlog.names import names_of
from fanghu.auditlog.order import DEFAULT_ZONE, Order, zone_of
from fanghu.auditlog.query import Query, moment, parse
from fanghu.auditlog.readers import Reach, reach_of
from fanghu.auditlog.record import LogRecord
from fanghu.auditlog.saving import kept_by
from fanghu.auditlog.sentences import sentence
from fanghu.auditlog.visible import visible
from fanghu.faults import Fault
from fanghu.register.reading import system_names
from fanghu.shell.access import Denied, asks, doer_of
from fanghu.shell.rights import Right

PAGE = 50
DEEPEST = 200  # pages; further back, narrow the time
INDEX_INLINE = 20_000
LONGEST = 48  # characters of a name within a sentence
SHOWN = ("log", "index", "id", "time", "source_time", "received_at", "assumed", "who", "object", "host", "ref")


@require_safe
@asks(Right.LOG_READ)
def log(request: HttpRequest) -> HttpResponse:
    """The log: its state, a search, and what was found, newest first."""
    now, by = timezone.now(), doer_of(request)
    reach = reach_of(by)
    form = SearchForm(request.GET or None, sources=_sources(request, reach))
    fault: Fault | None = None
    rows: list[dict[str, Any]] = []
    more = False
    page = _page(request)
    if not form.is_bound or form.is_valid():
        try:
            found = list(
                actions.search(
                    _query(form.cleaned_data if form.is_bound else {}), by=by, now=now, limit=PAGE + 1,
                    offset=(page - 1) * PAGE, newest_first=True, most=INDEX_INLINE,
                )
            )  # fmt: skip
            rows, more = _rows(found[:PAGE]), len(found) > PAGE and page < DEEPEST
        except Fault as why:
            fault = why
    state = reading.state()
    asked = {key: value for key, value in request.GET.items() if key != "page" and value}
    context = {
        "form": form, "rows": rows, "fault": fault, "page": page, "asked": asked,
        "newer": f"?{urlencode({**asked, 'page': page - 1})}" if page > 1 else "",
        "older": f"?{urlencode({**asked, 'page': page + 1})}" if more else "",
        "state": state, "kept_fresh": state.kept_fresh(now), "fresh_days": reading.FRESH_DAYS,
        "imports": _imports(reach)[:5], "reach": reach, "reads": _names_of(reach),
        "others": reading.other_logs() if reach.every else [], "saved": kept_by(request.user.pk),
        "exports": [(shape, f"{reverse('log_export')}?{urlencode({**asked, 'as': shape})}") for shape in exports.FORMATS],
        "may_import": _may(request, Right.LOG_IMPORT),
        "may_settle": _may(request, Right.APPROVAL_DECIDE),
    }  # fmt: skip
    return render(request, "auditlog/log.html", context, status=403 if isinstance(fault, Denied) else 200)


@require_safe
@asks(Right.LOG_READ)
def export(request: HttpRequest) -> StreamingHttpResponse:
    """What a search found, as a file."""
    by = doer_of(request)
    form = SearchForm(request.GET, sources=_sources(request, reach_of(by)))
    shape = request.GET.get("as", "")
    if not form.is_valid():
        raise Fault("FH-LOG-37", "This search cannot be exported; search again.", "無法匯出此查詢；請重新查詢。")
    pieces = actions.export(_query(form.cleaned_data), shape, by=by, now=timezone.now())
    answer = StreamingHttpResponse(pieces, content_type=exports.FORMATS[shape])
    answer["Content-Disposition"] = f'attachment; filename="{exports.file_name(shape)}"'
    answer["Cache-Control"] = "no-store"
    return answer


@require_POST
@asks(Right.LOG_READ_ALL)
def verify(request: HttpRequest) -> HttpResponse:
    """Verify now; a long log is left to the keeper."""
    if reading.state().size > verification.INLINE:
        verification.ask_for_verification(timezone.now())
        messages.info(request, _("The log is long; it is verified in the background. Look again in a few minutes."))
        return redirect("log")
    report = verification.verify(by=doer_of(request), now=timezone.now())
    if report.ok:
        messages.success(request, _("The log is whole: %(size)s entries verified.") % {"size": report.size})
    else:
        zh = request.LANGUAGE_CODE.startswith("zh")  # type: ignore[attr-defined]
        for problem in report.problems[:5]:
            messages.error(
                request, f"{problem.code} {problem.where}: {problem.message_zh if zh else problem.message_en}"
            )
    return redirect("log")


@asks(Right.LOG_READ_ALL)
def checkpoint(request: HttpRequest) -> HttpResponse:
    """Keep the current checkpoint elsewhere (a person says where), and the ones kept before."""
    form = KeepForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        kept = checkpoints.keep_checkpoint(
            form.cleaned_data["where"], account=str(request.user.pk), by=doer_of(request), now=timezone.now()
        )
        messages.success(request, _("Now download the checkpoint and take it there."))
        return redirect("log_kept", kept.pk)
    context = {
        "form": form, "state": reading.state(), "fresh_days": reading.FRESH_DAYS,
        "fresh_from": timezone.now() - timedelta(days=reading.FRESH_DAYS),
        "kept": KeptCheckpoint.objects.select_related("kept_by").order_by("-kept_at", "-id")[:24],
        "witnessed": [(each, each.fresh(timezone.now())) for each in reading.witnessed()],
    }  # fmt: skip
    return render(request, "auditlog/checkpoint.html", context)


@asks(Right.LOG_READ_ALL)
def present(request: HttpRequest) -> HttpResponse:
    """Compare a checkpoint that was kept elsewhere with the log."""
    form = PresentForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        holds, size = checkpoints.present_checkpoint(form.cleaned_data["note"], by=doer_of(request), now=timezone.now())
        if holds:
            told = _("The log extends that checkpoint of %(size)s entries: nothing before it was altered.")
            messages.success(request, told % {"size": size})
        else:
            told = _("The log does NOT extend that checkpoint of %(size)s entries. Report this at once.")
            messages.error(request, told % {"size": size})
        return redirect("log_checkpoint")
    return render(request, "auditlog/present.html", {"form": form})


@require_safe
@asks(Right.LOG_READ_ALL)
def kept(request: HttpRequest, kept_id: int) -> HttpResponse:
    """One kept checkpoint, to download."""
    return render(request, "auditlog/kept.html", {"kept": get_object_or_404(KeptCheckpoint, pk=kept_id)})


@require_safe
@asks(Right.LOG_READ_ALL)
def kept_file(request: HttpRequest, kept_id: int) -> HttpResponse:
    """Its text as a file."""
    found = get_object_or_404(KeptCheckpoint, pk=kept_id)
    answer = HttpResponse(found.checkpoint.encode(), content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="fanghu-checkpoint-{found.size}.txt"'
    answer["Cache-Control"] = "no-store"
    return answer


@require_POST
@asks(Right.APPROVAL_DECIDE)
def settle(request: HttpRequest) -> HttpResponse:
    """Close a finding with its reason."""
    form = SettleForm(request.POST)
    if not form.is_valid():
        raise Fault("FH-LOG-42", "Say what was found out and done.", "請說明查明的原因與處置。")
    checkpoints.settle_finding(form.cleaned_data["reason"], by=doer_of(request), now=timezone.now())
    messages.success(request, _("The finding is settled; the reason is in the log."))
    return redirect("log" if _may(request, Right.LOG_READ) else "board")


@asks(Right.LOG_IMPORT)
def import_(request: HttpRequest) -> HttpResponse:
    """Import a log file by upload."""
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        with tempfile.NamedTemporaryFile(dir=_staging(), suffix=".log") as copy:
            for chunk in asked["file"].chunks():
                copy.write(chunk)
            copy.flush()
            order = Order(
                Path(copy.name), asked["format"], asked["source"], asked["year"], asked["timezone"] or None,
                file_name=asked["file"].name,
            )  # fmt: skip
            run = actions.import_file(order, by=doer_of(request), now=timezone.now())
        messages.success(
            request,
            _("imported %(new)s · already there %(old)s · kept verbatim %(raw)s")
            % {"new": run.imported, "old": run.already, "raw": run.verbatim},
        )
        return redirect("log_import")
    context = {"form": form, "imports": ImportRun.objects.order_by("-at")[:20]}
    return render(request, "auditlog/import.html", context)


def _may(request: HttpRequest, right: Right) -> bool:
    return request.user.is_authenticated and right in request.user.rights


def _staging() -> Path:
    folder = Path(settings.HOME) / "staging"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _sources(request: HttpRequest, reach: Reach) -> list[str]:
    """Sources to choose from; one that is asked for all the same is found, or refused, by the search."""
    asked = request.GET.get("source", "")
    return sorted({*reach.of(actions.indexes().sources()), *([asked] if asked else [])})


def _imports(reach: Reach) -> Any:
    """Imports of logs within reach, newest first."""
    runs = ImportRun.objects.order_by("-at")
    return runs if reach.every else runs.filter(source__in=reach.sources)


def _names_of(reach: Reach) -> list[str]:
    """What of the log somebody reads who does not read all of it, by name."""
    names = system_names() if reach.systems else {}
    return sorted(names.get(slug, slug) for slug in reach.systems)


def _page(request: HttpRequest) -> int:
    text = request.GET.get("page", "1")
    return min(DEEPEST, max(1, int(text))) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def _query(asked: dict[str, Any]) -> Query:
    zone = zone_of(DEFAULT_ZONE)
    query = parse(asked.get("q", "")).also("source", asked.get("source", "")).also("outcome", asked.get("outcome", ""))
    query = replace(query, filters=_with_accounts(query.filters), without=_with_accounts(query.without))
    return query.within(moment(asked.get("since", ""), zone), moment(asked.get("until", ""), zone, end=True))


def _with_accounts(filters: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Staff are known here by login id, in the log by account id."""
    if not (who := filters.get("actor")):
        return filters
    ids = get_user_model().objects.filter(login_id__in=[name.lower() for name in who]).values_list("pk", flat=True)
    return filters | {"actor": (*who, *(f"account:{pk}" for pk in ids))}


def _rows(records: Iterable[LogRecord]) -> list[dict[str, Any]]:
    records = list(records)
    ours = [record for record in records if record.kind == "event"]  # what others send may look like our accounts
    names = names_of({text for record in ours for text in (record.actor, record.object)})
    return [
        {
            "record": record,
            "at": record.at,
            "assumed": bool(record.assumed),
            "says": sentence(
                record,
                who=_named(record, record.actor, names),
                object_=_named(record, record.object, names),
                translate=_,
            ),
            "facts": [
                (key, visible(", ".join(value) if isinstance(value, list) else str(value)))
                for key, value in record.as_json().items()
                if key in SHOWN
            ],
            "detail": sorted((visible(key), visible(str(value))) for key, value in record.detail.items()),
            "raw": visible(record.raw, but="\n\t"),
        }
        for record in records
    ]


def _named(record: LogRecord, text: str, names: dict[str, str]) -> str:
    """A name as a sentence takes it; the whole of it stands below."""
    if record.kind == "event" and text in names:
        return names[text]
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
