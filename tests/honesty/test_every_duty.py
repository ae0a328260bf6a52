"""Every duty with a reading and a mechanism behind it has its faults planted; what is still to do is named."""

from __future__ import annotations

from fanghu.assurance.readings import readings
from fanghu.regulation import load
from tests.honesty.listing import plants

LEAST = 2
TODO = frozenset({"6.1", "6.2"})
"""Shrinks as owners plant; take a duty out with its second plant."""


def measured() -> set[str]:
    """Duties that system one proves by measuring or by a drill."""
    law = load().duties
    return {
        duty
        for duty in readings("fanghu.clauses")
        if {"measured", "drilled"} & set(map(str, law[duty].proof_system_one))
    }


def test_every_measured_duty_has_faults_planted() -> None:
    few = {duty for duty in measured() if len(plants().get(duty, [])) < LEAST}
    assert few <= TODO, f"fewer than {LEAST} faults planted: {sorted(few - TODO)}"


def test_what_is_done_is_no_longer_to_do() -> None:
    done = {duty for duty, faults in plants().items() if len(faults) >= LEAST}
    assert not done & TODO, f"take out of TODO: {sorted(done & TODO)}"


def test_no_fault_is_told_twice() -> None:
    for duty, faults in plants().items():
        assert len({plant.fault for plant in faults}) == len(faults), duty
