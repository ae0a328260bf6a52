"""What system one says of its use: read from the running mechanism, and different as soon as that is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fanghu.access.collectors import ending, enforcement, server_side, use_conditions
from fanghu.access.conditions import SYSTEM_ONE
from fanghu.access.jobs import SWEEP
from fanghu.jobs.models import ScheduledJob
from fanghu.shell.routes import routes
from fanghu.signin.models import LedgerSession
from fanghu.testimony import Scope, Subject

Sit = Callable[[str], Any]
MIDDLEWARE = "fanghu.access.middleware.ConditionMiddleware"
GATE = "fanghu.shell.access.RightsMiddleware"


def told(collect: Any, *subjects: Subject) -> Any:
    scope = Scope(datetime.now(UTC), frozenset(subjects or {SYSTEM_ONE}))
    found = collect(scope)
    return {subject: testimony.facts for subject, testimony in found.items()}


def one(collect: Any) -> Any:
    return told(collect)[SYSTEM_ONE]


def test_every_system_is_asked_what_the_firm_defined(define: Any) -> None:
    trading = Subject.system("trading")
    define(sessions=3)
    facts = told(use_conditions, SYSTEM_ONE, trading)
    assert facts[SYSTEM_ONE] == replace(
        facts[SYSTEM_ONE], version=1, approved_apart=True, as_approved=True, undefined=frozenset(), use_ends=True
    )
    assert facts[trading].version == 0


def test_an_idle_time_alone_ends_use(define: Any) -> None:
    define(longest_hours="no-limit")
    assert one(use_conditions).use_ends
    define(longest_hours="no-limit", idle_minutes="no-limit")
    assert not one(use_conditions).use_ends


def test_use_is_held_against_the_condition_in_force(cast: dict[str, Any], client_as: Sit, define: Any) -> None:
    define(sources=["127.0.0.0/8"])
    client_as("bob")
    facts = one(enforcement)
    assert (facts.defined, facts.at_sign_in, facts.on_every_request) == (True, True, True)
    assert (facts.used_outside, facts.open_outside) == (0, 0)


def test_what_was_used_before_a_stricter_condition_is_not_held_against_it(client_as: Sit, define: Any) -> None:
    client_as("bob")
    past = datetime.now(UTC) - timedelta(hours=1)
    LedgerSession.objects.update(started_at=past, seen_at=past, ended_at=past, place="192.0.2.1")
    define(sources=["127.0.0.0/8"])
    assert one(enforcement).used_outside == 0


def test_a_session_just_left_outside_has_until_the_next_sweep(client_as: Sit, define: Any) -> None:
    client_as("bob")
    define(functions=["admin: administrator"])
    assert one(enforcement).open_outside == 0, "the new version is not a minute old"


def test_ending_names_its_limits_and_its_last_run(db: None, define: Any) -> None:
    assert (one(ending).idle_minutes, one(ending).longest_hours, one(ending).swept_at) == (15.0, 12.0, None)
    ran = datetime.now(UTC)
    ScheduledJob.objects.create(name=SWEEP, next_at=ran, held_until=ran, last_ok_at=ran)
    define(idle_minutes=5, longest_hours="no-limit")
    facts = one(ending)
    assert (facts.idle_minutes, facts.longest_hours, facts.swept_at) == (5.0, None, ran)


def test_the_server_decides(db: None) -> None:
    facts = one(server_side)
    assert facts.routes == len(routes()) > 40
    assert facts.gate
    assert facts.opaque_session
    assert facts.cookie_guarded
    assert facts.without_right == facts.open_elsewhere == facts.trusted_headers == facts.other_backends == frozenset()


@pytest.mark.parametrize(
    ("setting", "value", "field"),
    [
        ("SESSION_ENGINE", "django.contrib.sessions.backends.signed_cookies", "opaque_session"),
        ("SESSION_COOKIE_HTTPONLY", False, "cookie_guarded"),
        ("SESSION_COOKIE_SECURE", False, "cookie_guarded"),
        ("AUTHENTICATION_BACKENDS", ["django.contrib.auth.backends.RemoteUserBackend"], "trusted_headers"),
        ("AUTHENTICATION_BACKENDS", ["django.contrib.auth.backends.ModelBackend"], "other_backends"),
    ],
)
def test_a_weakened_setting_is_told(db: None, settings: Any, setting: str, value: Any, field: str) -> None:
    good = getattr(one(server_side), field)
    setattr(settings, setting, value)
    assert getattr(one(server_side), field) != good


def test_a_gate_in_the_wrong_place_is_no_gate(db: None, settings: Any) -> None:
    settings.MIDDLEWARE = [GATE, *(name for name in settings.MIDDLEWARE if name != GATE)]
    assert not one(server_side).gate
    assert not one(enforcement).on_every_request
