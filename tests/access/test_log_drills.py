"""The drills of the log over the wire: they pass on the real mechanism and fail each time it is broken."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from fanghu.access.drills import log_access as access_drill
from fanghu.access.drills import log_trail as trail_drill
from fanghu.access.drills.log_access import addresses, log_access
from fanghu.access.drills.log_trail import log_trail
from fanghu.auditlog import actions
from fanghu.auditlog.actions import deliver, open_log, places
from fanghu.auditlog.views import log as log_view
from fanghu.events.models import OutboxEvent
from fanghu.shell.rights import TABLE, Right, Role
from fanghu.shell.signals import access_refused
from fanghu.testimony import DrillRun
from fanghu.tlog.note import new_key

Relay = Callable[[float], object]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four looks at the log instead of forty."""
    monkeypatch.setattr(trail_drill, "LOOKS", 4)
    monkeypatch.setattr(access_drill, "LOOKS", 4)


@pytest.fixture
def relay(settings: Any, tmp_path: Any) -> Relay:
    """A log of the test's own, and the keeper's delivery, run where the drill waits for it."""
    settings.HOME = tmp_path
    return lambda _seconds: deliver(datetime.now(UTC))


@pytest.fixture
def begun(relay: Relay, served: Callable[[], DrillRun]) -> DrillRun:
    """A run against the served system with a log."""
    open_log(datetime.now(UTC))
    return served()


def failed(run: DrillRun) -> list[tuple[str, str]]:
    return [(step.name, step.seen) for step in run.steps if not step.ok]


def test_every_deed_reaches_a_sealed_record(begun: DrillRun, relay: Relay) -> None:
    assert log_trail(begun, pause=relay) == "passed", failed(begun)
    assert len(begun.steps) == 6


def test_the_trail_fails_when_the_relay_stands_still(begun: DrillRun) -> None:
    assert log_trail(begun, pause=lambda _seconds: None) == "failed"
    assert [seen for _name, seen in failed(begun)] == ["not found"] * 4


def test_the_trail_fails_when_a_deed_leaves_no_event(begun: DrillRun, relay: Relay) -> None:
    """The gate refuses and nobody hears of it."""
    heard = access_refused.receivers
    access_refused.receivers = []
    access_refused.sender_receivers_cache.clear()
    try:
        assert log_trail(begun, pause=relay) == "failed"
    finally:
        access_refused.receivers = heard
    assert failed(begun) == [("a refused page is in the log", "not found")]


def test_the_trail_fails_when_the_checkpoint_is_another_key_s(begun: DrillRun, relay: Relay) -> None:
    """Records that nobody can prove are no trail."""

    def deliver_and_swap(seconds: float) -> None:
        relay(seconds)
        _private, other = new_key(places().public_key.read_text().split("+")[0])
        places().public_key.write_text(str(other) + "\n")

    assert log_trail(begun, pause=deliver_and_swap) == "failed"
    assert "not proved" in {seen for _name, seen in failed(begun)}


def test_the_trail_fails_when_events_lose_their_place(begun: DrillRun, relay: Relay) -> None:
    """An event without its place lacks one of the four."""

    def forget_and_deliver(seconds: float) -> None:
        for row in OutboxEvent.objects.filter(sealed_at=None):
            row.body = _without_place(bytes(row.body))
            row.save()
        relay(seconds)

    assert log_trail(begun, pause=forget_and_deliver) == "failed"
    assert {seen for _name, seen in failed(begun)} == {"incomplete"}


def _without_place(body: bytes) -> bytes:
    event = json.loads(body)
    event.pop("place", None)
    return json.dumps(event).encode()


def test_nobody_without_the_right_reads_the_log(begun: DrillRun, relay: Relay) -> None:
    assert log_access(begun, pause=relay) == "passed", failed(begun)
    assert begun.steps[2].params == {"tried": len(addresses()), "refused": len(addresses())}
    assert len(addresses()) >= 8


def test_it_fails_when_a_page_asks_for_no_right(begun: DrillRun, relay: Relay, monkeypatch: Any) -> None:
    monkeypatch.setattr(log_view, "fanghu_right", Right.SELF)
    assert log_access(begun, pause=relay) == "failed"
    assert "pages of the log, asked for without the right" in {name for name, _seen in failed(begun)}


def test_it_fails_when_a_page_asks_for_nothing(begun: DrillRun, relay: Relay, monkeypatch: Any) -> None:
    monkeypatch.setattr(log_view, "fanghu_right", Right.PUBLIC)
    assert log_access(begun, pause=relay) == "failed"


def test_it_fails_when_one_system_s_administrator_reads_them_all(
    begun: DrillRun, relay: Relay, monkeypatch: Any
) -> None:
    monkeypatch.setattr("fanghu.auditlog.actions.within_reach", lambda query, **_more: query)
    assert log_access(begun, pause=relay) == "failed"
    assert {name for name, _seen in failed(begun)} == {
        "another system's log, asked for by that administrator", "the refused reading is in the log"
    }  # fmt: skip


def test_it_fails_when_the_tiles_are_for_every_reader(begun: DrillRun, relay: Relay, monkeypatch: Any) -> None:
    """A page that shows many systems' events then asks for less than the others; the gate lets an administrator in."""
    monkeypatch.setitem(TABLE, Role.ADMINISTRATOR, TABLE[Role.ADMINISTRATOR] | {Right.LOG_READ_ALL})
    assert log_access(begun, pause=relay) == "failed"
    assert "pages that show every log, asked for by that administrator" in {name for name, _seen in failed(begun)}


def test_it_fails_when_the_attempt_is_not_recorded(begun: DrillRun, relay: Relay) -> None:
    heard = access_refused.receivers
    access_refused.receivers = []
    access_refused.sender_receivers_cache.clear()
    try:
        assert log_access(begun, pause=relay) == "failed"
    finally:
        access_refused.receivers = heard
    assert failed(begun) == [("the refused attempt is in the log", "not found")]


def test_it_fails_when_the_reading_is_not_recorded(begun: DrillRun, relay: Relay, monkeypatch: Any) -> None:
    told = actions.record
    monkeypatch.setattr(
        actions, "record", lambda type_, **more: None if type_ == "log.searched" else told(type_, **more)
    )  # fmt: skip
    assert log_access(begun, pause=relay) == "failed"
    assert failed(begun) == [("the reading is in the log", "not found")]


def test_it_fails_when_the_folder_is_open_to_others(begun: DrillRun, relay: Relay) -> None:
    places().folder.chmod(0o755)
    assert log_access(begun, pause=relay) == "failed"
    assert failed(begun)[-1][0] == "files of the log that others on the machine can open"
    assert begun.steps[-1].params == {"files": "log"}


def test_silence_is_not_a_pass(begun: DrillRun, relay: Relay) -> None:
    begun.base_url = "http://127.0.0.1:9"
    assert log_trail(begun, pause=relay) == log_access(begun, pause=relay) == "not_reached"
