"""Every duty with a reading and a mechanism behind it has its faults planted, and the page of faults names them all."""

from __future__ import annotations

from fanghu.assurance.readings import readings
from fanghu.regulation import load
from tests.honesty.listing import PAGE, page, plants

LEAST = 2


def measured() -> set[str]:
    """Duties that system one proves by measuring or by a drill."""
    law = load().duties
    return {
        duty
        for duty in readings("fanghu.clauses")
        if {"measured", "drilled"} & set(map(str, law[duty].proof_system_one))
    }


def test_every_measured_duty_has_faults_planted() -> None:
    few = sorted(duty for duty in measured() if len(plants().get(duty, [])) < LEAST)
    assert few == [], f"plant {LEAST} faults or more"


def test_no_fault_is_told_twice() -> None:
    for duty, faults in plants().items():
        assert len({plant.fault for plant in faults}) == len(faults), duty


def test_the_page_lists_every_fault() -> None:
    assert PAGE.read_text("utf-8") == page(), "run: python -m tests.honesty.listing"
