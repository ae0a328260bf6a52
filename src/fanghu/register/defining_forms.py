"""The one form of every definition, built from its fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from fanghu.register import cells
from fanghu.register.defining_fields import READERS, said
from fanghu.register.definition import NO_LIMIT, Definition, Field
from fanghu.register.forms import ReadField, sentence
from fanghu.register.problems import CellFault

TICK = "_no_limit"


class DefiningForm(forms.Form):
    """The fields of one definition, each with its tick for “no limit” where there may be none, and the reason."""

    def __init__(self, definition: Definition, value: Mapping[str, Any] | None, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.definition = definition
        for field in definition.fields:
            given = (value or {}).get(field.name)
            self.fields[field.name] = _asked(field, None if given == NO_LIMIT else given)
            if field.unlimited:
                tick = forms.BooleanField(
                    label=_("No limit: %(label)s") % {"label": said(field.label)},
                    required=False, initial=given == NO_LIMIT,
                )  # fmt: skip
                self.fields[field.name + TICK] = tick
                # one of the two is needed, so neither is marked as optional
                tick.unmarked = self.fields[field.name].unmarked = True  # type: ignore[attr-defined]
        self.fields["reason"] = ReadField(
            cells.plain_text(1000),
            label=_("Reason"),
            help_text=_("The second person who decides will read it."),
        )

    def value(self) -> dict[str, Any]:
        """The value as definitions keep it."""
        cleaned = self.cleaned_data
        return {
            field.name: NO_LIMIT if cleaned.get(field.name + TICK) else cleaned.get(field.name)
            for field in self.definition.fields
        }

    def clean(self) -> dict[str, Any]:
        """Each field has its value or its tick, and not both."""
        cleaned = super().clean() or {}
        for field in self.definition.fields:
            if field.name in self.errors:
                continue
            empty = cleaned.get(field.name) in (None, "", [])
            ticked = cleaned.get(field.name + TICK)
            if ticked and not empty:
                self.add_error(field.name, sentence(CellFault("FH-REG-67")))
            elif empty and not ticked and not field.optional:
                self.add_error(field.name, sentence(CellFault("FH-REG-66" if field.unlimited else "FH-REG-20")))
        return self.cleaned_data


def _asked(field: Field, value: Any) -> forms.Field:
    options: dict[str, Any] = {"label": said(field.label), "help_text": said(field.hint), "initial": value}
    required = not field.optional and not field.unlimited
    if field.kind == "choice":
        choices = [(code, said(label)) for code, label in field.choices]
        empty = [] if required else [("", "—")]
        return forms.ChoiceField(choices=[*empty, *choices], required=required, **options)
    if field.kind == "yesno":
        return forms.TypedChoiceField(
            choices=[("True", _("yes")), ("False", _("no"))], coerce=lambda text: text == "True", empty_value=None,
            widget=forms.RadioSelect, required=required, **options | {"initial": str(value) if value is not None else ""},
        )  # fmt: skip
    if field.kind in ("lines", "hours"):
        options["widget"] = forms.Textarea(attrs={"rows": 4})
    if field.kind == "hours":
        options["help_text"] = options["help_text"] or _("One rule a line, for instance 1-5 07:00-19:00.")
    return ReadField(READERS[field.kind], required=required, **options)


class DefaultsForm(forms.Form):
    """Ask that the shipped defaults shown be the firm's own."""

    reason = ReadField(
        cells.plain_text(1000),
        label=_("Reason"),
        help_text=_("The second person who decides will read it."),
    )
