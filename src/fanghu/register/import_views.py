"""Pages of imports: choose a file, see what it would do, confirm; lists from elsewhere; the official text."""

from __future__ import annotations

import hashlib
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from fanghu.faults import Fault
from fanghu.register import imports, reading
from fanghu.register.approvables import in_chinese, system_rows
from fanghu.register.cells import host
from fanghu.register.columns import Table
from fanghu.register.forms import ConfirmForm, ListForm, TextFileForm, UploadForm
from fanghu.register.known import comparison
from fanghu.register.models import ImportedList
from fanghu.register.problems import CellFault, fault
from fanghu.register.records import plain_change
from fanghu.register.sheet import MAX_BYTES, Sheet, read_sheet
from fanghu.register.staging import held, release, stage
from fanghu.shell.access import asks, doer_of
from fanghu.shell.rights import Right

SHOWN = 200
MAX_TEXT = 2 * 1024 * 1024


@asks(Right.REGISTER_CHANGE)
def choose(request: HttpRequest) -> HttpResponse:
    """Choose a file; nothing is saved by it."""
    initial = {"table": request.GET.get("table", "systems")}
    form = UploadForm(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            content = _bytes(upload, MAX_BYTES)
            read_sheet(upload.name, content)
        except Fault as problem:
            _show(form, problem)
        else:
            purpose = form.cleaned_data["table"]
            staged = stage(content, upload.name, purpose, str(request.user.pk), timezone.now())
            return redirect("register_import_check", purpose, staged.token)
    return render(request, "register/import.html", {"form": form}, status=400 if form.errors else 200)


@asks(Right.REGISTER_CHANGE)
def check(request: HttpRequest, table: str, token: str) -> HttpResponse:
    """What the held file would do, or every bad row; confirming does exactly that."""
    now = timezone.now()
    purpose = cast("Table", table)
    staged, content = held(token, purpose, str(request.user.pk), now)
    sheet = read_sheet(staged.name, content)
    form = ConfirmForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            done = imports.import_sheet(
                purpose,
                sheet,
                staged.name,
                staged.file_hash,
                values["reason"],
                digest=values["digest"],
                by=doer_of(request),
                now=now,
            )
        except Fault as problem:
            if problem.code != "FH-REG-41":
                raise
            messages.warning(request, problem.zh_hant if in_chinese() else problem.en)
            return redirect("register_import_check", table, token)
        release(token)
        counts = {"new": len(done.plan.new), "changed": len(done.plan.changed)}
        messages.success(request, _("Imported: %(new)s new, %(changed)s changed.") % counts)
        if done.approval is not None:
            messages.warning(
                request, _("What alters the scope waits for a second person; until then the stricter scope is judged.")
            )
        return redirect("register")
    plan = imports.dry_run(purpose, sheet, now)
    changes = {key: plain_change(change) for key, change in plan.waiting.items()}
    zh = in_chinese()
    context = {
        "plan": plan,
        "staged": staged,
        "form": ConfirmForm(initial={"digest": plan.digest}),
        "faults": [(item, item.zh_hant if zh else item.en) for item in plan.faults[:SHOWN]],
        "more_faults": max(0, len(plan.faults) - SHOWN),
        "rows": system_rows({"changes": changes})[:SHOWN],
    }
    return render(request, "register/check.html", context)


@asks(Right.REGISTER_VIEW)
def compare(request: HttpRequest) -> HttpResponse:
    """The register held against what is known elsewhere; a list from elsewhere can be added."""
    may_change = Right.REGISTER_CHANGE in getattr(request.user, "rights", ())
    form = ListForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        if not may_change:
            raise fault("FH-REG-58")
        if form.is_valid():
            upload = form.cleaned_data["file"]
            try:
                content = _bytes(upload, MAX_BYTES)
                names = names_in(read_sheet(upload.name, content, least_rows=0))
            except Fault as problem:
                _show(form, problem)
            else:
                digest = hashlib.sha256(content).hexdigest()
                imports.import_list(form.cleaned_data["name"], names, digest, by=doer_of(request), now=timezone.now())
                messages.success(request, _("The list is kept; the comparison includes it."))
                return redirect("register_compare")
    context = {
        "comparison": comparison(),
        "lists": ImportedList.objects.order_by("name"),
        "form": form,
        "may_change": may_change,
    }
    return render(request, "register/compare.html", context, status=400 if form.errors else 200)


@asks(Right.REGULATION_IMPORT)
def official_text(request: HttpRequest) -> HttpResponse:
    """Load the firm's copy of the official text; say what was found and what is missing."""
    form = TextFileForm(request.POST or None, request.FILES or None)
    parsed = None
    if request.method == "POST" and form.is_valid():
        try:
            content = _bytes(form.cleaned_data["file"], MAX_TEXT)
            parsed = imports.import_official_text(content, by=doer_of(request), now=timezone.now())
        except Fault as problem:
            _show(form, problem)
    context = {
        "form": form,
        "parsed": parsed,
        "edition": settings.FANGHU_EDITION,
        "text_state": reading.official_text_state(),
    }
    return render(request, "register/official_text.html", context, status=400 if form.errors else 200)


def names_in(sheet: Sheet) -> list[str]:
    """Host names of the first column, each once; a header cell that is no host name is left out. Fault FH-REG-35."""
    found: dict[str, None] = {}
    for number, cells in enumerate([sheet.header, *[row.cells for row in sheet.rows]]):
        text = cells[0].strip() if cells else ""
        if not text or (number == 0 and text.lower() in HEADERS):
            continue
        try:
            found[host(text)] = None
        except CellFault as problem:
            if number:
                raise problem.told() from None
    return list(found)


HEADERS = frozenset({"host", "hosts", "hostname", "name", "server", "computer", "fqdn", "ip"})


def _bytes(upload: Any, limit: int) -> bytes:
    if upload.size > limit:
        raise fault("FH-REG-02", limit=limit // 1024 // 1024)
    return bytes(upload.read(limit + 1))


def _show(form: Any, problem: Fault) -> None:
    """A fault as an error of the file field."""
    form.add_error("file", f"{problem.zh_hant if in_chinese() else problem.en} ({problem.code})")
