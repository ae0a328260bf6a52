"""Testimony of what system one asks of robots, and of what its sign-in lets slip (6.8, 6.10). Read only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.db import connection
from django.urls import URLPattern, get_resolver

from fanghu.shell.rights import Right
from fanghu.signin.attempts import hash_of, limits
from fanghu.signin.challenge import KEPT
from fanghu.signin.facts import Automation, MaskedSignIn
from fanghu.signin.models import FailureCount, LedgerSession, Lock, SpentProof
from fanghu.signin.proof_of_work import times_dearer
from fanghu.signin.throttling import ATTEMPTS, WINDOW
from fanghu.testimony import Scope, Subject, Testimony

SYSTEM_ONE = Subject.system("fanghu")
DEADLINE = "fanghu.signin.deadline.DeadlineMiddleware"
STAGES = timedelta(hours=1)
"""No sign-in lasts longer from its password to its session."""
NOTHING_TRIED = frozenset({"challenge", "without_script", "set_language", "jsi18n"})
"""Open to anyone, and nothing about a password is tried there (``without_script`` asks for a wait and a mailed code)."""
AFTER_PASSWORD = frozenset({"mfa_authenticate", "signin_factor"})
"""Open only to whoever has brought a proof and the right password; three failures lock there too."""


def automation(scope: Scope) -> Mapping[Subject, Testimony[Automation]]:
    """Every address of sign-in and password change with what it asks, and sign-ins of the past day that brought nothing."""
    if SYSTEM_ONE not in scope.subjects:
        return {}
    asked = dict(addresses())
    facts = Automation(
        addresses=frozenset(asked),
        open_to_robots=frozenset(name for name, guarded in asked.items() if not guarded),
        first_cost=int(settings.FANGHU_PROOF_COST),
        dearer=times_dearer(0, limits().max_failures),
        used_once=_primary_key() == ["salt"],
        source_attempts=ATTEMPTS,
        source_minutes=WINDOW / timedelta(minutes=1),
        let_in_without=_let_in_without(scope.now),
    )
    return {SYSTEM_ONE: Testimony(facts, source="fanghu.signin", read_at=scope.now)}


def masked(scope: Scope) -> Mapping[Subject, Testimony[MaskedSignIn]]:
    """Fields of every form, the deadline in force, and counts of failures that no lock followed."""
    if SYSTEM_ONE not in scope.subjects:
        return {}
    first = settings.MIDDLEWARE[0] == DEADLINE
    facts = MaskedSignIn(
        shown_fields=frozenset(_shown()),
        deadline_ms=round(settings.FANGHU_SIGNIN_DEADLINE * 1_000) if first else 0,
        unlike_locks=_unlike_locks(),
    )
    return {SYSTEM_ONE: Testimony(facts, source="fanghu.signin", read_at=scope.now)}


def addresses() -> Iterator[tuple[str, bool]]:
    """Names of the pages where somebody may sign in or set a password, and whether each asks for a proof.

    These are all pages open to people without a session but the declared ones, and every page that is named for a password.
    """
    for pattern in _patterns(get_resolver().url_patterns):
        name, view = pattern.name or str(pattern.pattern), pattern.callback
        right = getattr(view, "fanghu_right", None) or settings.FANGHU_VIEW_RIGHTS.get(name)
        open_to_all = right == Right.PUBLIC and name not in NOTHING_TRIED | AFTER_PASSWORD
        if open_to_all or "password" in name:
            yield name, bool(getattr(view, "fanghu_resists", ""))


def _patterns(entries: list[Any]) -> Iterator[URLPattern]:
    for entry in entries:
        if isinstance(entry, URLPattern):
            yield entry
        else:
            yield from _patterns(entry.url_patterns)


def _primary_key() -> list[str]:
    """What the database itself keeps unique among spent proofs."""
    with connection.cursor() as cursor:
        return list(connection.introspection.get_primary_key_columns(cursor, SpentProof._meta.db_table) or [])


def _let_in_without(now: datetime) -> int:
    """Sessions of the past day that began with a password although no proof was spent for its login id before."""
    sessions = LedgerSession.objects.filter(started_at__gt=now - KEPT + STAGES).select_related("account")
    by_password = [row for row in sessions if "password" in row.methods]
    spent: dict[str, list[datetime]] = {}
    for id_hash, spent_at in SpentProof.objects.exclude(id_hash="").values_list("id_hash", "spent_at"):
        spent.setdefault(id_hash, []).append(spent_at)
    hashes = {row.account.login_id: hash_of(row.account.login_id) for row in by_password}
    return sum(
        not any(
            row.started_at - STAGES <= moment <= row.started_at
            for moment in spent.get(hashes[row.account.login_id], [])
        )
        for row in by_password
    )


def _shown() -> Iterator[str]:
    """Fields of our forms that take a password and show it, or send it back."""
    waiting: list[type[Any]] = [forms.BaseForm]
    while waiting:
        form = waiting.pop()
        waiting.extend(form.__subclasses__())
        if not form.__module__.startswith("fanghu."):
            continue
        for name, field in form.base_fields.items():
            widget = field.widget
            hidden = isinstance(widget, forms.PasswordInput) and not widget.render_value
            if not hidden and (name.endswith("password") or name in {"again", "present"}):
                yield f"{form.__name__}.{name}"


def _unlike_locks() -> int:
    """Login ids, known or not, whose failures should have brought a lock and did not."""
    rule = limits()
    failed = set(FailureCount.objects.filter(failures__gte=rule.max_failures).values_list("id_hash", flat=True))
    return len(failed - set(Lock.objects.filter(id_hash__in=failed).values_list("id_hash", flat=True)))
