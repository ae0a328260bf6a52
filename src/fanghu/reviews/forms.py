"""Forms of reviews."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from fanghu.faults import Fault

DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class SignForm(forms.Form):
    """The sign-off of a day: bound to what the page showed."""

    content_hash = forms.CharField(widget=forms.HiddenInput, max_length=64)
    note = forms.CharField(
        label=_("Note"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("What was checked, such as the change that asked for it."),
    )  # fmt: skip
    finding = forms.CharField(
        label=_("Finding to follow up"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Leave empty where nothing needs following up."),
    )  # fmt: skip


class PeriodForm(forms.Form):
    """The sign-off of a periodic review."""

    systems = forms.MultipleChoiceField(label=_("Systems"), widget=forms.CheckboxSelectMultiple)
    since = forms.DateField(label=_("Period from"), widget=DATE)
    until = forms.DateField(label=_("Period to"), widget=DATE)
    looked_at = forms.CharField(
        label=_("What was looked at"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Sources, searches and reports; your searches of the log in this time are counted beside it."),
    )  # fmt: skip
    findings = forms.CharField(
        label=_("Findings"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, systems: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["systems"].choices = systems  # type: ignore[attr-defined]

    def refused(self, fault: Fault) -> None:
        """Show why an action refused, at the form's head."""
        chinese = (get_language() or "zh").startswith("zh")
        self.add_error(None, f"{fault.zh_hant if chinese else fault.en} ({fault.code})")
