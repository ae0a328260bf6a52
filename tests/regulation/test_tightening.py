"""A firm tightens numbers, and is told which one it tried to loosen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanghu.regulation import RegulationError, load, tighten

DUTIES = load().duties
LIMITS = [(duty.id, name) for duty in DUTIES.values() for name in duty.limits]


def test_a_tighter_lockout_is_in_force_and_the_law_is_untouched() -> None:
    tight = tighten(DUTIES["6.5"], {"max_failures": 2, "lock_minutes": 30})
    assert {name: limit.value for name, limit in tight.limits.items()} == {"max_failures": 2, "lock_minutes": 30}
    assert DUTIES["6.5"].limits["max_failures"].value == 3


def test_a_quarterly_review_changes_the_cadence() -> None:
    assert tighten(DUTIES["3.3"], {"review_months": 3}).cadence == "P3M"


@pytest.mark.parametrize(
    ("duty", "name", "value", "code"),
    [
        ("6.5", "max_failures", 4, "FH-LAW-14"),
        ("6.5", "lock_minutes", 14, "FH-LAW-14"),
        ("6.7a", "password_history", 2, "FH-LAW-14"),
        ("4.1", "retention_years", 2.9, "FH-LAW-17"),
        ("6.5", "max_failures", 0, "FH-LAW-17"),
        ("6.5", "max_failures", -1, "FH-LAW-17"),
        ("6.5", "max_failures", True, "FH-LAW-17"),
        ("6.5", "lock_minutes", float("nan"), "FH-LAW-17"),
        ("6.5", "lock_minutes", float("inf"), "FH-LAW-17"),
        ("6.5", "max_failure", 2, "FH-LAW-15"),
        ("3.1", "anything", 1, "FH-LAW-15"),
    ],
)
def test_looser_and_senseless_numbers_are_refused_by_name(duty: str, name: str, value: float, code: str) -> None:
    with pytest.raises(RegulationError) as caught:
        tighten(DUTIES[duty], {name: value})
    assert caught.value.code == code
    assert name in caught.value.text.en
    assert name in caught.value.text.zh_hant
    assert duty in caught.value.text.en


@given(limit=st.sampled_from(LIMITS), value=st.floats(-10, 10_000) | st.integers(-10, 10_000))
def test_whatever_is_accepted_is_at_least_as_strict(limit: tuple[str, str], value: float) -> None:
    duty_id, name = limit
    law = DUTIES[duty_id].limits[name]
    try:
        firm = tighten(DUTIES[duty_id], {name: value}).limits[name]
    except RegulationError:
        assert not law.allows(value) or value <= 0 or value != int(value)
        return
    assert firm.value == value
    assert law.allows(firm.value)
    assert (firm.unit, firm.stricter) == (law.unit, law.stricter)
