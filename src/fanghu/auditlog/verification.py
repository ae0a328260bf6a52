"""Verification of the log: every byte against the pinned key and what was kept elsewhere."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from fanghu.auditlog.actions import places
from fanghu.auditlog.checkpoints import newest_kept
from fanghu.auditlog.models import OtherLog, RelayState
from fanghu.auditlog.vault import SealedLog, opened
from fanghu.events.actions import record
from fanghu.events.doer import Doer
from fanghu.faults import Fault
from fanghu.keys import log_keys
from fanghu.keys.locations import LogPlaces
from fanghu.tlog.report import Report
from fanghu.tlog.verify import verify_folder

INLINE = 10_000  # entries a page verifies while somebody waits; a longer log is left to the keeper


def verify(*, by: Doer, now: datetime) -> Report:
    """Verify every byte of the log against the pinned key and the newest kept checkpoint; the outcome is kept.

    Needs no lock: a folder that a relay changes meanwhile is read again. A torn append that a crash left is first
    mended by opening the log once.
    """
    kept = newest_kept()
    at = places()
    trusted = log_keys.trusted(at.public_key, log=at.folder)
    since = _held_against(kept.checkpoint if kept else "", trusted.current)
    report = verify_folder(at.folder, keys=[trusted.current], retired=trusted.retired, since=since)
    if report.cannot_tell:
        with opened(at, wait=10):
            pass
        report = verify_folder(at.folder, keys=[trusted.current], retired=trusted.retired, since=since)
    with transaction.atomic():
        state, _made = RelayState.objects.select_for_update().get_or_create(pk=1)
        state.verified_at, state.verified_ok, state.verified_size = now, report.ok, report.size
        state.verify_asked_at = None
        state.save(update_fields=["verified_at", "verified_ok", "verified_size", "verify_asked_at"])
        record(
            "log.verified", by=by, now=now, outcome="success" if report.ok else "failure",
            detail={
                "size": report.size, "root": report.root.hex(), "first_bad": report.first_bad or "",
                "since_size": kept.size if kept else 0,
            },
        )  # fmt: skip
    return report


def verify_others(*, by: Doer, now: datetime) -> dict[str, Report]:
    """Verify every log beside our own against its pinned key and its checkpoint of the last verification.

    A log that is written to so fast that it cannot be told keeps what was known of it. One event for each.
    """
    reports: dict[str, Report] = {}
    for at in LogPlaces.all(Path(settings.HOME)):
        if not at.name:
            continue
        trusted = log_keys.trusted(at.public_key, log=at.folder)
        known = OtherLog.objects.filter(name=at.name).first() or OtherLog(name=at.name)
        head = _head(at)
        report = verify_folder(
            at.folder,
            keys=[trusted.current],
            retired=trusted.retired,
            since=_held_against(known.checkpoint, trusted.current),
            witness=at.witness_file.read_bytes() if known.witness and at.witness_file.exists() else None,
        )
        reports[at.name] = report
        if not report.cannot_tell:
            known.verified_at, known.verified_ok, known.verified_size = now, report.ok, report.size
            known.finding = "; ".join(f"{problem.code} {problem.where}" for problem in report.problems[:3])
            if report.ok:
                known.checkpoint = head
        with transaction.atomic():
            known.save()
            record(
                "log.verified", by=by, now=now, outcome="success" if report.ok else "failure", object_=f"log:{at.name}",
                detail={"size": report.size, "root": report.root.hex(), "first_bad": report.first_bad or ""},
            )  # fmt: skip
    return reports


def ask_for_verification(now: datetime) -> None:
    """Leave a verification to the keeper; its own event tells of it when it is done."""
    RelayState.objects.update_or_create(pk=1, defaults={"verify_asked_at": now})


def _head(at: LogPlaces) -> str:
    """The checkpoint as it lies there; "" for one that is none, of which verification says so."""
    try:
        return SealedLog(at.folder).checkpoint.note.decode()
    except Fault:
        return ""


def _held_against(note: str, key: log_keys.Verifier) -> bytes | None:
    """A kept checkpoint, unless it is of a log that was closed since, its key being lost, and lies beside this one."""
    origin = note.partition("\n")[0]
    closed = [log for log in LogPlaces.all(places().home) if log.name]
    if not note or (origin != key.name and any(log_keys.pinned(log.public_key).name == origin for log in closed)):
        return None
    return note.encode()
