"""Forms of the accounts pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from fanghu.accounts.models import Account
from fanghu.accounts.people import people
from fanghu.accounts.rules import CHECK_OUT_HOURS, ENDING_KINDS
from fanghu.accounts.words import ROLE_NAMES
from fanghu.shell.rights import Role

KINDS = [choice for choice in Account.Kind.choices if choice[0] not in {"customer", "service"}]


class RolesForm(forms.Form):
    """Which roles an account holds."""

    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        required=False,
        choices=[(role.value, ROLE_NAMES[role]) for role in Role],
        widget=forms.CheckboxSelectMultiple,
    )


class EndForm(forms.Form):
    """Until when an account may be used."""

    valid_until = forms.DateTimeField(
        label=_("Ends at"),
        required=False,
        help_text=_("Taipei time, such as 2026-12-31 18:00. Temporary, emergency and vendor accounts need an end."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d"],
    )


class NewAccountForm(RolesForm, EndForm):
    """A new account for a person of the register."""

    person: Any = forms.ModelChoiceField(
        label=_("Person"), queryset=None, help_text=_("A person is entered in the register first.")
    )
    login_id = forms.CharField(
        label=_("Login id"),
        max_length=60,
        help_text=_("3 to 60 of a-z, 0-9, dot, hyphen, underscore; no identity, phone or card number."),
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=KINDS)
    lent = forms.BooleanField(
        label=_("Nobody's own"),
        required=False,
        help_text=_("Used only by check-out, by one person at a time; the person named above answers for it."),
    )
    field_order = ["person", "login_id", "kind", "lent", "roles", "valid_until"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = people()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Kinds that must end need an end; an administrator by kind holds the role."""
        cleaned = super().clean() or {}
        ends = cleaned.get("kind") in ENDING_KINDS and not cleaned.get("lent")
        if ends and not cleaned.get("valid_until") and "valid_until" not in self.errors:
            self.add_error("valid_until", _("A temporary, emergency or vendor account needs an end."))
        return cleaned


class DisableForm(forms.Form):
    """Why an account is disabled."""

    reason = forms.CharField(label=_("Reason"), max_length=200)


class CheckOutForm(forms.Form):
    """Which lent account, for how long, and why."""

    account: Any = forms.ModelChoiceField(label=_("Account"), queryset=None)
    hours = forms.IntegerField(label=_("Hours"), min_value=1, max_value=CHECK_OUT_HOURS, initial=1)
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["account"].queryset = Account.objects.filter(  # type: ignore[attr-defined]
            lent=True, state=Account.State.ACTIVE, canary_run=""
        ).order_by("login_id")


class SettleForm(forms.Form):
    """What a stray sign-in was."""

    reason = forms.CharField(label=_("What it was"), max_length=300)
