"""Forms of the audit log's pages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from fanghu.auditlog.order import DEFAULT_ZONE
from fanghu.auditlog.parsers.formats import FORMATS
from fanghu.auditlog.readers import givable
from fanghu.auditlog.words import ROLES
from fanghu.faults import Fault

LARGEST_UPLOAD = 20_000_000
LARGEST_NOTE = 65_536


class SearchForm(forms.Form):
    """Words, filters and a span of time."""

    q = forms.CharField(
        label=_("Words or key=value"), required=False, max_length=400, widget=forms.TextInput(attrs={"size": 36})
    )
    source = forms.ChoiceField(label=_("Source"), required=False)
    outcome = forms.ChoiceField(
        label=_("Outcome"),
        required=False,
        choices=[("", _("any")), ("success", _("success")), ("failure", _("failure"))],
    )
    since = forms.CharField(
        label=_("From"),
        required=False,
        max_length=32,
        widget=forms.TextInput(attrs={"size": 16, "placeholder": "2026-11-22"}),
    )
    until = forms.CharField(
        label=_("To"),
        required=False,
        max_length=32,
        widget=forms.TextInput(attrs={"size": 16, "placeholder": "2026-11-22"}),
    )

    def __init__(self, *args: Any, sources: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"].choices = [("", _("any")), *((name, name) for name in sources)]  # type: ignore[attr-defined]


class ImportForm(forms.Form):
    """A log file of another system."""

    file = forms.FileField(
        label=_("Log file"), help_text=_("At most 20 MB; larger files: fanghu log import"), max_length=200
    )
    format = forms.ChoiceField(label=_("Format"), choices=[(each.name, _(each.label)) for each in FORMATS.values()])
    source = forms.CharField(
        label=_("Source"), max_length=60, help_text=_("What the log is called here, such as a system's short name")
    )
    year = forms.IntegerField(
        label=_("Year of the first line"), required=False, min_value=1970, max_value=9000,
        help_text=_("Empty: the newest year that is not in the future, marked as assumed"),
    )  # fmt: skip
    timezone = forms.CharField(
        label=_("Time zone"), required=False, max_length=60, help_text=_("Empty: Asia/Taipei, marked as assumed"),
        widget=forms.TextInput(attrs={"placeholder": DEFAULT_ZONE}),
    )  # fmt: skip

    def clean_file(self) -> UploadedFile:
        """Not larger than a page should take."""
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > LARGEST_UPLOAD:
            raise forms.ValidationError(_("The file is larger than 20 MB; import it with: fanghu log import"))
        return file


class ReaderForm(forms.Form):
    """Whose log is given to whom, and why."""

    system = forms.ChoiceField(label=_("Log of"))
    who = forms.ChoiceField(label=_("May read it"), help_text=_("Everybody who holds a role, or one person."))
    reason = forms.CharField(
        label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("A second person decides on it."),
    )  # fmt: skip

    def __init__(
        self, *args: Any, systems: Iterable[tuple[str, str]], people: Iterable[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["system"].choices = list(systems)  # type: ignore[attr-defined]
        self.fields["who"].choices = [  # type: ignore[attr-defined]
            (_("Everybody with the role"), [(f"role:{role}", ROLES[role]) for role in givable()]),
            (_("One person"), [(f"person:{pk}", name) for pk, name in people]),
        ]

    def given(self) -> tuple[str, UUID | None]:
        """The role, or the person, that was chosen."""
        kind, _colon, value = self.cleaned_data["who"].partition(":")
        return (value, None) if kind == "role" else ("", UUID(value))

    def refused(self, fault: Fault) -> None:
        """Show why the action refused."""
        chinese = (get_language() or "zh").startswith("zh")
        self.add_error(None, f"{fault.zh_hant if chinese else fault.en} ({fault.code})")


class KeepForm(forms.Form):
    """Where the checkpoint is taken."""

    where = forms.CharField(
        label=_("Where it is kept"),
        max_length=200,
        help_text=_("Off this machine: a safe, another company, paper in a binder"),
    )


class PresentForm(forms.Form):
    """A checkpoint that was kept elsewhere, as a file or pasted."""

    file = forms.FileField(label=_("Checkpoint file"), required=False, max_length=200)
    text = forms.CharField(
        label=_("or its text"),
        required=False,
        max_length=LARGEST_NOTE,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6}),
    )

    def clean(self) -> dict[str, Any]:
        """One of the two."""
        cleaned = super().clean() or {}
        file: UploadedFile | None = cleaned.get("file")
        if file is not None and (file.size or 0) > LARGEST_NOTE:
            raise forms.ValidationError(_("This file is too large to be a checkpoint."))
        cleaned["note"] = file.read() if file is not None else (cleaned.get("text") or "").encode()
        if not cleaned["note"].strip():
            raise forms.ValidationError(_("Give the checkpoint's file or paste its text."))
        return cleaned


class SettleForm(forms.Form):
    """What was found out about a finding."""

    reason = forms.CharField(label=_("What was found out and done"), max_length=500)
