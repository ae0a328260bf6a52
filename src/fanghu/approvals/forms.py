"""The form of a decision."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class DecisionForm(forms.Form):
    """Approve or refuse what was shown; ``shown`` carries the hash of it."""

    shown = forms.CharField(widget=forms.HiddenInput)
    decision = forms.ChoiceField(
        label=_("Decision"),
        choices=[("approve", _("Approve: carry it out now")), ("refuse", _("Refuse: leave things as they are"))],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Needed when you refuse."),
    )
    read = forms.BooleanField(label=_("I have read what would change"))

    def clean(self) -> dict[str, Any]:
        """A refusal needs its reason."""
        cleaned = super().clean() or {}
        if cleaned.get("decision") == "refuse" and not (cleaned.get("note") or "").strip():
            self.add_error("note", _("Say why you refuse."))
        return cleaned
