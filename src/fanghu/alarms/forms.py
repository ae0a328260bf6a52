"""The one form of alarms: what was done."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from fanghu.faults import Fault

LABELS = {"act": _("What was done about it"), "close": _("How it ended, and what keeps it from coming again")}


class NoteForm(forms.Form):
    """A person's own words, kept as the record."""

    note = forms.CharField(max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, deed: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = f"{deed}_%s"
        self.fields["note"].label = LABELS[deed]

    def refused(self, fault: Fault) -> None:
        """Show why the action refused, at the form's head."""
        chinese = (get_language() or "zh").startswith("zh")
        self.add_error(None, f"{fault.zh_hant if chinese else fault.en} ({fault.code})")
