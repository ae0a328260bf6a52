"""The form of this app: what if."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.utils.translation import gettext_lazy as _

from fanghu.access.rules import Use
from fanghu.accounts.words import ROLE_NAMES


class MomentInput(forms.DateTimeInput):
    """The browser's own field for a day and a time."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class WhatIfForm(forms.Form):
    """Which account, in which role, when and from where."""

    kind = forms.ChoiceField(label=_("Kind of account"), choices=get_user_model().Kind.choices)
    role = forms.ChoiceField(
        label=_("Role"), required=False, choices=[("", "—"), *((role.value, name) for role, name in ROLE_NAMES.items())]
    )
    at = forms.DateTimeField(
        label=_("Day and time, Taipei"), widget=MomentInput(), input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]
    )
    source = forms.GenericIPAddressField(label=_("Source address"))
    idle = forms.IntegerField(label=_("Minutes without use"), min_value=0, max_value=100_000)

    def use(self) -> Use:
        """The use that is asked about: a session as old as it has been idle."""
        given: dict[str, Any] = self.cleaned_data
        seen_at = given["at"] - timedelta(minutes=given["idle"])
        roles = frozenset({given["role"]} - {""})
        return Use(given["kind"], roles, given["source"], seen_at, seen_at)
