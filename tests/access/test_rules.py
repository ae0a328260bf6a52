"""The decision on use: every kind of condition, its edges, and what cannot be read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanghu.access.rules import TAIPEI, Condition, Use, Window, decide

T0 = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # Monday, ten in the morning in Taipei
FREE = Condition(None, None, None, None, None, None, None)
USE = Use("named", frozenset({"auditor"}), "10.1.2.3", T0, T0)
WEEK = frozenset({1, 2, 3, 4, 5})


def reasons(condition: Condition, use: Use = USE, now: datetime = T0) -> tuple[str, ...]:
    return decide(condition, use, now).reasons


def test_no_limit_at_all_allows() -> None:
    assert reasons(FREE) == ()


@pytest.mark.parametrize(
    ("condition", "use", "reason"),
    [
        ({"idle": timedelta(minutes=15)}, {"seen_at": T0 - timedelta(minutes=15)}, "idle"),
        ({"longest": timedelta(hours=12)}, {"started_at": T0 - timedelta(hours=12)}, "too_long"),
        ({"hours": (Window(WEEK, 11 * 60, 20 * 60),)}, {}, "hours"),
        ({"sources": (ip_network("10.2.0.0/16"),)}, {}, "source"),
        ({"sources": (ip_network("10.1.0.0/16"),)}, {"source": "not an address"}, "source"),
        ({"functions": {"admin": frozenset({"auditor"})}}, {}, "kind"),
        ({"functions": {"named": frozenset({"officer"})}}, {}, "function"),
        ({"sessions": 2}, {"opened_before": 2}, "sessions"),
        ({"resources": ("/register/",)}, {"path": "/log/"}, "resource"),
    ],
)
def test_each_kind_refuses_alone(condition: dict[str, object], use: dict[str, object], reason: str) -> None:
    assert reasons(replace(FREE, **condition), replace(USE, **use)) == (reason,)


@pytest.mark.parametrize(
    ("condition", "use"),
    [
        ({"idle": timedelta(minutes=15)}, {"seen_at": T0 - timedelta(minutes=15) + timedelta(microseconds=1)}),
        ({"longest": timedelta(hours=12)}, {"started_at": T0 - timedelta(hours=12) + timedelta(microseconds=1)}),
        ({"hours": (Window(WEEK, 10 * 60, 10 * 60 + 1),)}, {}),
        ({"sources": (ip_network("10.1.0.0/16"),)}, {"source": "::ffff:10.1.2.3"}),
        ({"sources": (ip_network("fe80::/10"),)}, {"source": "fe80::1%eth0"}),
        ({"functions": {"named": frozenset({"auditor", "officer"})}}, {}),
        ({"sessions": 2}, {"opened_before": 1}),
        ({"resources": ("/register/",)}, {"path": "/register/systems/"}),
        ({"resources": ("/register/",)}, {"path": "/sign-in/out/"}),
        ({"resources": ("/register/",)}, {"path": ""}),
    ],
)
def test_each_kind_allows_up_to_its_edge(condition: dict[str, object], use: dict[str, object]) -> None:
    assert reasons(replace(FREE, **condition), replace(USE, **use)) == ()


@pytest.mark.parametrize(
    ("at", "inside"),
    [("2026-11-23 21:59", False), ("2026-11-23 22:00", True), ("2026-11-24 05:59", True), ("2026-11-24 06:00", False),
     ("2026-11-29 23:00", False), ("2026-11-23 03:00", False), ("2026-11-28 03:00", True)],
)  # fmt: skip
def test_hours_past_midnight_belong_to_the_day_they_began(at: str, inside: bool) -> None:
    night = Window(WEEK, 22 * 60, 6 * 60)
    moment = datetime.strptime(at, "%Y-%m-%d %H:%M").replace(tzinfo=TAIPEI)
    assert night.holds(moment.astimezone(UTC)) is inside


def test_only_what_is_asked_for_ends_no_session() -> None:
    refused = decide(replace(FREE, resources=("/register/",)), replace(USE, path="/log/"), T0)
    assert not refused.allow
    assert refused.ends is None


def test_every_reason_is_named_and_the_session_ends() -> None:
    strict = Condition(
        timedelta(minutes=1), timedelta(minutes=1), (), {}, (), 1, ("/register/",),
    )  # fmt: skip
    worst = Use("named", frozenset(), "?", T0 - timedelta(days=1), T0 - timedelta(days=1), 5, "/log/")
    decision = decide(strict, worst, T0)
    assert set(decision.reasons) == {"too_long", "idle", "hours", "source", "kind", "sessions", "resource"}
    assert decision.ends == "too_long"


@given(source=st.text(max_size=50), kind=st.text(max_size=10), path=st.text(max_size=50), age=st.integers(-9, 10**6))
def test_it_decides_whatever_it_is_given(source: str, kind: str, path: str, age: int) -> None:
    condition = Condition(
        timedelta(minutes=15), timedelta(hours=12), (Window(WEEK, 0, 1440),), {"named": frozenset()},
        (ip_network("0.0.0.0/0"), ip_network("::/0")), 3, ("/",),
    )  # fmt: skip
    started = T0 - timedelta(seconds=age)
    decision = decide(condition, Use(kind, frozenset(), source, started, started, 0, path), T0)
    assert decision.allow == (decision.reasons == ())
    assert kind == "named" or "kind" in decision.reasons
