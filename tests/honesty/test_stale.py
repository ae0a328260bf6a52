"""What is no longer looked at is no longer Met: a keeper that stopped, a clock set forward, facts read long ago."""

from __future__ import annotations

from datetime import timedelta

from fanghu.assurance.actions import judge
from fanghu.assurance.reading import cells
from fanghu.events.doer import KEEPER
from fanghu.regulation import load
from tests.honesty.planting import ONE, House


def met(house: House, **later: float) -> set[str]:
    """The duties of system one that are Met when somebody looks a while from now."""
    return {cell.duty for cell in cells(None, house.now + timedelta(**later), subject=ONE) if cell.verdict == "met"}


def test_a_stopped_keeper_and_a_clock_set_forward_turn_every_verdict_unknown(house: House) -> None:
    judge([ONE], by=KEEPER, now=house.now)
    at_first = met(house)
    assert {"6.3", "6.5", "6.7a", "6.11"} <= at_first
    law = load().duties
    for duty in at_first:
        fresh = law[duty].fresh_for
        assert duty in met(house, seconds=fresh.total_seconds())
        assert duty not in met(house, seconds=fresh.total_seconds() + 1)
    long_after = cells(None, house.now + timedelta(days=400), subject=ONE)
    assert {cell.verdict for cell in long_after} <= {"unknown", "not_applicable"}
    silent = next(cell for cell in long_after if cell.duty == "6.5")
    assert (silent.code, silent.proof, silent.stale) == ("stale", (), True)
    assert "keeper" in silent.because[1]


def test_a_keeper_that_goes_on_says_it_anew_and_the_gap_stays_in_history(house: House) -> None:
    judge([ONE], by=KEEPER, now=house.now)
    again = house.now + timedelta(days=30)
    judge([ONE], by=KEEPER, now=again)
    between = {cell.duty: cell.verdict for cell in cells(house.now + timedelta(days=20), again, subject=ONE)}
    assert between["6.5"] == "unknown"
    assert "6.5" in met(house, days=30)


def test_a_clock_set_back_does_not_make_an_old_verdict_young(house: House) -> None:
    judge([ONE], by=KEEPER, now=house.now)
    judge([ONE], by=KEEPER, now=house.now - timedelta(days=5))
    assert "6.5" in met(house)
    assert "6.5" not in met(house, days=30)
