"""A real Security log of Windows: every record that its own program wrote, the values that it shows, and damage to it.

``samples/Security_short_selected.evtx.gz`` is the sample of the library evtx 0.8.0 (MIT or Apache-2.0): seven records of 2016.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from fanghu.auditlog import evtx, evtx_chunks
from fanghu.auditlog.actions import import_file
from fanghu.auditlog.order import Order
from fanghu.auditlog.parsers.formats import read
from fanghu.auditlog.vault import SealedLog
from fanghu.events.doer import KEEPER
from tests.auditlog.conftest import NOW

SAMPLE = Path(__file__).parent / "samples" / "Security_short_selected.evtx.gz"
RECORDS = [
    (319457771, 5152, "windows.event", "", "", ""),
    (319457830, 4611, "windows.event", "", "TEMPORAL$", ""),
    (319457831, 4776, "authentication.checked", "failure", "Administrator", "TEMPORAL"),
    (319457832, 4625, "signin.failed", "failure", "Administrator", "23.94.153.202"),
    (319457855, 5152, "windows.event", "", "", ""),
    (319457856, 5157, "windows.event", "", "", ""),
    (319457858, 4673, "privilege.used", "success", "TEMPORAL$", ""),
]


@pytest.fixture
def real(tmp_path: Path) -> Path:
    path = tmp_path / "Security.evtx"
    path.write_bytes(gzip.decompress(SAMPLE.read_bytes()))
    return path


def lines(path: Path) -> list[bytes]:
    return list(evtx.lines_of(path, path.stat().st_size))


def test_every_record_is_read_and_says_what_it_says(real: Path) -> None:
    found = [read("windows", line) for line in lines(real)]
    assert [
        (each.detail["record"], each.detail["event_id"], each.type, each.outcome, each.actor, each.place)
        for each in found
    ] == RECORDS
    assert {each.host for each in found} == {"temporal"}
    assert [each.stamp.at.isoformat() for each in found if each.stamp][3] == "2016-06-29T15:24:36.686000+00:00"


def test_it_is_imported_once(own_log: Path, real: Path) -> None:
    order = Order(real, "windows", "temporal")
    first, again = (import_file(order, by=KEEPER, now=NOW) for _time in range(2))
    assert (first.imported, first.already, first.verbatim) == (7, 0, 0)
    assert (again.imported, again.already) == (0, 7)
    sealed = SealedLog(own_log)
    kept = [record for record in sealed.records(0, sealed.size) if record.kind == "import"]
    assert [record.type for record in kept] == [record[2] for record in RECORDS]


@pytest.mark.parametrize(("aside", "lost"), [(0, 1), (-200, 2)])
def test_a_flipped_byte_is_told_and_spoils_only_records_that_use_it(real: Path, aside: int, lost: int) -> None:
    """In a value of the first record; and in its template, which the fifth shares."""
    whole = lines(real)
    data = bytearray(real.read_bytes())
    data[data.index("23.94.153.202".encode("utf-16-le")) + aside] ^= 0xFF
    real.write_bytes(data)
    found = lines(real)
    assert json.loads(found[0])[evtx_chunks.MARKER] == {"why": "checksum", "chunk": 0, "offset": 4_096}
    assert len(found) == 1 + len(whole)
    assert [place for place, (old, new) in enumerate(zip(whole, found[1:], strict=True)) if old != new] == [0, 4][:lost]
