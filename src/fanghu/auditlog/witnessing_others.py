"""Every log beside our own brought to the same witness (4.11): what it cosigned, what it refused and why.

Each log is asked for on its own; what goes wrong with one stops no other. A refusal is told once, until it changes.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from fanghu.auditlog.models import OtherLog
from fanghu.auditlog.vault import SealedLog
from fanghu.auditlog.witnessing import Outside, held_in, the_witness
from fanghu.events.actions import record
from fanghu.events.doer import Doer
from fanghu.faults import Fault
from fanghu.keys import log_keys
from fanghu.keys.locations import LogPlaces
from fanghu.tlog.checkpoint import Checkpoint
from fanghu.tlog.damage import BadNote
from fanghu.witness.client import Cosigned, NotVouched, Post, over_http, submit
from fanghu.witness.outside import is_outside


def ask_for_others(
    *, by: Doer, now: datetime, post: Post | None = None, outside: Outside = is_outside
) -> dict[str, bool]:
    """Have the witness cosign every other log's newest checkpoint; by the log's name, whether it did.

    Nothing where no witness is defined. One that lies on this machine counts for nothing.
    """
    found = the_witness()
    if found is None:
        return {}
    url, key = found
    done: dict[str, bool] = {}
    for at in LogPlaces.all(Path(settings.HOME)):
        checkpoint = _checkpoint(at) if at.name else None
        if checkpoint is None or not checkpoint.size:
            continue
        known = OtherLog.objects.filter(name=at.name).first() or OtherLog(name=at.name)
        old = known.witnessed_size if known.witness == key.name else 0
        try:
            cosigned = submit(SealedLog(at.folder).reader, checkpoint, url, key, old=old, post=post or over_http())
        except (NotVouched, Fault, OSError) as why:
            refused = why if isinstance(why, NotVouched) else _unreadable(why)
            _refused(known, refused, checkpoint, key.name, by, now)
            done[at.name] = False
            continue
        _vouched(at, known, cosigned, by, now, outside=outside(url))
        done[at.name] = True
    return done


def _checkpoint(at: LogPlaces) -> Checkpoint | None:
    """As it lies there, its signature checked; None for one that is none: verification says so."""
    try:
        return Checkpoint.verified(
            (at.folder / "checkpoint").read_bytes(), [log_keys.pinned(at.public_key, log=at.folder)]
        )
    except (OSError, BadNote, Fault):
        return None


def _unreadable(why: Fault | OSError) -> NotVouched:
    if isinstance(why, Fault):
        return NotVouched(why.en, why.zh_hant)
    name = type(why).__name__
    return NotVouched(f"the log cannot be read ({name})", f"無法讀取日誌（{name}）")


def _vouched(at: LogPlaces, known: OtherLog, cosigned: Cosigned, by: Doer, now: datetime, *, outside: bool) -> None:
    checkpoint = cosigned.checkpoint
    if outside:
        held_in(at, cosigned)
        known.witness, known.witnessed_at, known.witnessed_size = cosigned.witness.name, now, checkpoint.size
    known.refusal = ""
    with transaction.atomic():
        known.save()
        record(
            "checkpoint.witnessed", by=by, now=now, object_=f"log:{at.name}",
            detail={
                "size": checkpoint.size, "root": checkpoint.root.hex(), "witness": cosigned.witness.name,
                "at": cosigned.at.isoformat(), "outside": outside,
            },
        )  # fmt: skip


def _refused(known: OtherLog, why: NotVouched, checkpoint: Checkpoint, witness: str, by: Doer, now: datetime) -> None:
    said = f"{why.zh_hant}\n{why.why}"
    told, known.refusal = known.refusal == said, said
    if why.fork:
        known.verified_ok = False
        known.finding = f"見證方 {witness} 表示看過另一份日誌 / the witness {witness} says that it saw another history"
    with transaction.atomic():
        known.save()
        if not told:
            record(
                "checkpoint.witnessed", by=by, now=now, outcome="failure", object_=f"log:{known.name}",
                detail={"size": checkpoint.size, "witness": witness, "reason": why.why, "fork": why.fork},
            )  # fmt: skip
