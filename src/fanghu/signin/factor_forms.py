"""Forms of second factors: giving one at sign-in, adding and removing one's own."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from fanghu.signin.forms import code_field, focused
from fanghu.signin.recovery import LENGTH


class CodeForm(forms.Form):
    """The code of the authenticator app, at sign-in."""

    code = code_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs |= focused(self)


class RecoveryCodeForm(forms.Form):
    """One of the recovery codes, at sign-in."""

    recovery_code = forms.CharField(
        label=_("Recovery code"),
        max_length=LENGTH * 3,
        help_text=_("Each one works once."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}),
    )


class PasskeyForm(forms.Form):
    """What the browser's script hands over."""

    credential = forms.CharField(widget=forms.HiddenInput(attrs={"autocomplete": "off"}))


class PasswordAgainForm(forms.Form):
    """The present password, asked again before something of weight."""

    present = forms.CharField(
        label=_("Present password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class NewPasskeyForm(PasswordAgainForm):
    """A name for a new passkey."""

    name = forms.CharField(
        label=_("Name of the passkey"),
        max_length=60,
        help_text=_("So that you tell it from others: the device it is on, for example."),
    )
    field_order = ["name", "present"]
