"""The only code that changes sources, their tokens and where the intake listens.

What lets more in, or misses it sooner, is done at once; what silences a source, and a listener that others can reach,
is decided by a second person. A token is revoked at once: one that leaked must not wait for anybody.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from fanghu.alarms import actions as alarms
from fanghu.approvals.actions import ask
from fanghu.approvals.approvable import hash_of
from fanghu.approvals.models import Approval
from fanghu.events.actions import record
from fanghu.events.doer import Doer
from fanghu.events.schema import Detail
from fanghu.intake import planning, rules
from fanghu.intake.models import ListenAddresses, Source, SourceToken
from fanghu.intake.problems import fault
from fanghu.intake.records import LISTENERS, check_listening, check_token, found, listening, put, record_of

CHANGE_KIND = "intake.change"
LISTEN_KIND = "intake.listen"
SYSTEM_ONE = "system:fanghu"
NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?")
TOKEN = "fht_"  # so that a leaked one is known for what it is


@transaction.atomic
def declare(name: str, values: Mapping[str, Any], *, by: Doer, now: datetime, run: str = "") -> Source:
    """Declare a source; it is expected from now on. Faults FH-SRC-01 … 19."""
    if not NAME.fullmatch(name):
        raise fault("FH-SRC-03")
    if name in {"fanghu", "intake"} or Source.objects.filter(name=name, removed_at=None).exists():
        raise fault("FH-SRC-04")
    row = Source(name=name, declared_at=now, changed_at=now, run=run)
    put(row, values)
    row.save()
    _record("source.declared", row, by, now, ways=row.ways, expected_seconds=row.every_seconds)
    return row


@transaction.atomic
def change(pk: int, values: Mapping[str, Any], reason: str, *, by: Doer, now: datetime) -> Approval | None:
    """Change a source at once, or (an Approval) ask a second person where it silences. Faults FH-SRC-01 … 19."""
    row = found(pk, lock=True)
    before = record_of(row)
    put(row, values)
    after = {name: value for name, value in record_of(row).items() if before[name] != value}
    if not after:
        raise fault("FH-SRC-11")
    if rules.silencing(before, after):
        return _ask(row, before, after, reason, by, now)
    row.changed_at = now
    row.save()
    _record("source.changed", row, by, now, fields=sorted(after))
    return None


@transaction.atomic
def ask_removal(pk: int, reason: str, *, by: Doer, now: datetime) -> Approval:
    """Ask that a source be removed: nothing is expected of it, or taken from it, any more. Faults FH-SRC-02, 10."""
    row = found(pk)
    return _ask(row, record_of(row), None, reason, by, now)


def apply_change(approval: Approval, by: Doer, now: datetime) -> Mapping[str, Detail]:
    """Carry an approved change or removal out, within the transaction and event of the decision."""
    row = found(approval.payload["pk"], lock=True)
    after = approval.payload["after"]
    row.changed_at = now
    if after is None:
        row.removed_at = now
        row.save()
        planning.after_commit()
        return {"source": row.name, "removed": True}
    put(row, after)
    row.save()
    planning.after_commit()
    return {"source": row.name, "fields": sorted(after)}


@transaction.atomic
def make_token(pk: int, label: str, expires_at: datetime, *, by: Doer, now: datetime) -> str:
    """Make a token and return it: it is shown this once. Faults FH-SRC-02, 13."""
    row = found(pk, lock=True)
    check_token(expires_at, now)
    token = TOKEN + secrets.token_urlsafe(32)
    kept = SourceToken.objects.create(
        source=row, label=label.strip()[:60], sha256=hashlib.sha256(token.encode()).hexdigest(), made_at=now,
        expires_at=expires_at,
    )  # fmt: skip
    _record("token.made", row, by, now, token=kept.pk, expires=expires_at.isoformat())
    return token


@transaction.atomic
def revoke_token(pk: int, token: int, *, by: Doer, now: datetime) -> None:
    """End a token at once; one that has ended stays ended. Fault FH-SRC-02."""
    row = found(pk, lock=True)
    kept = SourceToken.objects.filter(source=row, pk=token).first()
    if kept is None:
        raise fault("FH-SRC-02")
    if kept.revoked_at is None:
        kept.revoked_at = now
        kept.save()
        _record("token.revoked", row, by, now, token=kept.pk)


@transaction.atomic
def listen(values: Mapping[str, str], reason: str, *, by: Doer, now: datetime) -> Approval | None:
    """Set where the intake listens: at once when only this machine can reach it, or all is as now but for what closes
    nothing; otherwise (an Approval) a second person decides. Faults FH-SRC-10, 11, 14, 17, 20.
    """
    before = listening(_listening(lock=True))
    after = {name: values[name].strip() for name in LISTENERS}
    check_listening(after)
    changed = {name: value for name, value in after.items() if before[name] != value}
    if not changed:
        raise fault("FH-SRC-11")
    if all(rules.stays_inside(text) for name, text in changed.items() if name != "clients") and not any(
        before.values()
    ):
        _listen(after, now)
        record("source.changed", by=by, now=now, object_=SYSTEM_ONE, detail={"listeners": sorted(changed)})
        return None
    if not reason.strip():
        raise fault("FH-SRC-10")
    payload = {"before": before, "after": changed}
    return ask(LISTEN_KIND, SYSTEM_ONE, "intake", payload, hash_of(payload), reason.strip(), by=by, now=now)


def apply_listening(approval: Approval, by: Doer, now: datetime) -> Mapping[str, Detail]:
    """Carry approved listeners out."""
    _listen({**listening(_listening(lock=True)), **approval.payload["after"]}, now)
    return {"listeners": sorted(approval.payload["after"])}


@transaction.atomic
def forget_run(run: str, *, by: Doer, now: datetime) -> list[str]:
    """Remove a drill's sources, their gaps and the alarms they raised; what is left."""
    rows = list(Source.objects.filter(run=run))
    for row in rows:
        for mine in (*row.gaps.all(), *row.tokens.all()):
            mine.delete()
        row.delete()
    if rows:
        record("canary.removed", by=by, now=now, detail={"sources": [row.name for row in rows]})
        planning.after_commit()
    left = alarms.forget_run(run, by=by, now=now)
    return ["alarm"] * left + list(Source.objects.filter(run=run).values_list("name", flat=True))


def _ask(row: Source, before: Any, after: Any, reason: str, by: Doer, now: datetime) -> Approval:
    if not reason.strip():
        raise fault("FH-SRC-10")
    payload = {"pk": row.pk, "name": row.name, "before": before, "after": after}
    subject = f"system:{before['system']}"
    return ask(CHANGE_KIND, subject, row.name, payload, hash_of(payload), reason.strip(), by=by, now=now)


def _listening(*, lock: bool = False) -> ListenAddresses | None:
    rows = ListenAddresses.objects.filter(pk=1)
    row: ListenAddresses | None = (rows.select_for_update() if lock else rows).first()
    return row


def _listen(values: Mapping[str, str], now: datetime) -> None:
    row = _listening() or ListenAddresses(pk=1)
    for name, value in values.items():
        setattr(row, name, value)
    row.changed_at = now
    row.save()
    planning.after_commit()


def _record(deed: str, row: Source, by: Doer, now: datetime, **detail: Detail) -> None:
    record(deed, by=by, now=now, object_=f"source:{row.name}", detail={"system": row.system.slug, **detail})
    planning.after_commit()
