"""Pages of the register: overview, the firm, people, systems."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from fanghu.approvals.reading import second_person_exists
from fanghu.faults import Exit, Fault
from fanghu.register import actions, collectors, exports, reading
from fanghu.register.actions import Saved
from fanghu.register.approvables import in_chinese, system_rows
from fanghu.register.columns import Table
from fanghu.register.firm_words import firm_label, firm_value
from fanghu.register.forms import FirmForm, PersonForm, ReasonForm, RetireForm, SystemForm
from fanghu.register.models import Firm, Person, System
from fanghu.register.plan import SYSTEM_ONE
from fanghu.register.problems import fault
from fanghu.register.records import firm_record, person_record, plain_change, system_record
from fanghu.register.rules import firm_class
from fanghu.shell.access import asks, doer_of
from fanghu.shell.rights import Right


@require_safe
@asks(Right.REGISTER_VIEW)
def overview(request: HttpRequest) -> HttpResponse:
    """The firm, its systems and its people."""
    firm = Firm.objects.filter(pk=1).exclude(changed_at=None).first()
    record = firm_record(firm)
    zh = in_chinese()
    waiting = collectors.waiting_changes()
    systems = list(System.objects.select_related("owner"))
    context = {
        "firm": firm,
        "firm_rows": [(firm_label(name, zh), firm_value(name, value, zh)) for name, value in record.items()],
        "firm_class": firm_class(record["kind"], record["has_ciso"], record["tier"]),
        "in_use": [system for system in systems if system.retired_at is None],
        "retired": [system for system in systems if system.retired_at is not None],
        "waiting_slugs": set(waiting),
        "people": Person.objects.order_by("number"),
        "requests": collectors.waiting_scope_changes(),
        "second_person": second_person_exists(),
        "may_change": Right.REGISTER_CHANGE in request.user.rights,
        "text_state": reading.official_text_state(),
    }
    return render(request, "register/overview.html", context)


@asks(Right.REGISTER_CHANGE)
def firm(request: HttpRequest) -> HttpResponse:
    """Say what the firm is."""
    record = collectors.current_firm()
    shown = {name: "" if value is None else value for name, value in record.items()}
    form = FirmForm(request.POST or None, initial={**shown, "class_evidence_date": record["class_evidence_date"]})
    if request.method == "POST" and form.is_valid():
        values = {name: value for name, value in form.cleaned_data.items() if name != "reason"}
        with onto(form):
            reason = form.cleaned_data["reason"]
            saved = actions.describe_firm(values, reason, by=doer_of(request), now=timezone.now())
            return _told(request, saved)
    return render(request, "register/firm.html", {"form": form}, status=400 if form.errors else 200)


@asks(Right.REGISTER_CHANGE)
def person(request: HttpRequest, person_id: UUID | None = None) -> HttpResponse:
    """Add or change a person."""
    found = None if person_id is None else Person.objects.filter(pk=person_id).first()
    if person_id is not None and found is None:
        raise fault("FH-REG-51")
    form = PersonForm(request.POST or None, initial=person_record(found) if found else None)
    if request.method == "POST" and form.is_valid():
        with onto(form):
            actions.save_person(person_id, form.record(), by=doer_of(request), now=timezone.now())
            messages.success(request, _("The person is saved."))
            return redirect("register")
    context = {"form": form, "title": found.name if found else _("Add a person")}
    return render(request, "register/edit.html", context, status=400 if form.errors else 200)


@asks(Right.REGISTER_CHANGE)
def system_new(request: HttpRequest) -> HttpResponse:
    """Register a system."""
    form = SystemForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with onto(form):
            reason = form.cleaned_data["reason"]
            _system, saved = actions.register_system(form.record(), reason, by=doer_of(request), now=timezone.now())
            return _told(request, saved)
    context = {"form": form, "title": _("Register a system")}
    return render(request, "register/edit.html", context, status=400 if form.errors else 200)


@asks(Right.REGISTER_CHANGE)
def system_edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Change a system."""
    system = _found(slug)
    record = system_record(system)
    form = SystemForm(request.POST or None, initial=SystemForm.shown(record), fixed_slug=slug)
    if request.method == "POST" and form.is_valid():
        with onto(form):
            reason = form.cleaned_data["reason"]
            saved = actions.change_system(slug, form.record(), reason, by=doer_of(request), now=timezone.now())
            return _told(request, saved)
    waiting = [plain_change(change) for change in collectors.waiting_changes().get(slug, [])]
    context = {
        "form": form,
        "title": system.name,
        "system": system,
        "rows": [row for change in waiting for row in system_rows({"changes": {slug: change}})],
        "removable": slug != SYSTEM_ONE,
    }
    return render(request, "register/edit.html", context, status=400 if form.errors else 200)


@asks(Right.REGISTER_CHANGE)
def system_retire(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask that a system be retired."""
    system = _found(slug)
    form = RetireForm(request.POST or None, initial={"on": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        with onto(form):
            actions.retire_system(slug, values["on"], values["reason"], by=doer_of(request), now=timezone.now())
            return _told(request, Saved((), None), asked=True)
    context = {"form": form, "system": system, "deed": "retire"}
    return render(request, "register/remove.html", context, status=400 if form.errors else 200)


@asks(Right.REGISTER_CHANGE)
def system_delete(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask that a system registered by mistake be deleted."""
    system = _found(slug)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with onto(form):
            actions.delete_system(slug, form.cleaned_data["reason"], by=doer_of(request), now=timezone.now())
            return _told(request, Saved((), None), asked=True)
    context = {"form": form, "system": system, "deed": "delete"}
    return render(request, "register/remove.html", context, status=400 if form.errors else 200)


@require_safe
@asks(Right.REGISTER_VIEW)
def export(request: HttpRequest, table: Table, ending: str) -> HttpResponse:
    """A table as a file that reads back unchanged, in the page's language."""
    records = exports.all_records(table)
    if ending == "xlsx":
        content = exports.as_xlsx(table, records, in_chinese())
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    else:
        content, kind = exports.as_csv(table, records, in_chinese()), "text/csv; charset=utf-8"
    headers = {"Content-Disposition": f'attachment; filename="fanghu-{table}.{ending}"', "Cache-Control": "no-store"}
    return HttpResponse(content, content_type=kind, headers=headers)


FIELD_OF = {
    "FH-REG-34": "on",
    "FH-REG-52": "slug",
    "FH-REG-53": "number",
    "FH-REG-54": "reason",
    "FH-REG-55": "class_evidence",
}


@contextmanager
def onto(form: Form, prefix: str = "FH-REG-") -> Iterator[None]:
    """Show a fault whose code begins so on the form, so that nothing typed is lost; other and graver faults pass."""
    try:
        yield
    except Fault as problem:
        if not problem.code.startswith(prefix) or problem.exit_code == Exit.BUSY:
            raise
        name = FIELD_OF.get(problem.code)
        text = f"{problem.zh_hant if in_chinese() else problem.en} ({problem.code})"
        form.add_error(name if name in form.fields else None, text)


def _found(slug: str) -> System:
    system = System.objects.select_related("owner").filter(slug=slug).first()
    if system is None:
        raise fault("FH-REG-50")
    return system


def _told(request: HttpRequest, saved: Saved, *, asked: bool = False) -> HttpResponse:
    """Say what holds at once and what waits, and go back to the register."""
    if saved.fields:
        messages.success(request, _("Saved."))
    if saved.approval is not None or asked:
        messages.warning(
            request, _("What alters the scope waits for a second person; until then the stricter scope is judged.")
        )
    elif not saved.fields:
        messages.info(request, _("Nothing was changed."))
    return redirect("register")
