"""What a proven account must still do before it is signed in: change its password, set up its second factor."""

from __future__ import annotations

from typing import Any

from allauth.account.stages import LoginStage
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from fanghu.accounts.reading import change_due, has_factor, needs_factor


class PasswordStage(LoginStage):
    """A default, temporary or expired password is changed before anything else (6.3, 6.7)."""

    key = "fanghu_password"
    urlname = "signin_password"

    def handle(self) -> tuple[Any, bool]:
        """Send to the change page while a change is due."""
        if self.login.user is not None and change_due(self.login.user, timezone.now()):
            return HttpResponseRedirect(reverse(self.urlname)), True
        return None, True


class FactorStage(LoginStage):
    """Administrators and officers set up a second factor before anything else (6.2)."""

    key = "fanghu_factor"
    urlname = "signin_factor"

    def handle(self) -> tuple[Any, bool]:
        """Send to the set-up page while a needed factor is missing."""
        user = self.login.user
        if user is not None and needs_factor(user) and not has_factor(user):
            return HttpResponseRedirect(reverse(self.urlname)), True
        return None, True
