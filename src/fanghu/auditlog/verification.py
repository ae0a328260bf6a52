"""Verification of the log: every byte against the pinned key and what was kept elsewhere."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from fanghu.auditlog.actions import places
from fanghu.auditlog.checkpoints import newest_kept
from fanghu.auditlog.models import RelayState
from fanghu.auditlog.vault import opened
from fanghu.events.actions import record
from fanghu.events.doer import Doer
from fanghu.keys import log_keys
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
    since = kept.checkpoint.encode() if kept else None
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


def ask_for_verification(now: datetime) -> None:
    """Leave a verification to the keeper; its own event tells of it when it is done."""
    RelayState.objects.update_or_create(pk=1, defaults={"verify_asked_at": now})
