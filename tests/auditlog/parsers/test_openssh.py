"""What sshd's lines say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanghu.auditlog.parsers.openssh import read
from fanghu.auditlog.parsers.reading import Stamp, stamp_of
from fanghu.auditlog.years import YearWalk, first_year, moment
from tests.auditlog.sample import FAILED, SAMPLE

TAIPEI = ZoneInfo("Asia/Taipei")
REAL = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "openssh-2k.log"
HEAD = b"Dec 10 06:55:46 gate sshd[1]: "


def says(text: bytes):
    found = read(HEAD + text)
    return found.type, found.outcome, found.actor, found.place


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        (b"Failed password for root from 10.0.0.1 port 22 ssh2", ("signin.failed", "failure", "root", "10.0.0.1")),
        (b"Failed none for invalid user x from 10.0.0.1 port 22 ssh2", ("signin.failed", "failure", "x", "10.0.0.1")),
        (
            b"Failed password for invalid user  0101 from 10.0.0.1 port 9 ssh2",
            ("signin.failed", "failure", " 0101", "10.0.0.1"),
        ),
        (
            b"Accepted password for wang from 2001:db8::1 port 9 ssh2",
            ("signin.succeeded", "success", "wang", "2001:db8::1"),
        ),
        (
            b"Accepted publickey for wang from 10.0.0.1 port 9 ssh2: RSA SHA256:x",
            ("signin.succeeded", "success", "wang", "10.0.0.1"),
        ),
        (b"Invalid user  from 10.0.0.1", ("account.unknown", "failure", "", "10.0.0.1")),
        (
            b"Connection closed by authenticating user root 10.0.0.1 port 5 [preauth]",
            ("connection.closed", "", "root", "10.0.0.1"),
        ),
        (b"Disconnected from user wang 10.0.0.1 port 5", ("connection.closed", "", "wang", "10.0.0.1")),
        (
            b"pam_unix(sshd:session): session opened for user wang(uid=1000) by (uid=0)",
            ("session.opened", "success", "wang", ""),
        ),
        (b"something nobody knows", ("sshd.other", "", "", "")),
    ],
)
def test_messages(text, meaning):
    assert says(text) == meaning


def test_a_user_name_that_looks_like_an_address_forges_nothing():
    forged = b"Failed password for invalid user root from 10.9.9.9 port 1 ssh2 from 192.0.2.1 port 4444 ssh2"
    assert says(forged)[2:] == ("root from 10.9.9.9 port 1 ssh2", "192.0.2.1")
    accepted = b"Failed password for invalid user x Accepted password for root from 10.9.9.9 port 1 ssh2 from 192.0.2.1 port 4 ssh2"
    assert says(accepted)[0] == "signin.failed"


def test_repeated_messages_are_counted():
    found = read(HEAD + b"message repeated 5 times: [ Failed password for root from 5.36.59.76 port 42393 ssh2]\r")
    assert (found.type, found.times, found.actor) == ("signin.failed", 5, "root")


def test_a_modern_stamp_carries_its_zone():
    found = read(
        b"2026-11-22T08:00:00.123456+08:00 gate sshd-session[7]: Accepted password for w from 10.0.0.1 port 9 ssh2"
    )
    assert found.stamp == Stamp(at=datetime(2026, 11, 22, 8, 0, 0, 123456, tzinfo=timezone(timedelta(hours=8))))
    assert found.type == "signin.succeeded"


@pytest.mark.parametrize(
    "line",
    [b"", b"-- MARK --", b"Xyz 10 06:55:46 gate sshd[1]: x", b"Dec 40 06:55:46 gate sshd[1]: x", b"Dec 10 26:55:46 gate sshd[1]: x",
     b"2026-13-22T08:00:00+08:00 gate sshd[7]: x", b"\xff\xfe\xfd", b"Dec 10 06:55:46 gate CRON[1]: hello"],
)  # fmt: skip
def test_what_cannot_be_read_is_kept_verbatim(line):
    assert read(line).verbatim


@given(st.binary(max_size=300))
def test_no_line_breaks_the_reader(line):
    assert read(line).times >= 1
    assert read(HEAD + line).times >= 1


def test_the_sample():
    readings = [read(line) for line in SAMPLE.splitlines()]
    assert sum(found.times for found in readings if found.type == "signin.failed") == FAILED
    assert sum(found.verbatim for found in readings) == 3


@pytest.mark.skipif(not REAL.exists(), reason="the real log lies beside the project, not in it")
def test_the_real_log():
    """The note beside the file counts 531; the 532nd is the attempt whose user name begins with a space."""
    failed = [found for found in map(read, REAL.read_bytes().split(b"\n")) if found.type == "signin.failed"]
    assert sum(found.times for found in failed) == 532
    assert sum(found.times for found in failed if not found.actor.startswith(" ")) == 531
    assert len({found.place for found in failed}) == 24
    readings = [read(line) for line in REAL.read_bytes().split(b"\n")]
    assert [found.actor for found in readings if found.type == "signin.succeeded"] == ["fztu"]
    assert not any(found.verbatim or found.type == "sshd.other" for found in readings)


def walk(*days: tuple[int, int]) -> YearWalk:
    steps = YearWalk()
    for month, day in days:
        steps.step(Stamp(month=month, day=day, clock="12:00:00"))
    return steps


@pytest.mark.parametrize(
    ("days", "now", "year"),
    [
        ([(12, 10)], datetime(2026, 11, 22, tzinfo=UTC), 2025),
        ([(11, 21)], datetime(2026, 11, 22, tzinfo=UTC), 2026),
        ([(11, 22)], datetime(2026, 11, 22, tzinfo=UTC), 2026),
        ([(11, 23)], datetime(2026, 11, 22, 6, tzinfo=UTC), 2026),  # a clock that runs ahead by less than a day
        ([(11, 24)], datetime(2026, 11, 22, tzinfo=UTC), 2025),
        ([(12, 31), (1, 1)], datetime(2026, 11, 22, tzinfo=UTC), 2025),
        ([(12, 31), (1, 1), (12, 31), (1, 2)], datetime(2026, 11, 22, tzinfo=UTC), 2025),
        ([(6, 1), (12, 1), (6, 1), (12, 1), (6, 1)], datetime(2026, 11, 22, tzinfo=UTC), 2024),  # a quiet source
        ([(3, 1), (2, 28), (3, 2)], datetime(2026, 11, 22, tzinfo=UTC), 2026),  # a line out of order
        ([(2, 29)], datetime(2026, 11, 22, tzinfo=UTC), 2024),
        ([], datetime(2026, 11, 22, tzinfo=UTC), 2026),
        ([(1, 1)], datetime(2025, 12, 31, 16, 30, tzinfo=UTC), 2026),  # already New Year in Taipei
    ],
)
def test_the_assumed_year_is_the_newest_not_in_the_future(days, now, year):
    assert first_year(walk(*days), now, TAIPEI) == year


def test_lines_of_one_file_cross_new_year():
    steps = YearWalk()
    years = []
    for line in SAMPLE.splitlines():
        stamp = stamp_of(line)
        if stamp:
            years.append(moment(stamp, 2025 + steps.step(stamp), TAIPEI).year)
    assert years == [2025] * 5 + [2026] * 6
    assert moment(Stamp(month=2, day=29, clock="00:00:00"), 2025, TAIPEI) is None
