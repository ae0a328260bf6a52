"""6.4: TLS weakened, taken away or gone around, and cookies and pages that let go of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.honesty.planting import House, Plant, tried
from tests.honesty.served import changed, served, setting, stage
from tests.probes.front import certificate, strong, weak

DUTY = "6.4"


@pytest.fixture
def house(house: House, settings: Any) -> Iterator[House]:
    with served(house, settings) as open_house:
        yield open_house


def somebody_else(house: House) -> None:
    folder: Path = house.home / "elsewhere"
    folder.mkdir(exist_ok=True)
    changed(house, context=strong(certificate(folder)))


def nobody_probes(house: House) -> None:
    house.now += timedelta(days=3)


PLANTS = [
    Plant("the server speaks no TLS any more", lambda house: changed(house, context=None), "clear_text"),
    Plant("TLS 1.0 is offered again", lambda house: changed(house, context=weak(stage(house).held)), "weak"),
    Plant("another certificate is served", somebody_else, "untrusted"),
    Plant(
        "a cookie of the sign-in page is not Secure",
        lambda house: setting(house, "CSRF_COOKIE_SECURE", False),
        "cookies",
    ),
    Plant(
        "scripts may read the cookie of the sign-in page",
        lambda house: setting(house, "CSRF_COOKIE_HTTPONLY", False),
        "cookies",
    ),
    Plant("HSTS is turned off", lambda house: setting(house, "SECURE_HSTS_SECONDS", 0), "no_hsts"),
    Plant(
        "the address is marked by hand as one that no authentication data pass",
        lambda house: house.by_hand("UPDATE endpoints_endpoint SET authenticates = %s", False),
        "none_declared",
    ),
    Plant("what the probe saw is deleted by hand", lambda house: house.by_hand("DELETE FROM endpoints_endpointprobe")),
    Plant("nothing has probed for three days", nobody_probes, "stale_facts"),
]
test_a_fault_is_seen = tried(DUTY, PLANTS)
