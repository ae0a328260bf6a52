"""Testimony of system one's sign-in: its lock ledger as set and as it worked. Read only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, F, OuterRef

from fanghu.signin.attempts import limits
from fanghu.signin.facts import Automation, Lockout, MaskedSignIn
from fanghu.signin.masked_collectors import automation, masked
from fanghu.signin.models import LedgerSession, Lock
from fanghu.signin.rules import Standing, failures_now
from fanghu.testimony import Scope, Subject, Testimony

SYSTEM_ONE = Subject.system("fanghu")
BACKEND = "fanghu.signin.backend.LedgerBackend"


def lockout(scope: Scope) -> Mapping[Subject, Testimony[Lockout]]:
    """The lock rule in force, backends that go around it, and locks on record that were too short or let somebody in."""
    if SYSTEM_ONE not in scope.subjects:
        return {}
    rule = limits()
    ran = Lock.objects.filter(ended_at__isnull=False).annotate(stood=F("ended_at") - F("from_at"))
    shortest = min((stood for stood in ran.values_list("stood", flat=True)), default=None)
    let_in = LedgerSession.objects.filter(
        Exists(
            Lock.objects.filter(
                account=OuterRef("account"), from_at__lt=OuterRef("started_at"), until__gt=OuterRef("started_at")
            )
        )
    )
    facts = Lockout(
        failures_allowed=rule.max_failures,
        lock_minutes=rule.lock_minutes,
        counts_since_success=failures_now(Standing(1, scope.now - timedelta(days=365), 0, None, None), rule, scope.now)
        == 1,
        exempt=frozenset(settings.AUTHENTICATION_BACKENDS) - {BACKEND},
        shortest_lock=shortest.total_seconds() / 60 if shortest is not None else None,
        accepted_while_locked=let_in.count(),
    )
    return {SYSTEM_ONE: Testimony(facts, source="fanghu.signin", read_at=scope.now)}


PROVIDERS: dict[type, Callable[[Scope], Mapping[Subject, Testimony[Any]]]] = {
    Lockout: lockout,
    Automation: automation,
    MaskedSignIn: masked,
}
