"""The lock rule over any history of attempts: never a fourth, never a window."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from fanghu.signin.rules import IN_FLIGHT, LockLimits, Standing, failures_now, gate, lock_until

T0 = datetime(2026, 1, 1, tzinfo=UTC)
LIMITS = LockLimits()


def play(attempts: list[tuple[int, bool]]) -> list[tuple[datetime, str]]:
    """Let attempts (minutes waited, right?) follow one another; return when each was and what came of it."""
    failures, last, until, now = 0, None, None, T0
    seen = []
    for waited, right in attempts:
        now += timedelta(minutes=waited)
        standing = Standing(failures, last, 0, None, until)
        if gate(standing, LIMITS, now) != "open":
            seen.append((now, "refused"))
        elif right:
            failures, last = 0, None
            seen.append((now, "right"))
        else:
            failures, last = failures_now(standing, LIMITS, now) + 1, now
            until = lock_until(failures, LIMITS, now) or until
            seen.append((now, "wrong"))
    return seen


@given(st.lists(st.tuples(st.integers(0, 2_000), st.booleans()), max_size=40))
def test_after_three_wrong_in_a_row_nothing_is_let_in_for_fifteen_minutes(attempts: list[tuple[int, bool]]) -> None:
    wrong = 0
    locked_at = None
    for now, result in play(attempts):
        if locked_at is not None and now < locked_at + timedelta(minutes=15):
            assert result == "refused"
            continue
        if locked_at is not None:
            wrong, locked_at = 0, None
        assert result != "refused", "nobody is refused without three failures"
        wrong = wrong + 1 if result == "wrong" else 0
        if wrong == 3:
            locked_at = now


def test_attempts_under_way_take_their_place() -> None:
    two = Standing(2, T0, 1, T0, None)
    assert gate(two, LIMITS, T0) == "in_flight"
    assert gate(two, LIMITS, T0 + IN_FLIGHT) == "open", "a killed process does not shut the holder out"
