"""Forms of this app: attest, ask relief, withdraw."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from fanghu.assurance.documents import LARGEST
from fanghu.assurance.rules import latest_end
from fanghu.assurance.words import LIMIT_WORDS, RELIEF_WORDS
from fanghu.regulation import Duty
from fanghu.testimony import Subject


class DateInput(forms.DateInput):
    """The browser's own date field, ISO 8601."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def size_hint() -> str:
    """How large a document may be, in the language of the reader, not of the first request."""
    return _("Any type, up to %(most)d MB. It is kept unchanged by its SHA-256.") % {"most": LARGEST // 2**20}


def document_field() -> forms.FileField:
    """A document of any type, up to 20 MB."""
    return forms.FileField(
        label=_("Document"),
        help_text=lazy(size_hint, str)(),
        max_length=200,
    )


class AttestForm(forms.Form):
    """A document for one duty on one or several subjects."""

    subjects = forms.MultipleChoiceField(label=_("Covers"), widget=forms.CheckboxSelectMultiple)
    claim = forms.ChoiceField(
        label=_("The document shows"),
        choices=[("met", _("the duty is kept")), ("not_met", _("a gap"))],
        widget=forms.RadioSelect,
        initial="met",
    )
    statement = forms.CharField(
        label=_("What it shows"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("In your own words: what was done, by whom, and where the document says so."),
    )  # fmt: skip
    document = document_field()
    effective_from = forms.DateField(label=_("Effective from"), widget=DateInput)
    effective_until = forms.DateField(label=_("Effective until"), widget=DateInput)

    def __init__(self, *args: Any, duty: Duty, choices: list[tuple[str, str]], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["subjects"].choices = choices  # type: ignore[attr-defined]
        latest = latest_end(today, duty.cadence)
        self.fields["effective_from"].initial = today
        self.fields["effective_until"].initial = latest
        self.fields["effective_until"].help_text = _("From today at the latest %(latest)s; then attest again.") % {
            "latest": latest.isoformat()
        }


class ReliefForm(forms.Form):
    """Relief for one duty on one subject, compared number by number."""

    kind = forms.ChoiceField(label=_("Kind of relief"))
    reason = forms.CharField(label=_("Reason"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))
    remarks = forms.CharField(
        label=_("Comparison in words"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What has no number: their rule beside ours. What is not better stays at ours."),
    )  # fmt: skip
    document = document_field()
    until = forms.DateField(label=_("Until"), widget=DateInput)

    def __init__(self, *args: Any, duty: Duty, kinds: tuple[str, ...], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(kind, RELIEF_WORDS[kind]) for kind in kinds]  # type: ignore[attr-defined]
        self.fields["until"].initial = latest_end(today, None)
        self.numbers = []
        for name, limit in duty.limits.items():
            field = forms.FloatField(
                label=name, required=False,
                help_text=_("Ours: %(value)s %(unit)s. Leave empty where their standard says nothing.")
                % {"value": limit.value, "unit": LIMIT_WORDS[limit.unit]},
            )  # fmt: skip
            self.fields[f"limit_{name}"] = field
            self.numbers.append(name)
        self.order_fields(
            ["kind", *(f"limit_{name}" for name in self.numbers), "remarks", "reason", "document", "until"]
        )

    def theirs(self) -> dict[str, float | None]:
        """The other standard's numbers by our limits' names."""
        return {name: self.cleaned_data.get(f"limit_{name}") for name in self.numbers}


class WithdrawForm(forms.Form):
    """Why an attestation no longer stands."""

    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))


def subject_label(subject: Subject, names: Mapping[str, str]) -> str:
    """How a subject is named to people: a system by its name in the register."""
    return names.get(subject.slug, subject.slug) if subject.kind == "system" else str(_("the firm"))
