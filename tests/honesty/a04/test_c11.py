"""4.11: a log altered, rewritten, shortened or left outside; a verification that stopped; a checkpoint nobody keeps."""

from __future__ import annotations

import shutil
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from fanghu.approvals.actions import decide
from fanghu.auditlog.actions import places, seal_now
from fanghu.auditlog.verification import verify, verify_others
from fanghu.auditlog.witness_definition import WITNESS
from fanghu.auditlog.witnessing import ask
from fanghu.events.actions import record
from fanghu.events.doer import KEEPER
from fanghu.faults import Fault
from fanghu.register.defining import ask_to_define
from fanghu.testimony import FIRM
from fanghu.tlog.note import Signer, cosigner_text
from tests.auditlog.taken_in import take_in
from tests.honesty.a04.conftest import doer, later
from tests.honesty.planting import House, Plant, tried

DUTY = "4.11"


def flip(house: House) -> None:
    path = places().folder / "frames" / "tail"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    house.file(path, bytes(data))
    verify(by=KEEPER, now=house.now)


def stuck(house: House) -> None:
    record("door.opened", by=KEEPER, now=house.now - timedelta(minutes=6))


def of_others(house: House) -> Path:
    """A log of other systems, verified and whole; taken away again with the plant."""
    take_in(house.home, 20)

    def remove() -> None:
        shutil.rmtree(house.home / "logs", ignore_errors=True)
        for path in [*house.home.glob("log-key-*"), *(house.home / "keys").glob("log-signing-*")]:
            path.unlink()

    house.undo.append(remove)
    assert all(report.ok for report in verify_others(by=KEEPER, now=house.now).values())
    assert house.cell(DUTY).verdict == "met"
    return house.home / "logs" / "intake"


def flip_of_others(house: House) -> None:
    path = of_others(house) / "frames" / "tail"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    verify_others(by=KEEPER, now=house.now)


def spoil_checkpoint_of_others(house: House) -> None:
    (of_others(house) / "checkpoint").write_bytes(b"nonsense")
    verify_others(by=KEEPER, now=house.now)


def another_history(house: House) -> None:
    """The witness answers that it saw more entries than the log holds: an older copy was put back."""
    key = Signer("witness.example/w", bytes(32)).verifier
    value = {"url": "https://witness.example", "key": cosigner_text(key), "stamp_url": None, "stamp_roots": []}
    asked = ask_to_define(
        WITNESS, FIRM, value, "the audit office runs it", by=doer(house.people["erin"]), now=house.now
    )
    decide(asked.pk, True, "read", by=doer(house.people["bob"]), now=house.now)
    seal_now(wait=True)
    with suppress(Fault):
        ask(by=KEEPER, now=house.now, post=lambda _url, _body: (409, "text/x.tlog.size", b"999999\n"))


def torn_of_others(house: House) -> None:
    """What a crash may leave proves nothing wrong, and nothing right either."""
    log = of_others(house)
    house.by_hand("UPDATE auditlog_otherlog SET verified_at = %s", house.now - timedelta(days=2))
    with (log / "frames" / "tail").open("ab") as file:
        file.write(b"FHT1")
    verify_others(by=KEEPER, now=house.now)


PLANTS = [
    Plant("a bit of the log is flipped on the disk", flip, "damaged"),
    Plant(
        "the log was rewritten since a checkpoint was taken away",
        lambda house: house.by_hand("UPDATE auditlog_keptcheckpoint SET root = %s", "00" * 32),
        "rewritten",
    ),
    Plant(
        "the log is shorter than when it was verified",
        lambda house: house.by_hand("UPDATE auditlog_relaystate SET verified_size = 1000000"),
        "shrunk",
    ),
    Plant("a bit of the other systems' log is flipped", flip_of_others, "finding"),
    Plant("the checkpoint of the other systems' log is spoilt", spoil_checkpoint_of_others, "finding"),
    Plant("the other systems' log has not let itself be verified for two days", torn_of_others, "not_lately"),
    Plant("the witness saw another history of the log", another_history, "finding"),
    Plant("the other systems' log is removed", lambda house: shutil.rmtree(of_others(house)), "finding"),
    Plant("events wait outside the log", stuck, "not_arriving"),
    Plant("nothing verifies the log for two days", later(2), "not_lately"),
    Plant(
        "nobody holds a checkpoint", lambda house: house.by_hand("DELETE FROM auditlog_keptcheckpoint"), "none_kept"
    ),
]  # fmt: skip
test_a_fault_is_seen = tried(DUTY, PLANTS)
