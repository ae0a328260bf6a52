"""When a source is silent, and which change silences it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fanghu.intake import rules
from fanghu.intake.rules import overdue_at, silencing

EVERY = timedelta(hours=1)


def taipei(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=rules.TAIPEI)


def test_around_the_clock() -> None:
    assert overdue_at(taipei(20, 3), EVERY) == taipei(20, 4)


@pytest.mark.parametrize(
    ("last", "hours", "due"),
    [
        (taipei(20, 10), ("08:00", "14:00"), taipei(20, 11)),  # within the day
        (taipei(20, 13, 40), ("08:00", "14:00"), taipei(21, 8, 40)),  # the rest falls on the next morning
        (taipei(20, 20), ("08:00", "14:00"), taipei(21, 9)),  # spoke after hours
        (taipei(20, 3), ("08:00", "14:00"), taipei(20, 9)),  # before hours
        (taipei(20, 23), ("22:00", "02:00"), taipei(21, 0)),  # a night session runs into the next day
        (taipei(21, 1, 30), ("22:00", "02:00"), taipei(21, 22, 30)),
    ],
)
def test_only_time_within_the_hours_counts(last: datetime, hours: tuple[str, str], due: datetime) -> None:
    assert overdue_at(last, EVERY, hours) == due
    assert not rules.is_silent(last, EVERY, due, hours)
    assert rules.is_silent(last, EVERY, due + timedelta(seconds=1), hours)


def test_a_long_interval_spans_days_of_short_hours() -> None:
    """Twelve hours of six-hour days are two days."""
    assert overdue_at(taipei(20, 8), timedelta(hours=12), ("08:00", "14:00")) == taipei(21, 14)


BEFORE: dict[str, Any] = {
    "system": "orders", "format": "openssh", "zone": "Asia/Taipei", "ways": ["http", "syslog"], "addresses": ["192.0.2.7/32"],
    "hosts": [], "paths": [], "journal": "", "certificates": ["ab" * 32], "every_seconds": 3_600, "hours_from": "",
    "hours_until": "", "most_per_second": 0,
}  # fmt: skip


@pytest.mark.parametrize(
    "after",
    [
        {"ways": ["http"]}, {"addresses": []}, {"addresses": ["192.0.2.8/32"]}, {"certificates": []}, {"every_seconds": 7_200},
        {"hosts": ["web1"]}, {"hours_from": "08:00"}, {"most_per_second": 10}, {"system": "mail"},
    ],
)  # fmt: skip
def test_what_silences(after: dict[str, Any]) -> None:
    assert silencing(BEFORE, after) == list(after)


@pytest.mark.parametrize(
    "after",
    [
        {"ways": ["http", "syslog", "otlp"]}, {"addresses": ["192.0.2.7/32", "192.0.2.8/32"]}, {"every_seconds": 60},
        {"format": "nginx"}, {"zone": "UTC"}, {"paths": ["/var/log/x"]}, {"journal": "_COMM=sshd"},
    ],
)  # fmt: skip
def test_what_does_not(after: dict[str, Any]) -> None:
    assert silencing(BEFORE, after) == []


@pytest.mark.parametrize(("text", "inside"), [("", True), ("127.0.0.1:6514", True), ("[::1]:6514", True),
                                              ("0.0.0.0:6514", False), ("192.0.2.1:6514", False), ("[::]:6514", False)])  # fmt: skip
def test_who_can_reach_a_listener(text: str, inside: bool) -> None:
    assert rules.stays_inside(text) is inside


@pytest.mark.parametrize(
    "text", ["localhost:1", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536", "1.2.3:5", "::1:5", "a"]
)
def test_what_is_no_listener(text: str) -> None:
    assert rules.listener(text) is None


def test_networks_and_fingerprints() -> None:
    assert rules.network(" 192.0.2.9/24 ") == "192.0.2.0/24"
    assert rules.network("mail.example") is None
    assert rules.fingerprint(":".join(["AB"] * 32)) == "ab" * 32
    assert rules.fingerprint("ab" * 31) is None
    assert rules.moment("2026-11-22T04:00:00Z") == datetime(2026, 11, 22, 4, tzinfo=UTC)
    assert rules.moment("yesterday") is None
