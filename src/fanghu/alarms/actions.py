"""The only code that changes alarms; what goes on the wire is sent later (``telling``), never inside a transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from fanghu.alarms.models import Alarm, AlarmAct, Catcher, Telling
from fanghu.alarms.problems import fault
from fanghu.alarms.routes import routes
from fanghu.events.actions import record
from fanghu.events.doer import Doer
from fanghu.events.schema import Detail

Params = Mapping[str, str | int]


@transaction.atomic
def raise_alarm(kind: str, key: str, params: Params, *, subject: str, by: Doer, now: datetime, run: str = "") -> Alarm:
    """Raise the alarm of one failure; while it is open nothing more happens. ``params`` fill the kind's sentence.

    ``key`` names the failure among those of its kind (a source, a job); ``subject`` is written ``system:<slug>``.
    """
    alarm = _unclosed(kind, key)
    if alarm is not None and alarm.ended_at is None:
        return alarm
    again = alarm is not None
    if alarm is None:
        alarm = Alarm(kind=kind, key=key, subject=subject, opened_at=now, run=run)
    else:
        alarm.times += 1
        alarm.ended_at = alarm.acted_at = alarm.told_at = None
    alarm.params, alarm.raised_at = dict(params), now
    alarm.save()
    _to_be_told(alarm, Telling.About.RAISED, now)
    _record("alarm.raised", alarm, by, now, again=again)
    return alarm


@transaction.atomic
def end_alarm(kind: str, key: str, *, by: Doer, now: datetime) -> Alarm | None:
    """The failure is over; the alarm still waits for a person. None when there is none to end."""
    alarm = _unclosed(kind, key)
    if alarm is None or alarm.ended_at is not None:
        return None
    alarm.ended_at = now
    alarm.save()
    _to_be_told(alarm, Telling.About.ENDED, now)
    _record("alarm.ended", alarm, by, now)
    return alarm


@transaction.atomic
def act(pk: int, note: str, *, by: Doer, now: datetime) -> Alarm:
    """Record what a person did about an alarm. Faults FH-ALM-01, 02, 05, 06."""
    alarm = _handled(pk, note, by)
    alarm.acted_at = now
    alarm.save()
    AlarmAct.objects.create(alarm=alarm, kind=AlarmAct.Kind.ACTED, at=now, by_id=by.account, note=note.strip())
    _record("alarm.acted", alarm, by, now)
    return alarm


@transaction.atomic
def close(pk: int, note: str, *, by: Doer, now: datetime) -> Alarm:
    """Close an alarm whose failure is over and about which something was done. Faults FH-ALM-01 … 06."""
    alarm = _handled(pk, note, by)
    if alarm.ended_at is None:
        raise fault("FH-ALM-03")
    if alarm.acted_at is None:
        raise fault("FH-ALM-04")
    alarm.closed_at = now
    alarm.save()
    AlarmAct.objects.create(alarm=alarm, kind=AlarmAct.Kind.CLOSED, at=now, by_id=by.account, note=note.strip())
    _record("alarm.closed", alarm, by, now)
    return alarm


def catch(run: str, url: str) -> None:
    """Send the alarms of a drill's run to the drill itself, and to nobody else."""
    Catcher.objects.update_or_create(run=run, defaults={"url": url})


@transaction.atomic
def forget_run(run: str, *, by: Doer, now: datetime) -> int:
    """Remove the alarms that a drill raised on purpose; how many were left."""
    Catcher.objects.filter(run=run).delete()
    alarms = list(Alarm.objects.filter(run=run))
    if alarms:
        for alarm in alarms:
            alarm.acts.all().delete()
            alarm.delete()
        record("canary.removed", by=by, now=now, detail={"alarms": len(alarms)})
    return Alarm.objects.filter(run=run).count()


def _unclosed(kind: str, key: str) -> Alarm | None:
    return Alarm.objects.select_for_update().filter(kind=kind, key=key, closed_at=None).first()  # type: ignore[no-any-return]


def _handled(pk: int, note: str, by: Doer) -> Alarm:
    alarm: Alarm | None = Alarm.objects.select_for_update().filter(pk=pk).first()
    if alarm is None:
        raise fault("FH-ALM-01")
    if not by.account:
        raise fault("FH-ALM-06")
    if alarm.closed_at is not None:
        raise fault("FH-ALM-05")
    if not note.strip():
        raise fault("FH-ALM-02")
    return alarm


def _to_be_told(alarm: Alarm, about: str, now: datetime) -> None:
    Telling.objects.bulk_create(
        Telling(alarm=alarm, way=way, about=about, since=now, due_at=now) for way in routes(alarm.run)
    )


def _record(deed: str, alarm: Alarm, by: Doer, now: datetime, *, again: bool | None = None) -> None:
    detail: dict[str, Detail] = {"alarm": alarm.pk, "kind": alarm.kind, "key": alarm.key, "times": alarm.times}
    if again is not None:
        detail["again"] = again
    record(deed, by=by, now=now, object_=alarm.subject, detail=detail)
