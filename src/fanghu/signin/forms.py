"""Forms of sign-in, enrolment and one's own account."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from allauth.account.forms import LoginForm as AllauthLoginForm
from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from fanghu.accounts import passwords
from fanghu.signin.challenge import Purpose
from fanghu.testimony import Message


def said(messages: Iterable[Message]) -> list[str]:
    """Sentences in the reader's language."""
    return [message.render(gettext(message.template)) for message in messages]


def focused(form: forms.BaseForm) -> dict[str, bool]:
    """The attribute that puts the cursor in a field, except where the summary of errors takes it."""
    return {} if form.is_bound else {"autofocus": True}


def new_password_field() -> forms.CharField:
    """A field for a new password with the rules beside it."""
    return forms.CharField(
        label=_("New password"),
        strip=False,
        max_length=1_000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("The rules are listed on this page."),
    )


def proof_field(purpose: Purpose) -> forms.CharField:
    """The hidden field that the page's script fills before the form is sent (6.8)."""
    marks = {"data-challenge": reverse_lazy("challenge"), "data-purpose": purpose, "autocomplete": "off"}
    return forms.CharField(required=False, widget=forms.HiddenInput(attrs=marks))


def code_field() -> forms.CharField:
    """A field for the six digits of an authenticator app."""
    return forms.CharField(
        label=_("Code from the authenticator app"),
        max_length=12,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "pattern": "[0-9 ]*"}),
    )


class SignInForm(AllauthLoginForm):  # type: ignore[misc]
    """Login id and password."""

    password = forms.CharField(
        label=_("Password"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = forms.CharField(
            label=_("Login id"),
            widget=forms.TextInput(attrs={"autocomplete": "username", "spellcheck": "false", **focused(self)}),
        )
        self.fields["proof"] = proof_field(Purpose.SIGN_IN)
        self.order_fields(["login", "password"])


class NewPasswordForm(forms.Form):
    """A new password, twice."""

    proof = proof_field(Purpose.CHANGE)
    password = new_password_field()
    again = forms.CharField(
        label=_("New password again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        """Both must be the same."""
        cleaned = super().clean() or {}
        if cleaned.get("password") and cleaned.get("again") and cleaned["password"] != cleaned["again"]:
            self.add_error("again", _("The two passwords are not the same."))
        return cleaned


class ChangePasswordForm(NewPasswordForm):
    """The present password, and a new one twice."""

    present = forms.CharField(
        label=_("Present password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    field_order = ["present", "password", "again"]


class FirstAdministratorForm(NewPasswordForm):
    """Who the first administrator is."""

    name = forms.CharField(label=_("Your name"), max_length=100)
    number = forms.CharField(label=_("Staff number"), max_length=40)
    login_id = forms.CharField(
        label=_("Login id"),
        max_length=60,
        help_text=_("3 to 60 of a-z, 0-9, dot, hyphen, underscore; no identity, phone or card number."),
        widget=forms.TextInput(attrs={"autocomplete": "username"}),
    )
    field_order = ["name", "number", "login_id", "password", "again"]

    def clean(self) -> dict[str, Any]:
        """The password must be strong for this login id and name."""
        cleaned = super().clean()
        if cleaned.get("password"):
            faults = passwords.faults_of(
                cleaned["password"], None, login_id=cleaned.get("login_id", ""), name=cleaned.get("name", "")
            )
            for sentence in said(faults):
                self.add_error("password", sentence)
        return cleaned


class FactorForm(forms.Form):
    """The code that confirms a new second factor."""

    code = code_field()


class RenewFactorForm(FactorForm):
    """The present password and the new factor's code."""

    present = forms.CharField(
        label=_("Present password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    field_order = ["present", "code"]
