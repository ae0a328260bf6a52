"""The log's checkpoint brought to the witness and the time-stamp authority that the firm defined (4.11).

What an outside witness cosigned is a checkpoint held off the machine, like one that a person took there. What lies on
this machine never counts, whatever it signed. A witness that has seen another history is a finding.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from fanghu.auditlog import relay
from fanghu.auditlog.actions import places
from fanghu.auditlog.checkpoints import current_checkpoint
from fanghu.auditlog.models import KeptCheckpoint, RelayState
from fanghu.auditlog.sources import ONE
from fanghu.auditlog.vault import SealedLog
from fanghu.auditlog.witness_definition import WITNESS, roots_of
from fanghu.events.actions import record
from fanghu.events.doer import Doer
from fanghu.faults import Exit, Fault
from fanghu.keys.locations import LogPlaces
from fanghu.register.definitions import defined
from fanghu.tlog.checkpoint import Checkpoint
from fanghu.tlog.note import Verifier, cosigner
from fanghu.witness.client import Cosigned, NotVouched, Post, over_http, submit
from fanghu.witness.outside import is_outside
from fanghu.witness.stamping import KIND, stamp

Outside = Callable[[str], bool]


def ask(*, by: Doer, now: datetime, post: Post | None = None, outside: Outside = is_outside) -> KeptCheckpoint | None:
    """Have the witness cosign the newest checkpoint; None where no witness is defined, the log is empty or it lies here.

    Raises Fault FH-LOG-68 when the witness does not cosign; when it saw another history, that is a finding besides.
    """
    witness = the_witness()
    if witness is None:
        return None
    url, key = witness
    checkpoint = current_checkpoint()
    if not checkpoint.size:
        return None
    try:
        cosigned = submit(
            SealedLog(places().folder).reader, checkpoint, url, key, old=_last_seen(key), post=post or over_http()
        )
    except NotVouched as why:
        _refused(why, checkpoint, key, by, now)
        raise Fault(
            "FH-LOG-68",
            f"The witness {key.name} did not vouch for the log: {why.why}.",
            f"見證方 {key.name} 未為日誌作證：{why.zh_hant}。",
            exit_code=Exit.NO,
        ) from why
    return _vouched(cosigned, by, now, outside=outside(url))


def have_stamped(*, by: Doer, now: datetime, post: Post | None = None, outside: Outside = is_outside) -> str | None:
    """Have the newest checkpoint stamped; the reply goes into the log itself. The event's id, None where none is defined.

    Raises Fault FH-LOG-69 when the authority gives no stamp that holds.
    """
    value = _defined()
    if not value or not value["stamp_url"]:
        return None
    checkpoint = current_checkpoint()
    try:
        done = stamp(checkpoint.text, value["stamp_url"], roots_of(value), post=post or over_http(kind=KIND))
    except NotVouched as why:
        raise Fault(
            "FH-LOG-69",
            f"The checkpoint was not stamped: {why.why}.",
            f"檢查點未取得時戳：{why.zh_hant}。",
            exit_code=Exit.NO,
        ) from why
    with transaction.atomic():
        return record(
            "checkpoint.stamped", by=by, now=now, object_=f"checkpoint:{checkpoint.size}",
            detail={
                "root": checkpoint.root.hex(), "text": checkpoint.text.decode(), "stated_at": done.at.isoformat(),
                "outside": outside(value["stamp_url"]), "reply": base64.b64encode(done.reply).decode(),
            },
        )  # fmt: skip


def the_witness() -> tuple[str, Verifier] | None:
    """Address and key of the witness that the firm defined."""
    value = _defined()
    return (value["url"], cosigner(value["key"])) if value and value["url"] else None


def held_in(at: LogPlaces, cosigned: Cosigned) -> None:
    """Keep what the witness holds beside the log's pinned key, for ``fanghu log verify --witness``."""
    draft = at.witness_file.with_name(f".{at.witness_file.name}.new")
    draft.write_bytes(cosigned.file)
    draft.replace(at.witness_file)


def _defined() -> dict[str, str]:
    found = defined(WITNESS, [ONE]).get(ONE)
    return dict(found.value) if found else {}


def _where(key: Verifier) -> str:
    return f"witness {key.name}"


def _last_seen(key: Verifier) -> int:
    """How many entries the witness saw last, as far as this database knows; it corrects what is wrong."""
    last = KeptCheckpoint.objects.filter(where=_where(key)).order_by("-size").first()
    return last.size if last else 0


def _vouched(cosigned: Cosigned, by: Doer, now: datetime, *, outside: bool) -> KeptCheckpoint | None:
    """Keep what an outside witness holds, and its file beside the pinned key; the event tells of one on this machine too."""
    found = cosigned.checkpoint
    if outside:
        held_in(places(), cosigned)
    with transaction.atomic():
        kept = None
        if outside:
            kept = KeptCheckpoint.objects.create(
                checkpoint=cosigned.note.decode(), size=found.size, root=found.root.hex(), kept_at=now, where=_where(cosigned.witness),
                presented_at=now,
            )  # fmt: skip
        record(
            "checkpoint.witnessed", by=by, now=now, object_=f"checkpoint:{found.size}",
            detail={"root": found.root.hex(), "witness": cosigned.witness.name, "at": cosigned.at.isoformat(), "outside": outside},
        )  # fmt: skip
    return kept


def _refused(why: NotVouched, checkpoint: Checkpoint, key: Verifier, by: Doer, now: datetime) -> None:
    with transaction.atomic():
        if why.fork:
            state, _made = RelayState.objects.select_for_update().get_or_create(pk=1)
            relay.add_finding(
                state,
                f"見證方 {key.name} 表示看過另一份日誌：{why.zh_hant} / the witness {key.name} says that it saw another history: {why.why}",
            )
            state.save(update_fields=["finding"])
        record(
            "checkpoint.witnessed", by=by, now=now, outcome="failure", object_=f"checkpoint:{checkpoint.size}",
            detail={"witness": key.name, "reason": why.why, "fork": why.fork},
        )  # fmt: skip
