"""The drill of 4.7: a canary source sends one record through the real intake and falls silent; the alarm must arrive."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from http.client import HTTPException, HTTPSConnection
from ipaddress import ip_address
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from fanghu.alarms import actions as alarms
from fanghu.alarms.reading import of_run
from fanghu.alarms.telling import webhook_key
from fanghu.alarms.webhook import signed_by
from fanghu.auditlog.sources import systems_sending
from fanghu.events.doer import Doer
from fanghu.intake import actions, reading
from fanghu.intake.drills import catching
from fanghu.intake.failures import running
from fanghu.intake.models import Source
from fanghu.intake.rules import listener
from fanghu.testimony import Drill, DrillResult, DrillRun, Subject, _

SYSTEM_ONE = Subject.system("fanghu")
EVERY = 5
"""Seconds after which the canary is missed."""
TAKEN_WITHIN, LOOKS = 30.0, 60
PLAN_READ = 2.5
"""Seconds until an intake that runs has read the plan anew."""
LOOK_AFTER, LOOK_AGAIN, LIMIT = timedelta(seconds=45), timedelta(seconds=15), timedelta(seconds=150)


def silence(run: DrillRun, *, pause: Callable[[float], object] = time.sleep) -> DrillResult | None:
    """Speak once, fall silent, and be missed."""
    return _listened(run) if "spoke_at" in run.memory else _spoken(run, pause)


def doer(run: str) -> Doer:
    """Who prepares and cleans up."""
    return Doer("drill", place="machine", run=run)


def _spoken(run: DrillRun, pause: Callable[[float], object]) -> DrillResult | None:
    caught = catching.begin(run.run_id, run.source)
    now = run.clock()
    alarms.catch(run.run_id, caught.url)
    values = {"system": "fanghu", "format": "ndjson", "ways": ["http"], "every_seconds": EVERY}
    row = actions.declare(_name(run.run_id), values, by=doer(run.run_id), now=now, run=run.run_id)
    token = actions.make_token(row.pk, "drill", now + timedelta(hours=1), by=doer(run.run_id), now=now)
    if running(reading.state(), run.clock()):
        pause(PLAN_READ)  # or its first try is a stranger's, and noted as one
    status = 0
    for _look in range(LOOKS):
        status = _send(run, token)
        if status == 200 or run.clock() - now > timedelta(seconds=2 * TAKEN_WITHIN):
            break  # one that takes connections and never answers must not hold up the other drills
        pause(TAKEN_WITHIN / LOOKS)
    seen = "taken in" if status == 200 else "answered {status}" if status else "no answer"
    held = run.step(
        _("a canary source sends one record over HTTPS"),
        expected="taken in",
        seen=seen,
        ok=status == 200,
        status=status,
    )
    if not held:
        return "failed" if status else "not_reached"
    run.memory["spoke_at"] = run.clock().isoformat()
    run.resume_at = run.clock() + LOOK_AFTER
    return None


def _listened(run: DrillRun) -> DrillResult | None:
    spoke_at = datetime.fromisoformat(run.memory["spoke_at"])
    caught = catching.catchers.get(run.run_id)
    if caught is None:
        run.step(_("wait for the alarm"), expected="it arrives", seen="the keeper was restarted meanwhile", ok=False)
        return "not_reached"
    row = Source.objects.select_related("seen").filter(name=_name(run.run_id), run=run.run_id).first()
    came = row is not None and hasattr(row, "seen") and row.seen.records > 0
    raised = [alarm for alarm in of_run(run.run_id) if alarm.kind == "source.silent" and alarm.key == _name(run.run_id)]
    arrived = [body for body, signature in list(caught.posts) if signed_by(webhook_key(), body, signature)]
    told = any(_says(body, alarm.pk) for body in arrived for alarm in raised)
    if not (came and raised and told) and run.clock() < spoke_at + LIMIT:
        run.resume_at = run.clock() + LOOK_AGAIN
        return None
    limit = int(LIMIT.total_seconds())
    after = int((raised[0].raised_at - spoke_at).total_seconds()) if raised else 0
    steps = [
        run.step(_("the watch saw the record come in"), expected="seen", seen="seen" if came else "not seen", ok=came),
        run.step(
            _("the source falls silent"), expected="an alarm within {limit} s",
            seen="an alarm after {after} s" if raised else "no alarm", ok=bool(raised), limit=limit, after=after,
        ),
        run.step(
            _("the alarm goes out by webhook"), expected="arrives signed within {limit} s",
            seen="arrived, signature right" if told else "not arrived" if not caught.posts else "signature wrong",
            ok=told, limit=limit,
        ),
    ]  # fmt: skip
    return "passed" if all(steps) else "failed"


def _send(run: DrillRun, token: str) -> int:
    """Send one record; the answer's status, 0 when nobody answered."""
    at = listener(reading.plan().listen.http)
    if at is None:
        return 0
    host = "127.0.0.1" if ip_address(at[0]).is_unspecified else at[0]
    source = (run.source, 0) if host.startswith("127.") else None
    record = {"time": run.clock().isoformat(), "type": "canary.spoke", "run": run.run_id}
    try:
        trusted = ssl.create_default_context(cafile=str(Path(settings.HOME) / "tls" / "authority.pem"))
        connection = HTTPSConnection(host, at[1], timeout=5, context=trusted, source_address=source)
        try:
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson"}
            connection.request("POST", "/v1/records", json.dumps(record).encode() + b"\n", headers)
            return connection.getresponse().status
        finally:
            connection.close()
    except (OSError, HTTPException):
        return 0


def _says(body: bytes, alarm: int) -> bool:
    try:
        said = json.loads(body)
    except ValueError:
        return False
    return bool(said.get("alarm") == alarm and said.get("state") == "raised")


def _name(run: str) -> str:
    return f"canary-{run[:12]}".lower()


def clean_up(run_id: str) -> Iterable[str]:
    """Remove the canary, its gaps and its alarms; what is left."""
    catching.end(run_id)
    return actions.forget_run(run_id, by=doer(run_id), now=timezone.now())


DRILLS = [
    Drill(
        name="log-silence",
        duty="4.7",
        subject=SYSTEM_ONE,
        sets_out_to=_(
            "A canary source sends one record through the intake and falls silent; the watch raises an alarm, and the "
            "signed alarm arrives, within two and a half minutes."
        ),
        every=timedelta(days=7),
        attack=silence,
        clean_up=clean_up,
        also=systems_sending,
    )
]
