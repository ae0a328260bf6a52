"""The drills of use over the wire: each passes on the real mechanism and fails each time the mechanism is broken."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fanghu.access.conditions import SYSTEM_ONE
from fanghu.access.drills.condition import condition
from fanghu.access.drills.forged_access import beyond_self, forged_access
from fanghu.access.drills.idle_sign_out import idle_sign_out
from fanghu.access.jobs import sweep
from fanghu.signin.canary import enter, is_inside
from fanghu.signin.models import LedgerSession
from fanghu.testimony import DrillResult, DrillRun
from tests.access.conftest import RUN

Served = Callable[[], DrillRun]
MIDDLEWARE = "fanghu.access.middleware.ConditionMiddleware"


def without(settings: Any, *names: str) -> list[str]:
    return [name for name in settings.MIDDLEWARE if name not in names]


def seen(run: DrillRun) -> list[tuple[str, bool]]:
    return [(step.seen, step.ok) for step in run.steps]


def test_outside_the_conditions_is_refused(run: DrillRun) -> None:
    assert condition(run) == "passed", run.steps
    assert [word for word, _ok in seen(run)] == ["accepted", "refused", "refused"] * 3 + ["refused"]


def test_it_goes_by_its_own_condition_whatever_the_firms(run: DrillRun, define: Any) -> None:
    """By night, and where the firm lets in its own network only, drills still work."""
    define(sources=["192.0.2.0/24"], functions=["admin: administrator"], resources=["/log/"])
    assert condition(run) == "passed", run.steps
    assert is_inside(enter(run, "other", factor=False))


def test_it_fails_when_requests_are_not_decided(served: Served, settings: Any) -> None:
    settings.MIDDLEWARE = without(settings, MIDDLEWARE)
    assert condition(served()) == "failed"


@pytest.mark.parametrize("kind", ["source", "hours", "function"])
def test_it_fails_when_one_kind_is_not_decided(run: DrillRun, monkeypatch: Any, kind: str) -> None:
    """A decision that lost one of its kinds lets that kind through."""
    from fanghu.access import deciding
    from fanghu.access.rules import Decision, decide

    def forgetful(*given: Any) -> Decision:
        return Decision(tuple(reason for reason in decide(*given).reasons if reason != kind))

    monkeypatch.setattr(deciding, "decide", forgetful)
    assert condition(run) == "failed"


def later(run: DrillRun) -> None:
    """Let the idle time pass for the session left alone, as if nobody had touched it."""
    label = LedgerSession.objects.filter(account__login_id__startswith="canary-idle")
    label.update(seen_at=datetime.now(UTC) - timedelta(minutes=16))


def to_the_end(run: DrillRun, *, swept: bool = True) -> DrillResult | None:
    result = idle_sign_out(run)
    if result is not None:
        return result
    assert run.resume_at is not None
    assert timedelta(minutes=11) < run.resume_at - datetime.now(UTC) < timedelta(minutes=12)
    result = idle_sign_out(run)
    if result is not None:
        return result
    assert timedelta(minutes=15) < run.resume_at - datetime.now(UTC) < timedelta(minutes=17)
    later(run)
    if swept:
        sweep(datetime.now(UTC))
    return idle_sign_out(run)


def test_an_idle_session_ends_by_itself(run: DrillRun) -> None:
    assert to_the_end(run) == "passed", run.steps
    keys = LedgerSession.objects.values_list("key_hash", flat=True)
    assert all(key not in str(run.memory) for key in keys)


def test_it_fails_when_nothing_sweeps(run: DrillRun) -> None:
    assert to_the_end(run, swept=False) == "failed"
    assert ("open", False) in seen(run)


def test_it_fails_when_idle_sessions_live_on(run: DrillRun) -> None:
    """Whatever keeps a session fresh that nobody uses."""
    assert idle_sign_out(run) is None
    assert idle_sign_out(run) is None
    LedgerSession.objects.update(seen_at=datetime.now(UTC))
    sweep(datetime.now(UTC))
    assert idle_sign_out(run) == "failed"
    assert ("accepted", False) in seen(run)


def test_an_idle_time_changed_meanwhile_proves_nothing(run: DrillRun, define: Any) -> None:
    assert idle_sign_out(run) is None
    define(idle_minutes=30)
    assert idle_sign_out(run) == "not_reached"


def test_it_fails_when_everybody_is_signed_out(run: DrillRun) -> None:
    """Ending every session is not ending the idle ones."""
    assert idle_sign_out(run) is None
    LedgerSession.objects.update(ended_at=datetime.now(UTC))
    assert idle_sign_out(run) == "failed"


def test_it_fails_without_an_idle_time(run: DrillRun, define: Any) -> None:
    define(idle_minutes="no-limit")
    assert idle_sign_out(run) == "failed"


def test_a_late_keeper_proves_nothing(run: DrillRun) -> None:
    assert idle_sign_out(run) is None
    run.memory["until"] = datetime.now(UTC).isoformat()
    assert idle_sign_out(run) == "not_reached"
    assert run.steps[-1].seen == "too late"


def test_forged_access_is_refused(run: DrillRun) -> None:
    assert forged_access(run) == "passed", run.steps
    assert len(list(beyond_self())) > 10
    assert all(step.params["tried"] == step.params["refused"] for step in run.steps if step.params)


def test_it_fails_when_a_header_is_believed(served: Served, settings: Any) -> None:
    """Put where a proxy's integration would stand: after Django's own, before the gate."""
    listed = list(settings.MIDDLEWARE)
    listed.insert(listed.index(MIDDLEWARE) + 1, "tests.access.planted.BelievesHeaders")
    settings.MIDDLEWARE = listed
    assert forged_access(served()) == "failed"


def test_it_fails_when_the_gate_is_gone(served: Served, settings: Any) -> None:
    settings.MIDDLEWARE = without(settings, "fanghu.shell.access.RightsMiddleware")
    assert forged_access(served()) == "failed"


def test_it_fails_when_the_gate_forgets_posts(served: Served, settings: Any) -> None:
    gate = "fanghu.shell.access.RightsMiddleware"
    settings.MIDDLEWARE = ["tests.access.planted.GateForReading" if n == gate else n for n in settings.MIDDLEWARE]
    run = served()
    assert forged_access(run) == "failed"
    assert [step.ok for step in run.steps] == [True, True, True, True, True, False, True]


def test_it_fails_when_one_page_asks_for_nothing(run: DrillRun, monkeypatch: Any) -> None:
    """A page that anybody may open, whatever the others ask for, is found by who tries it."""
    from fanghu.access.drills import forged_access as drill
    from fanghu.console import board

    pages = list(beyond_self())
    monkeypatch.setattr(drill, "beyond_self", lambda: pages)
    monkeypatch.setattr(board.board, "fanghu_right", "public")
    assert forged_access(run) == "failed"


def test_it_fails_when_the_database_opens_sessions(served: Served, settings: Any) -> None:
    """A store that takes the key as the database holds it, without the ledger behind it."""
    settings.SESSION_ENGINE = "tests.access.planted"
    settings.MIDDLEWARE = without(settings, "fanghu.signin.ledger.LedgerMiddleware")
    assert forged_access(served()) == "failed"


@pytest.mark.parametrize("attack", [condition, idle_sign_out, forged_access])
def test_nobody_answering_is_not_a_pass(db: None, attack: Any) -> None:
    run = DrillRun(RUN, "3.5a", SYSTEM_ONE, "http://127.0.0.1:9", lambda: datetime.now(UTC))
    assert attack(run) == "not_reached"
