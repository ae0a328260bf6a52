"""The only code that changes reviews: sign a day, sign empty days, note and close findings, sign a period."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from fanghu.events.actions import record
from fanghu.events.doer import Doer
from fanghu.register.collectors import systems_now
from fanghu.reviews.actors import is_actor
from fanghu.reviews.gathering import logs_now
from fanghu.reviews.models import DayReview, Finding, PeriodReview
from fanghu.reviews.problems import fault
from fanghu.reviews.rules import Day, text_hash
from fanghu.reviews.searches import searches_by
from fanghu.reviews.standing import actors_of, core_systems, day_of, days_of, lines_of, taipei_date

NAMED = 60
LONGEST = 1_000


def sign_day(
    system: str, day: date, content_hash: str, note: str = "", finding: str = "", *, by: Doer, now: datetime
) -> DayReview:
    """Sign what a day holds, as the page showed it (``content_hash``); ``finding`` is noted with it.

    Raises Fault FH-REV-01 … 04, 09.
    """
    with transaction.atomic():
        standing = _to_sign(day_of(system, day, now), by)
        if standing.content_hash != content_hash:
            raise fault("FH-REV-02")
        logs, groups = logs_now(), len(lines_of(standing))
        row = DayReview.objects.create(**_row(standing, logs, by, now), groups=groups, note=note.strip()[:LONGEST])
        if finding.strip():
            _note(system, day, finding, by, now)
        record(
            "review.day_signed", by=by, now=now, object_=f"review:{system}:{day}",
            detail={
                "system": system, "day": str(day), "part": row.part, "records": row.records, "groups": groups,
                "late": row.late, "content_sha256": content_hash, "logs": _told(logs), "note": row.note,
                "finding": finding.strip()[:LONGEST],
            },
        )  # fmt: skip
    return row


def sign_empty(chosen: Sequence[tuple[str, date]], *, by: Doer, now: datetime) -> int:
    """Sign days on which no administrator did anything, several in one go.

    Raises Fault FH-REV-01, 05, 09; then none is signed.
    """
    _person(by)
    with transaction.atomic():
        systems = core_systems()
        found = days_of({slug: systems[slug] for slug in {slug for slug, _day in chosen} & systems.keys()}, now)
        known = {(each.system, each.day): each for days in found.values() for each in days}
        logs, rows = logs_now(), []
        for key in sorted(set(chosen)):
            day = known.get(key)
            if day is None:
                raise fault("FH-REV-01")
            if day.records:
                raise fault("FH-REV-05")
            if day.waits:
                rows.append(DayReview(**_row(day, logs, by, now), groups=0))
        if not rows:
            raise fault("FH-REV-04")
        DayReview.objects.bulk_create(rows)
        days = [f"{row.system} {row.day}" for row in rows]
        record(
            "review.days_signed_empty", by=by, now=now, object_=f"review:{rows[0].system}:{rows[0].day}",
            detail={
                "count": len(rows), "days": days[:NAMED], "content_sha256": text_hash([row.content_hash for row in rows]),
                "logs": _told(logs),
            },
        )  # fmt: skip
    return len(rows)


def note_finding(system: str, day: date, text: str, *, by: Doer, now: datetime) -> Finding:
    """Note something found in a day, signed or not; Fault FH-REV-01, 06."""
    with transaction.atomic():
        if day_of(system, day, now) is None:
            raise fault("FH-REV-01")
        row = _note(system, day, text, by, now)
        record("review.finding_noted", by=by, now=now, object_=f"review:{system}:{day}", detail={"finding": row.text})
    return row


def close_finding(pk: int, closing: str, *, by: Doer, now: datetime) -> Finding:
    """Say what was found out and done; nobody does of a day that holds deeds of their own. Fault FH-REV-03, 07, 08."""
    if not closing.strip():
        raise fault("FH-REV-07")
    with transaction.atomic():
        row = Finding.objects.select_for_update().filter(pk=pk, closed_at=None).first()
        if row is None:
            raise fault("FH-REV-08")
        day = day_of(row.system, row.day, now)
        if day is not None and is_actor(by, actors_of(day), row.day):
            raise fault("FH-REV-03")
        row.closed_at, row.closed_by_person_id, row.closing = now, by.person or None, closing.strip()[:LONGEST]
        row.save(update_fields=["closed_at", "closed_by_person", "closing"])
        record("review.finding_closed", by=by, now=now, object_=f"review:{row.system}:{row.day}",
               detail={"finding": row.text, "closing": row.closing})  # fmt: skip
    return row


def sign_period(
    systems: Collection[str], since: date, until: date, looked_at: str, findings: str = "", *, by: Doer, now: datetime
) -> PeriodReview:
    """Sign that the logs of ``systems`` were reviewed for a period (both days included); Faults FH-REV-09 … 12."""
    _person(by)
    if not systems or not set(systems) <= systems_now().keys():
        raise fault("FH-REV-10")
    if since > until or until > taipei_date(now):
        raise fault("FH-REV-11")
    if not looked_at.strip():
        raise fault("FH-REV-12")
    searches = searches_by(by, now - timedelta(days=until.toordinal() - since.toordinal() + 1), now)
    logs, said = logs_now(), {"looked_at": looked_at.strip()[:2_000], "findings": findings.strip()[:2_000]}
    with transaction.atomic():
        row = PeriodReview.objects.create(
            systems=sorted(systems), since=since, until=until, searches=searches, **said, **_signature(logs, by, now),
            content_hash=text_hash([sorted(systems), str(since), str(until), said, logs]),
        )  # fmt: skip
        record(
            "review.period_signed", by=by, now=now, object_=f"review:{since}:{until}",
            detail={
                "systems": row.systems[:NAMED], "searches": searches, **said, "content_sha256": row.content_hash,
                "logs": _told(logs),
            },
        )  # fmt: skip
    return row


def read_day(system: str, day: date, *, by: Doer, now: datetime) -> None:
    """Tell that somebody read what administrators did that day: reading the log is itself an event."""
    with transaction.atomic():
        record(
            "log.searched",
            by=by,
            now=now,
            object_=f"review:{system}:{day}",
            detail={"filters": ["from", "source", "to"]},
        )


def _to_sign(day: Day | None, by: Doer) -> Day:
    """The day if this person may sign it."""
    _person(by)
    if day is None:
        raise fault("FH-REV-01")
    if not day.waits:
        raise fault("FH-REV-04")
    if is_actor(by, actors_of(day), day.day):
        raise fault("FH-REV-03")
    return day


def _person(by: Doer) -> None:
    if not by.person or not by.account:
        raise fault("FH-REV-09")


def _signature(logs: list[list[Any]], by: Doer, now: datetime) -> dict[str, Any]:
    return {"signed_at": now, "signed_by_id": by.account, "signed_by_person_id": by.person, "logs": logs}


def _row(day: Day, logs: list[list[Any]], by: Doer, now: datetime) -> dict[str, Any]:
    return {
        "system": day.system, "day": day.day, "part": day.signed.part + 1 if day.signed else 1, "records": day.records,
        "late": max(0, day.late), "content_hash": day.content_hash, "due_on": day.due_on, **_signature(logs, by, now),
    }  # fmt: skip


def _note(system: str, day: date, text: str, by: Doer, now: datetime) -> Finding:
    if not text.strip():
        raise fault("FH-REV-06")
    return Finding.objects.create(
        system=system, day=day, text=text.strip()[:LONGEST], noted_at=now, noted_by_person_id=by.person or None
    )


def _told(logs: list[list[Any]]) -> list[str]:
    return [f"{name} {size} {root}" for name, size, root in logs]
