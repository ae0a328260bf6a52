"""7.6: error pages that speak too much, or without a code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.honesty.planting import House, Plant, tried
from tests.honesty.served import changed, served, setting

DUTY = "7.6"


@pytest.fixture
def house(house: House, settings: Any) -> Iterator[House]:
    with served(house, settings) as open_house:
        yield open_house


def named(answer: bytes) -> bytes:
    return answer.replace(b"\r\nConnection", b"\r\nServer: nginx/1.18.0\r\nConnection", 1)


def told_all(answer: bytes) -> bytes:
    head, blank, body = answer.partition(b"\r\n\r\n")
    return head + blank + body.replace(b"</body>", b"<pre>could not open /usr/lib/fanghu.conf</pre></body>")


PLANTS = [
    Plant("debugging is left on", lambda house: setting(house, "DEBUG", True), "detail"),
    Plant(
        "our error pages are taken out of the URL map",
        lambda house: setting(house, "ROOT_URLCONF", "tests.honesty.a07.bare_urls"),
        "no_code",
    ),
    Plant(
        "the framework's own page for forged forms shows",
        lambda house: setting(house, "CSRF_FAILURE_VIEW", "django.views.csrf.csrf_failure"),
        "detail",
    ),
    Plant("a proxy in front tells its name and version", lambda house: changed(house, alter=named), "detail"),
    Plant("a path of the server stands in the page", lambda house: changed(house, alter=told_all), "detail"),
]
test_a_fault_is_seen = tried(DUTY, PLANTS)
