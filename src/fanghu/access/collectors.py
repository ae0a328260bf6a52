"""Testimony on conditions of use and on where system one verifies sign-in and rights. Read only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib.auth.backends import RemoteUserBackend
from django.contrib.auth.middleware import RemoteUserMiddleware
from django.utils.module_loading import import_string

from fanghu.access.conditions import KEY, SYSTEM_ONE, InForce, as_approved, in_force
from fanghu.access.definitions import FIELDS
from fanghu.access.facts import ConditionEnforcement, ServerSideChecks, SessionEnding, UseConditions
from fanghu.access.jobs import EVERY, SWEEP
from fanghu.access.rules import Condition, comes_from
from fanghu.access.sweeping import outside
from fanghu.jobs.models import ScheduledJob
from fanghu.register.definition import NO_LIMIT
from fanghu.register.models import DefinedValue
from fanghu.shell.rights import Right
from fanghu.shell.routes import routes
from fanghu.signin.models import LedgerSession
from fanghu.testimony import Scope, Subject, Testimony

SOURCE = "fanghu.access"
LEDGER = "fanghu.signin.ledger.LedgerMiddleware"
MIDDLEWARE = "fanghu.access.middleware.ConditionMiddleware"
STAGE = "fanghu.access.stages.ConditionStage"
GATE = "fanghu.shell.access.RightsMiddleware"
BACKEND = "fanghu.signin.backend.LedgerBackend"
SESSIONS = "fanghu.signin.cookie"
OPEN_APPS = ("fanghu.signin.", "fanghu.demo.", "django.views.i18n")
"""Whose pages may be open to anybody: signing in checks a proof of its own, demo serves only a sample."""
GRACE = timedelta(seconds=90)
AWAY = EVERY * 6
EXAMINED = timedelta(days=30)
CLOCK = frozenset({"idle", "too_long"})


def use_conditions(scope: Scope) -> Mapping[Subject, Testimony[UseConditions]]:
    """What the firm has defined, for every system (one query)."""
    asked = {str(subject): subject for subject in scope.subjects if subject.kind == "system"}
    rows = DefinedValue.objects.filter(key=KEY, subject__in=asked).order_by("version").select_related("approval")
    newest = {row.subject: row for row in rows}
    return {
        subject: Testimony(_defined(newest.get(written)), source=SOURCE, read_at=scope.now)
        for written, subject in asked.items()
    }


def _defined(row: DefinedValue | None) -> UseConditions:
    """One system's newest approved value, compared with what was approved."""
    kinds = [field.name for field in FIELDS]
    if row is None:
        return UseConditions(0, approved_apart=False, as_approved=False, undefined=frozenset(kinds), use_ends=False)
    value, approval = row.value, row.approval
    return UseConditions(
        version=row.version,
        approved_apart=approval.state == "approved"
        and approval.decided_by_person_id is not None
        and approval.decided_by_person_id != approval.asked_by_person_id,
        as_approved=as_approved(row),
        undefined=frozenset(kind for kind in kinds if value.get(kind) in (None, "", [])),
        use_ends=any(value.get(kind) not in (None, "", NO_LIMIT) for kind in ("idle_minutes", "longest_hours")),
    )


def _system_one(scope: Scope, facts: Callable[[datetime], Any]) -> Mapping[Subject, Testimony[Any]]:
    return {
        subject: Testimony(facts(scope.now), source=SOURCE, read_at=scope.now) for subject in scope.of({SYSTEM_ONE})
    }


def enforcement(scope: Scope) -> Mapping[Subject, Testimony[ConditionEnforcement]]:
    """Where system one decides, and the sessions on record held against the condition in force."""
    return _system_one(scope, _enforcement)


def _enforcement(now: datetime) -> ConditionEnforcement:
    standing = in_force()
    since = max(now - EXAMINED, standing.since or now - EXAMINED)
    seen = LedgerSession.objects.filter(account__canary_run="", seen_at__gte=since).values_list(
        "started_at", "seen_at", "place"
    )
    return ConditionEnforcement(
        defined=standing.version > 0,
        at_sign_in=STAGE in get_adapter().get_login_stages(),
        on_every_request=_after(settings.MIDDLEWARE, LEDGER, MIDDLEWARE, GATE),
        used_outside=sum(_used_outside(standing.condition, since, *each) for each in seen),
        open_outside=len(_late(standing, now)),
    )


def _used_outside(condition: Condition, since: datetime, started_at: datetime, seen_at: datetime, place: str) -> bool:
    """Whether a session on record was opened or last used outside the condition (what came before it is left out)."""
    moments = [moment for moment in (started_at, seen_at) if moment >= since]
    hours = condition.hours
    return (
        (condition.longest is not None and seen_at >= since and seen_at - started_at >= condition.longest)
        or (condition.sources is not None and started_at >= since and not comes_from(place, condition.sources))
        or (hours is not None and any(not any(window.holds(moment) for window in hours) for moment in moments))
    )


def _late(standing: InForce, now: datetime) -> list[str]:
    """Why each session that should have ended a while ago is still open."""
    if standing.since is not None and now - standing.since < GRACE:
        return []
    return [reason for _session, reason in outside(now - GRACE)]


def ending(scope: Scope) -> Mapping[Subject, Testimony[SessionEnding]]:
    """System one's idle time and longest use, the sweeper's last run, sessions it has missed."""
    return _system_one(scope, _ending)


def _ending(now: datetime) -> SessionEnding:
    standing = in_force()
    idle, longest = standing.condition.idle, standing.condition.longest
    return SessionEnding(
        idle_minutes=None if idle is None else idle / timedelta(minutes=1),
        longest_hours=None if longest is None else longest / timedelta(hours=1),
        swept_at=ScheduledJob.objects.filter(name=SWEEP).values_list("last_ok_at", flat=True).first(),
        sweep_minutes=AWAY / timedelta(minutes=1),
        overdue=sum(reason in CLOCK for reason in _late(standing, now)),
    )


def server_side(scope: Scope) -> Mapping[Subject, Testimony[ServerSideChecks]]:
    """System one's URL map, its gate, its session cookie, and what would take an identity from the request."""
    return _system_one(scope, _server_side)


def _server_side(_now: datetime) -> ServerSideChecks:
    found = routes()
    known = {str(right) for right in Right}
    return ServerSideChecks(
        routes=len(found),
        gate=_after(settings.MIDDLEWARE, "django.contrib.auth.middleware.AuthenticationMiddleware", LEDGER, GATE),
        without_right=frozenset(route.name for route in found if route.right not in known),
        open_elsewhere=frozenset(
            route.name for route in found if route.right == Right.PUBLIC and not route.module.startswith(OPEN_APPS)
        ),
        opaque_session=settings.SESSION_ENGINE == SESSIONS and _keeps_hashes(),
        cookie_guarded=settings.SESSION_COOKIE_HTTPONLY
        and settings.SESSION_COOKIE_SECURE
        and settings.SESSION_COOKIE_SAMESITE in {"Strict", "Lax"},
        trusted_headers=frozenset(
            [*_of(settings.MIDDLEWARE, RemoteUserMiddleware), *_of(settings.AUTHENTICATION_BACKENDS, RemoteUserBackend)]
        ),
        other_backends=frozenset(settings.AUTHENTICATION_BACKENDS) - {BACKEND},
    )


def _keeps_hashes() -> bool:
    """Whether the session store's rows are found by a hash of the browser's key, not by the key."""
    return bool(import_module(SESSIONS).hashed("key") != "key")


def _after(listed: Iterable[str], *names: str) -> bool:
    """Whether all of ``names`` are listed, in that order."""
    places = [name for name in listed if name in names]
    return places == list(names)


def _of(listed: Iterable[str], kind: type) -> list[str]:
    """Those of ``listed`` that are ``kind`` or descend from it."""
    return [name for name in listed if isinstance(found := import_string(name), type) and issubclass(found, kind)]


PROVIDERS: dict[type, Callable[[Scope], Mapping[Subject, Testimony[Any]]]] = {
    UseConditions: use_conditions,
    ConditionEnforcement: enforcement,
    SessionEnding: ending,
    ServerSideChecks: server_side,
}
