"""The list that scripts read keeps its promised shape."""

from __future__ import annotations

import json

import pytest

from fanghu.regulation import RegulationError, load
from fanghu.regulation.listing import as_json, show

EDITION = load()


def test_the_list_has_exactly_the_promised_shape() -> None:
    listed = json.loads(json.dumps(as_json(EDITION), ensure_ascii=False))
    assert [entry["clause"] for entry in listed] == list(EDITION.clauses)
    for entry in listed:
        assert set(entry) == {"clause", "title", "duties"}
        assert set(entry["title"]) == {"zh-Hant", "en"}
        for duty in entry["duties"]:
            assert set(duty) == {"duty", "strength", "scope", "limits", "cadence", "relief", "proof"}
            assert set(duty["scope"]) == {"firm", "on"}
            assert set(duty["proof"]) == {"target", "system_one"}
            assert all(set(limit) == {"value", "unit", "stricter"} for limit in duty["limits"].values())
    assert sum(len(entry["duties"]) for entry in listed) == 83


def test_the_entry_of_the_lockout() -> None:
    (entry,) = [entry for entry in as_json(EDITION) if entry["clause"] == "6.5"]
    assert entry["duties"] == [
        {
            "duty": "6.5",
            "strength": "shall",
            "scope": {"firm": "all", "on": "system"},
            "limits": {
                "max_failures": {"value": 3, "unit": "times", "stricter": "lower"},
                "lock_minutes": {"value": 15, "unit": "minutes", "stricter": "higher"},
            },
            "cadence": None,
            "relief": ["foreign_standard"],
            "proof": {"target": ["drilled"], "system_one": ["drilled"]},
        }
    ]


def test_show_tells_a_clause_or_one_duty_and_refuses_others() -> None:
    assert [duty["duty"] for duty in show(EDITION, "3.5")["duties"]] == ["3.5a", "3.5b"]
    one = show(EDITION, "3.5b")
    assert [duty["duty"] for duty in one["duties"]] == ["3.5b"]
    assert one["clause"] == "3.5"
    assert one["duties"][0]["asks"]["zh-Hant"]
    for number in ("3.99", "", "11", "6.5\n", "../6.5"):
        with pytest.raises(RegulationError, match="FH-LAW-16"):
            show(EDITION, number)
