"""The last stage of signing in: a proven account still needs to be inside the conditions of use."""

from __future__ import annotations

from typing import Any

from allauth.account.stages import LoginStage
from django.db import transaction
from django.utils import timezone

from fanghu.access.deciding import of_sign_in
from fanghu.access.words import refusal
from fanghu.events.actions import record
from fanghu.events.doer import Doer
from fanghu.shell.access import refuse


class ConditionStage(LoginStage):
    """No session is opened outside the conditions (3.5)."""

    key = "fanghu_conditions"

    def handle(self) -> tuple[Any, bool]:
        """Go on, or refuse with an event and drop what was proven."""
        account, now = self.login.user, timezone.now()
        if account is None:
            return None, False
        by = Doer(
            "console", account=str(account.pk), person=str(account.person_id or ""),
            place=self.request.META.get("REMOTE_ADDR", ""), run=account.canary_run,
        )  # fmt: skip
        decision = of_sign_in(account, source=by.place, now=now)
        if decision.allow:
            return None, True
        with transaction.atomic():
            record(
                "session.refused", by=by, now=now, object_=f"account:{account.pk}", outcome="failure",
                detail={"reasons": list(decision.reasons)},
            )  # fmt: skip
        return refuse(self.request, 403, *refusal(decision.reasons[0])), False
