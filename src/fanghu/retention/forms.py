"""Forms of retention."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from fanghu.faults import Fault

WHY = _("A second person decides on it.")


class HoldForm(forms.Form):
    """What is held, and why."""

    reason = forms.CharField(
        label=_("Why it is held"), max_length=300,
        help_text=_("The case or request that asks for it, such as the number of a letter."),
    )  # fmt: skip
    sources = forms.MultipleChoiceField(
        label=_("Sources"), required=False, help_text=_("None chosen: every source is held.")
    )
    since = forms.DateField(
        label=_("Records from"), required=False, help_text=_("Such as 2024-01-31; empty: from the first."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )  # fmt: skip
    until = forms.DateField(
        label=_("Records until"), required=False, help_text=_("Empty: whatever comes."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )  # fmt: skip

    def __init__(self, *args: Any, sources: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sources"].choices = [(name, name) for name in sources]  # type: ignore[attr-defined]

    def refused(self, fault: Fault) -> None:
        """Show why the action refused."""
        chinese = (get_language() or "zh").startswith("zh")
        self.add_error(None, f"{fault.zh_hant if chinese else fault.en} ({fault.code})")


class ReasonForm(forms.Form):
    """Why a second person is asked."""

    reason = forms.CharField(
        label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}), help_text=WHY
    )  # fmt: skip
