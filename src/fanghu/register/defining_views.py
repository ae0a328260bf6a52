"""Pages of what the firm must define: the list, one definition with its history, the shipped defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from fanghu.approvals.reading import second_person_exists
from fanghu.register import defining
from fanghu.register.approvables import in_chinese
from fanghu.register.defining_fields import said, written
from fanghu.register.defining_forms import DefaultsForm, DefiningForm
from fanghu.register.definition import Definition
from fanghu.register.definitions import Standing, standings, versions
from fanghu.register.problems import fault
from fanghu.register.reading import system_names
from fanghu.register.views import onto
from fanghu.regulation import load
from fanghu.shell.access import asks, doer_of
from fanghu.shell.rights import Right


@require_safe
@asks(Right.REGISTER_VIEW)
def definitions(request: HttpRequest) -> HttpResponse:
    """Every definition with how it stands for each subject."""
    names, found = system_names(), standings()
    law = load(settings.FANGHU_EDITION).duties
    groups: dict[str, dict[str, Any]] = {}
    for standing in found:
        definition = standing.definition
        group = groups.setdefault(
            definition.key,
            {"key": definition.key, "label": said(definition.label), "asks": said(definition.asks), "rows": [], "duty": definition.duty,
             "title": law[definition.duty].title.within("zh" if in_chinese() else "en")},
        )  # fmt: skip
        group["rows"].append({"standing": standing, "name": subject_name(standing, names), "value": _summary(standing)})
    context = {
        "groups": groups.values(),
        "confirmable": sum(standing.confirmable for standing in found),
        "second_person": second_person_exists(),
        "may_change": Right.REGISTER_CHANGE in request.user.rights,  # type: ignore[union-attr]
    }
    return render(request, "register/definitions.html", context)


@asks(Right.REGISTER_VIEW)
def definition(request: HttpRequest, key: str, subject: str) -> HttpResponse:
    """One definition for one subject: the value in force, every version, and the form that asks for another."""
    standing = _standing(key, subject)
    may_change = Right.REGISTER_CHANGE in request.user.rights  # type: ignore[union-attr]
    asked = standing.definition
    value = standing.current.value if standing.current else standing.default
    form = DefiningForm(asked, value, request.POST or None)
    if request.method == "POST" and not may_change:
        raise fault("FH-REG-58")
    if request.method == "POST" and form.is_valid():
        with onto(form, "FH-"):
            defining.ask_to_define(
                key, standing.subject, form.value(), form.cleaned_data["reason"], by=doer_of(request), now=timezone.now()
            )  # fmt: skip
            messages.warning(request, _("A second person must approve it; until then nothing has changed."))
            return redirect("definitions")
    context = {
        "definition": asked,
        "label": said(asked.label),
        "asks": said(asked.asks),
        "standing": standing,
        "name": subject_name(standing, system_names()),
        "default": _facts(asked, standing.default) if standing.default else [],
        "versions": [(row, _facts(asked, row.value)) for row in versions(key, standing.subject)],
        "may_change": may_change,
        "form": form,
    }
    return render(request, "register/definition.html", context, status=400 if form.errors else 200)


@asks(Right.REGISTER_CHANGE)
def defaults(request: HttpRequest) -> HttpResponse:
    """Every shipped default not confirmed yet, to be asked for in one request."""
    names = system_names()
    form = DefaultsForm(request.POST or None, initial={"reason": _("Shipped defaults, reviewed at the first run.")})
    if request.method == "POST" and form.is_valid():
        with onto(form):
            reason = form.cleaned_data["reason"]
            defining.ask_to_confirm_defaults(reason, by=doer_of(request), now=timezone.now())
            messages.warning(request, _("A second person must approve it; until then nothing has changed."))
            return redirect("definitions")
    shown = [
        {"label": said(each.definition.label), "asks": said(each.definition.asks), "duty": each.definition.duty,
         "name": subject_name(each, names), "facts": _facts(each.definition, each.default or {})}
        for each in standings() if each.confirmable
    ]  # fmt: skip
    context = {"shown": shown, "form": form, "second_person": second_person_exists()}
    return render(request, "register/defaults.html", context, status=400 if form.errors else 200)


def subject_name(standing: Standing, names: Mapping[str, str]) -> str:
    """The system's name, or the words for all of them."""
    return names.get(standing.subject.slug, "") or _("all systems")


def _standing(key: str, subject: str) -> Standing:
    for standing in standings():
        if standing.definition.key == key and str(standing.subject) == subject:
            return standing
    raise fault("FH-REG-60")


def _facts(asked: Definition, value: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(said(field.label), written(field, value.get(field.name))) for field in asked.fields]


def _summary(standing: Standing) -> list[tuple[str, str]]:
    value = standing.current.value if standing.current else standing.default
    return _facts(standing.definition, value) if value else []
