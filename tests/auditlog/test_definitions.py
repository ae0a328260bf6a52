"""What the firm defines of its logs: the shipped defaults stand, what the law forbids is refused in one sentence."""

from __future__ import annotations

from typing import Any

import pytest

from fanghu.auditlog.definitions import CLOCK, DEFINITIONS, EVENTS, FIELDS, RETENTION
from fanghu.faults import Fault
from fanghu.register.collectors import systems_now
from fanghu.register.defining_fields import complete

BY_KEY = {definition.key: definition for definition in DEFINITIONS}
CLOCKWORK = {"servers": ["tock.stdtime.gov.tw"], "every_hours": 24, "max_offset_seconds": 1}


def refused(key: str, value: dict[str, Any]) -> str:
    with pytest.raises(Fault) as told:
        BY_KEY[key].check(value)
    assert told.value.en.endswith(".") and told.value.zh_hant.endswith("。")
    return told.value.code


def test_every_shipped_default_may_be_confirmed(db: None) -> None:
    from django.utils import timezone

    from fanghu.register.actions import register_system_one

    register_system_one(timezone.now())
    own = systems_now()["fanghu"]
    for definition in DEFINITIONS:
        default = definition.default(own)
        assert default is not None
        definition.check(complete(definition, default))


def test_of_another_system_only_the_firm_can_say_what_is_recorded(db: None) -> None:
    assert BY_KEY[EVENTS].default(None) is None and BY_KEY[FIELDS].default(None) is None


@pytest.mark.parametrize("days", [1_095, 0, -1, 40_000, 1_096.5, True, "1096"])
def test_less_than_three_years_is_refused(days: Any) -> None:
    assert refused(RETENTION, {"cycle": "daily", "kept_days": days}) == "FH-LOG-60"


def test_three_years_and_more_are_taken() -> None:
    for days in (1_096, 1_826, 36_525):
        BY_KEY[RETENTION].check({"cycle": "monthly", "kept_days": days})


def test_fields_and_kinds_are_named_once_and_well() -> None:
    assert refused(FIELDS, {"fields": ["outcome", "outcome"]}) == "FH-LOG-61"
    assert refused(EVENTS, {"events": ["door opened"]}) == "FH-LOG-62"
    assert refused(EVENTS, {"events": ["door.opened", "door.opened"]}) == "FH-LOG-63"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"servers": ["two words"]}, "FH-LOG-64"),
        ({"servers": ["-x"]}, "FH-LOG-64"),
        ({"servers": ["a;b"]}, "FH-LOG-64"),
        ({"every_hours": 25}, "FH-LOG-65"),
        ({"every_hours": 0}, "FH-LOG-65"),
        ({"max_offset_seconds": 1.5}, "FH-LOG-66"),
        ({"max_offset_seconds": 0}, "FH-LOG-66"),
    ],
)
def test_a_clock_looked_at_too_seldom_or_too_loosely_is_refused(change: dict[str, Any], code: str) -> None:
    assert refused(CLOCK, CLOCKWORK | change) == code


def test_servers_by_name_and_address_are_taken() -> None:
    BY_KEY[CLOCK].check(CLOCKWORK | {"servers": ["192.0.2.1", "2001:db8::1", "ntp-1.example.tw"], "every_hours": 1})
