"""Drills of sign-in: attacks over the wire on a canary account made for the run and removed after it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.conf import settings

from fanghu.accounts.canaries import make_canary, remove_canaries
from fanghu.events.doer import Doer
from fanghu.probes.visitor import Unreachable, Visitor
from fanghu.regulation import load
from fanghu.testimony import Drill, DrillResult, DrillRun, Subject, _

SYSTEM_ONE = Subject.system("fanghu")
LOGIN, INSIDE = "/sign-in/", "/sign-in/account/"
JUST_BEFORE, JUST_AFTER = timedelta(seconds=5), timedelta(seconds=3)


def canary_password(run_id: str) -> str:
    """The canary's password, derived from a key outside the database, so that no run stores it."""
    return f"Cn-{settings.CUSTODY.keyed_hash('canary', run_id)[:24]}"


def _visitor(run: DrillRun) -> Visitor:
    return Visitor(run.base_url, settings.HOME / "tls" / "authority.pem")


def _let_in(run: DrillRun, password: str) -> bool:
    """Try to sign in as the canary from a fresh browser; whether a page behind sign-in opens then."""
    visitor = _visitor(run)
    visitor.submit(LOGIN, {"login": run.memory["login_id"], "password": password})
    inside = visitor.get(INSIDE)
    return inside.status == 200 and inside.url.partition("?")[0].endswith(INSIDE)


def lockout(run: DrillRun) -> DrillResult | None:
    """Three wrong passwords lock (6.5): the right one is refused at once and just before the end, accepted after it."""
    try:
        return _lockout(run)
    except Unreachable as silent:
        run.step("reach the sign-in page", expected="an answer", seen=str(silent), ok=False)
        return "not_reached"


def _lockout(run: DrillRun) -> DrillResult | None:
    password = canary_password(run.run_id)
    stage = run.memory.get("stage", "first")
    if stage == "first":
        return _wrong_three_times(run, password)
    accepted = _let_in(run, password)
    if stage == "before":
        if not run.step(
            "right password just before the lock ends",
            expected="refused",
            seen="accepted" if accepted else "refused",
            ok=not accepted,
        ):
            return "failed"
        run.memory["stage"] = "after"
        run.resume_at = datetime.fromisoformat(run.memory["ends_by"]) + JUST_AFTER
        return None
    held = run.step(
        "right password after the lock ended",
        expected="accepted",
        seen="accepted" if accepted else "refused",
        ok=accepted,
    )
    return "passed" if held else "failed"


def _wrong_three_times(run: DrillRun, password: str) -> DrillResult | None:
    limits = load().duties["6.5"].limits
    doer = Doer("drill", place="machine", run=run.run_id)
    canary, _given = make_canary(run.run_id, "lockout", password=password, by=doer, now=run.clock())
    run.memory["login_id"] = canary.login_id
    before = run.clock()
    for number in range(1, int(limits["max_failures"].value) + 1):
        before = run.clock()
        accepted = _let_in(run, f"{password}-wrong-{number}")
        if not run.step(
            f"wrong password {number}",
            expected="refused",
            seen="accepted" if accepted else "refused",
            ok=not accepted,
        ):
            return "failed"
    after = run.clock()
    accepted = _let_in(run, password)
    if not run.step(
        "right password at once after the last failure",
        expected="refused",
        seen="accepted" if accepted else "refused",
        ok=not accepted,
    ):
        return "failed"
    lock = timedelta(minutes=float(limits["lock_minutes"].value))
    run.memory |= {"stage": "before", "ends_by": (after + lock).isoformat()}
    run.resume_at = before + lock - JUST_BEFORE
    return None


def clean_up(run_id: str) -> Iterable[str]:
    """Remove the canary with its locks, counts and sessions; return what is left."""
    return remove_canaries(run_id, by=Doer("drill", place="machine", run=run_id), now=datetime.now(UTC))


DRILLS = [
    Drill(
        name="lockout",
        duty="6.5",
        subject=SYSTEM_ONE,
        sets_out_to=_("Three wrong passwords lock a canary account for the full time and no longer."),
        every=timedelta(days=7),
        attack=lockout,
        clean_up=clean_up,
    )
]
