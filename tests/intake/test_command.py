"""``fanghu log sources`` as a script reads it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fanghu.cli.__main__ import main
from fanghu.intake.models import SourceGap, SourceSeen
from tests.intake.conftest import NOW, declared


def test_every_source_with_its_last_event_and_gaps(house: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    row = declared(hours_from="08:00", hours_until="15:00")
    declared("canary-1", run="run-1")
    SourceSeen.objects.create(source=row, last_at=NOW, records=7)
    SourceGap.objects.create(cause="source.silent", key=row.name, source=row, began_at=NOW, noticed_at=NOW)
    assert main(["log", "sources", "--format", "json"]) == 0
    own, orders = json.loads(capsys.readouterr().out)
    assert own["name"] == "fanghu" and own["gaps"] == []
    assert orders["name"] == "orders-ssh" and orders["system"] == "orders" and orders["records"] == 7
    assert orders["last_event"] == "2026-11-22T04:00:00+00:00"
    assert orders["expected"] == {"seconds": 3_600, "from": "08:00", "until": "15:00"}
    (gap,) = orders["gaps"]
    assert gap == {"cause": "source.silent", "of": "orders-ssh", "from": "2026-11-22T04:00:00+00:00", "to": None}
    assert main(["log", "sources"]) == 0
    assert "source.silent" in capsys.readouterr().out
