"""A log like the intake's: many records of several systems, written without any listener."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fanghu.auditlog.derived import utc_text
from fanghu.auditlog.vault import opened
from fanghu.keys.locations import LogPlaces
from fanghu.tlog.entry import Envelope, Place, encode

START = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)  # 23:00 in Taipei
TYPES = ("signin.failed", "signin.succeeded", "session.opened", "line.verbatim", "file.read", "")
WHO = ("root", "wang", "O'Brien", "100%_sure", "back\\slash", "王小明", "nobody\u202e\n", "")


def entries(count: int, *, seed: int = 1, start: datetime = START) -> Iterator[bytes]:
    """``count`` records, 20 seconds apart, from two sources; one in fifty states a time of another day."""
    dice = random.Random(seed)
    for number in range(count):
        at = start + timedelta(seconds=20 * number)
        said = at - timedelta(days=dice.randrange(1, 9)) if number % 50 == 7 else at - timedelta(seconds=1)
        if number % 97 == 5:  # of a host whose clock is far ahead
            said = at + timedelta(days=26_000)
        who, type_ = dice.choice(WHO), dice.choice(TYPES)
        yield encode(
            Envelope(
                id=f"{dice.getrandbits(128):032x}", kind="import", source="gate" if number % 3 else "交易主機",
                received_at=utc_text(at), time=utc_text(said) if number % 11 else "", type=type_, actor=who,
                outcome=dice.choice(("success", "failure", "")), object="/srv/報表.xlsx" if number % 7 == 0 else "",
                place=Place(host="mx1", ip=f"192.0.2.{dice.randrange(9)}" if number % 5 else ""),
                detail={"n": 4} if number % 13 == 0 else {"from": "console"},
                assumed=["timezone"] if number % 17 == 0 else [],
            ),
            f'line {number}: "{who}" 登入 Port={number % 97} {type_}'.encode(),
        )  # fmt: skip


def take_in(home: Path, count: int, **more: object) -> LogPlaces:
    """The log ``intake`` under ``home``, longer by ``count`` sealed records."""
    places = LogPlaces(home, "intake")
    for folder in (home / "logs", home / "keys", home / "run"):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with opened(places, create=True) as vault:
        vault.append(list(entries(count, **more)))  # type: ignore[arg-type]
        vault.seal(START)
    return places
