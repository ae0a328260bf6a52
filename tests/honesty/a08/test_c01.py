"""8.1: flows that lose their encryption. Flow records from outside are not taken in yet, so it starts as undetermined.

Before and after each fault the one thing that is missing is said; with the fault, the fault.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from fanghu.endpoints.models import Flow
from tests.honesty.planting import House, Plant, planted
from tests.honesty.served import changed, served, stage
from tests.probes.front import weak

DUTY = "8.1"


@pytest.fixture
def house(house: House, settings: Any) -> Iterator[House]:
    with served(house, settings) as open_house:
        yield open_house


def another_flow(house: House) -> None:
    carried = Flow.objects.get(endpoint__isnull=False)
    Flow.objects.create(
        system=carried.system, name="nightly file", peer="bank", data="personal", network="internet",
        protection="tls", changed_at=house.now,
    )  # fmt: skip


PLANTS = [
    Plant("the server speaks no TLS any more", lambda house: changed(house, context=None), "clear_text"),
    Plant("TLS 1.0 is offered again", lambda house: changed(house, context=weak(stage(house).held)), "weak"),
    Plant(
        "the address that carries a flow is taken from it by hand",
        lambda house: house.by_hand("UPDATE endpoints_flow SET endpoint_id = NULL"),
        "unprobed",
    ),
    Plant(
        "the flow is said by hand to stay on the machine",
        lambda house: house.by_hand("UPDATE endpoints_flow SET network = 'machine'"),
        "none_declared",
    ),
    Plant("another flow appears that no probe covers", another_flow, "unprobed"),
]


@pytest.mark.parametrize("plant", PLANTS, ids=str)
def test_a_fault_is_seen(house: House, plant: Plant) -> None:
    """What is missing, planted, the fault, undone, what is missing."""
    assert house.cell(DUTY).code == "no_records"
    assert planted(house, DUTY, plant).code == plant.code
    assert house.cell(DUTY).code == "no_records"
