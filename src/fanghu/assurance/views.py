"""Pages of the engine: attest, relief, judge now, drills, documents."""

from __future__ import annotations

from urllib.parse import quote

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from fanghu.assurance import actions, attesting, reading, relieving
from fanghu.assurance.documents import is_whole, keep, path_of
from fanghu.assurance.forms import AttestForm, ReliefForm, WithdrawForm, subject_label
from fanghu.assurance.law import duty_called, in_force, taipei_date
from fanghu.faults import Fault
from fanghu.register.collectors import firm_now
from fanghu.register.reading import system_names
from fanghu.regulation import load, open_relief
from fanghu.shell.access import asks, doer_of
from fanghu.shell.rights import Right
from fanghu.testimony import Subject

DETAILED = 5
"""How many runs a drill's page shows step by step; older ones take a line each."""


def _words() -> str:
    return get_language() or settings.LANGUAGE_CODE


def _said(fault: Fault) -> str:
    return f"{fault.zh_hant if _words().startswith('zh') else fault.en} ({fault.code})"


def _subject(text: str) -> Subject:
    try:
        return Subject.parse(text)
    except ValueError:
        raise Http404 from None


@asks(Right.EVIDENCE_ATTEST)
def attest(request: HttpRequest, duty: str, subject: str) -> HttpResponse:
    """Give a document for a duty; a second person approves it."""
    chosen, now = _subject(subject), timezone.now()
    asked = in_force(now).duties.get(duty) or duty_called(duty)
    open_to = attesting.attestable(asked, now)
    names = system_names()
    choices = [(str(each), subject_label(each, names)) for each in open_to]
    given = [(row, subject_label(Subject.parse(row.subject), names)) for row in reading.attestations([asked.id])]
    form = AttestForm(
        request.POST or None, request.FILES or None, duty=asked, choices=choices, today=taipei_date(now),
        initial={"subjects": [str(chosen)]},
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            subjects = [Subject.parse(each) for each in said["subjects"]]
            attesting.check(asked, subjects, said["effective_from"], said["effective_until"], now)
            document = keep(said["document"].name, said["document"].chunks())
            approval = attesting.attest(
                asked.id, subjects, said["statement"], document, said["effective_from"], said["effective_until"],
                claim=said["claim"], by=doer_of(request), now=now,
            )  # fmt: skip
        except Fault as fault:
            form.add_error(None, _said(fault))
        else:
            messages.success(request, _("The document waits for a second person's approval."))
            return redirect("approval", approval.pk)
    context = {
        "duty": asked,
        "title": asked.title.within(_words()),
        "asks": asked.asks.within(_words()),
        "would_prove": asked.would_prove.within(_words()),
        "form": form,
        "closed": chosen not in open_to,
        "none": not open_to,
        "subject": subject_label(chosen, names),
        "attestations": given,
        "withdraw_form": WithdrawForm(),
    }
    return render(request, "assurance/attest.html", context, status=400 if form.errors else 200)


@require_POST
@asks(Right.EVIDENCE_ATTEST)
def withdraw(request: HttpRequest, attestation: str) -> HttpResponse:
    """End a standing attestation."""
    row = attesting.withdraw(attestation, request.POST.get("reason", ""), by=doer_of(request), now=timezone.now())
    messages.success(request, _("The attestation is withdrawn; the duty will be judged again."))
    return redirect("attest", row.duty, row.subject)


@asks(Right.RELIEF_ASK)
def relief(request: HttpRequest, duty: str, subject: str) -> HttpResponse:
    """Ask for relief; a second person approves it."""
    chosen, now = _subject(subject), timezone.now()
    asked = in_force(now).duties.get(duty) or duty_called(duty)
    kinds = open_relief(asked, firm_now())
    form = ReliefForm(
        request.POST or None, request.FILES or None, duty=asked, kinds=kinds, today=taipei_date(now)
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            document = keep(said["document"].name, said["document"].chunks())
            approval = relieving.ask_relief(
                asked.id, chosen, said["kind"], form.theirs(), said["remarks"], said["reason"], document, said["until"],
                by=doer_of(request), now=now,
            )  # fmt: skip
        except Fault as fault:
            form.add_error(None, _said(fault))
        else:
            messages.success(request, _("The relief waits for a second person's approval."))
            return redirect("approval", approval.pk)
    context = {
        "duty": asked,
        "title": asked.title.within(_words()),
        "subject": chosen,
        "subject_name": subject_label(chosen, system_names()),
        "kinds": kinds,
        "allowed": asked.relief,
        "form": form,
        "standing": [row for row in reading.relief_requests([asked.id]) if row.subject == str(chosen)],
    }
    return render(request, "assurance/relief.html", context, status=400 if form.errors else 200)


@require_POST
@asks(Right.RELIEF_ASK)
def relief_end(request: HttpRequest, relief_id: str) -> HttpResponse:
    """End a standing relief early."""
    row = relieving.end_relief(relief_id, by=doer_of(request), now=timezone.now())
    messages.success(request, _("The relief has ended."))
    return redirect("relief", row.duty, row.subject)


@require_POST
@asks(Right.JUDGE_RUN)
def judge_now(request: HttpRequest) -> HttpResponse:
    """Judge everything, or the one subject named, and go back."""
    named = request.POST.get("subject", "")
    chosen = [_subject(named)] if named else None
    run = actions.judge(chosen, by=doer_of(request), now=timezone.now())
    messages.success(
        request, _("Judged %(cells)d verdicts; %(changes)d changed.") % {"cells": run.cells, "changes": run.changes}
    )
    return _back(request)


def _back(request: HttpRequest) -> HttpResponse:
    """To the page the form names, if it is ours."""
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        target = "/"
    return redirect(target)


@require_safe
@asks(Right.BOARD_VIEW)
def drills(request: HttpRequest) -> HttpResponse:
    """Every drill: what it tries, how it last ended, when it is next due."""
    names, law = system_names(), load(settings.FANGHU_EDITION).duties
    found = reading.drills_shown()
    order = list(law)
    found.sort(key=lambda entry: (order.index(entry.drill.duty), entry.drill.name))
    context = {
        "drills": [
            {"entry": entry, "subject": subject_label(entry.drill.subject, names),
             "title": law[entry.drill.duty].title.within(_words()), "days": entry.drill.every.days}
            for entry in found
        ],
        "passed": sum(entry.last is not None and entry.last.result == "passed" for entry in found),
        "idle": any(entry.under_way is None for entry in found),
    }  # fmt: skip
    return render(request, "assurance/drills.html", context)


@require_safe
@asks(Right.BOARD_VIEW)
def drill(request: HttpRequest, name: str) -> HttpResponse:
    """One drill and its runs, step by step."""
    shown = next((entry for entry in reading.drills_shown() if entry.drill.name == name), None)
    if shown is None:
        raise Http404
    duty = duty_called(shown.drill.duty)
    runs = reading.drill_runs(name)
    context = {
        "shown": shown,
        "days": shown.drill.every.days,
        "runs": runs[:DETAILED],
        "older": runs[DETAILED:],
        "duty": duty,
        "title": duty.title.within(_words()),
        "subject": subject_label(shown.drill.subject, system_names()),
    }
    return render(request, "assurance/drill.html", context)


@require_POST
@asks(Right.DRILL_RUN)
def drills_run(request: HttpRequest) -> HttpResponse:
    """Queue every drill that is not under way; the keeper runs them one after the other."""
    made = actions.queue_every_drill(by=doer_of(request), now=timezone.now())
    if made:
        messages.success(request, _("%(count)d drills are queued; reload to follow them.") % {"count": len(made)})
    else:
        messages.warning(request, _("Every drill is under way already."))
    return redirect("drills")


@require_POST
@asks(Right.DRILL_RUN)
def drill_run(request: HttpRequest, name: str) -> HttpResponse:
    """Queue a drill; the keeper runs it."""
    try:
        actions.queue_drill(name, by=doer_of(request), now=timezone.now())
    except Fault as fault:
        messages.warning(request, _said(fault))
    else:
        messages.success(request, _("The drill is queued; reload to follow its steps."))
    return redirect("drill", name)


@require_safe
@asks(Right.BOARD_VIEW)
def document(request: HttpRequest, hash_: str) -> HttpResponse:
    """A kept document, always as a download, never shown by the browser."""
    name = reading.document_name(hash_)
    if name is None:
        raise Http404
    if not is_whole(hash_):
        raise Fault(
            "FH-ASR-14",
            "The document is missing or was changed on the disk; restore the evidence folder from a backup.",
            "文件遺失或在磁碟上遭變更；請自備份還原佐證資料夾。",
        )
    response = FileResponse(path_of(hash_).open("rb"), content_type="application/octet-stream")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response  # type: ignore[return-value]
