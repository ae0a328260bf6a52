"""A refused page leaves one event a minute for each account and right, and never anything but a refusal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from fanghu.auditlog.models import Refusal
from fanghu.auditlog.refusals import note
from fanghu.events.doer import Doer
from fanghu.events.models import OutboxEvent
from tests.auditlog.conftest import NOW

Sit = Callable[[str], Any]


def told() -> list[str]:
    return [
        bytes(body).decode()
        for body in OutboxEvent.objects.values_list("body", flat=True)
        if b"access.refused" in bytes(body)
    ]


def test_a_page_without_the_right_is_refused_and_told(own_log: Any, client_as: Sit) -> None:
    dave = client_as("dave")
    assert dave.get("/log/").status_code == 403
    assert dave.post("/log/verify/").status_code == 403
    assert dave.post("/log/checkpoint/").status_code == 403
    first, second = told()
    assert '"object":"page:log"' in first and '"right":"log.read"' in first and '"outcome":"failure"' in first
    assert '"object":"page:log_verify"' in second and '"right":"log.read.all"' in second
    assert Refusal.objects.get(right="log.read.all").untold == 1


def test_each_right_and_each_minute_is_told(cast: dict[str, Any]) -> None:
    dave = Doer("console", account=str(cast["dave"].pk), place="192.0.2.7")
    erin = Doer("console", account=str(cast["erin"].pk), place="192.0.2.8")
    assert note("log.read", "log", by=dave, now=NOW)
    assert note("log.import", "log_import", by=dave, now=NOW)
    assert note("log.read", "log", by=erin, now=NOW)
    assert [note("log.read", "log", by=dave, now=NOW + timedelta(seconds=s)) for s in (1, 59)] == [False, False]
    assert note("log.read", "log", by=dave, now=NOW + timedelta(seconds=60))
    assert '"untold_before":2' in told()[-1]
    assert note("log.read", "log", by=dave, now=NOW - timedelta(hours=1)), "a clock set back must not silence it"


def test_a_log_that_takes_no_events_still_refuses(own_log: Any, client_as: Sit, monkeypatch: Any) -> None:
    dave = client_as("dave")
    OutboxEvent.objects.create(id="0" * 32, body=b"{}", created_at=NOW)
    monkeypatch.setattr("fanghu.events.actions.BACKLOG", 0)
    assert dave.get("/log/").status_code == 403
    assert told() == []
