"""The drill of the idle sign-out (3.5b): one session left idle for the genuine time, another kept in use beside it."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta

from django.conf import settings

from fanghu.access.conditions import SYSTEM_ONE, in_force
from fanghu.access.wire import holding, opens, session_key, word
from fanghu.accounts.reading import account_by_login
from fanghu.signin.canary import INSIDE, clean_up, enter, is_inside, visitor
from fanghu.signin.reading import sessions_of
from fanghu.signin.tries import reaching
from fanghu.testimony import Drill, DrillResult, DrillRun, _

USED_BEFORE = timedelta(minutes=3)
SWEPT_AFTER = timedelta(seconds=60)
LEFT, USED = "idle", "used"


@reaching
def idle_sign_out(run: DrillRun) -> DrillResult | None:
    """Leave one session alone until the sweeper must have ended it; the one in use must go on."""
    stage = run.memory.get("stage", "first")
    if stage == "first":
        return _begin(run)
    if stage == "use":
        return _use(run)
    return _end(run)


def _begin(run: DrillRun) -> DrillResult | None:
    idle = in_force().condition.idle
    if idle is None:
        run.step(_("an idle time to try"), expected="set", seen="no limit", ok=False)
        return "failed"
    for label in (LEFT, USED):
        browser = enter(run, label, factor=False)
        accepted = is_inside(browser)
        if not run.step(_("a session is opened"), expected="accepted", seen=word(accepted), ok=accepted):
            return "failed"
        run.memory[label] = _sealed(run, session_key(browser))
    now = run.clock()
    run.memory |= {"stage": "use", "idle_seconds": str(idle.total_seconds()), "until": (now + idle).isoformat()}
    run.resume_at = now + max(idle - USED_BEFORE, idle / 2)
    return None


def _use(run: DrillRun) -> DrillResult | None:
    until = datetime.fromisoformat(run.memory["until"])
    if not _undisturbed(run, until):
        return "not_reached"
    accepted = opens(visitor(run), INSIDE, holding(_opened(run, USED)))
    if not run.step(_("the second session is used in time"), expected="accepted", seen=word(accepted), ok=accepted):
        return "failed"
    idle = timedelta(seconds=float(run.memory["idle_seconds"]))
    run.memory |= {"stage": "end", "until": (run.clock() + idle).isoformat()}
    run.resume_at = until + SWEPT_AFTER
    return None


def _undisturbed(run: DrillRun, until: datetime) -> bool:
    """Whether the keeper came in time for the session in use, and the idle time is still the one tried."""
    idle = in_force().condition.idle
    same = idle is not None and str(idle.total_seconds()) == run.memory["idle_seconds"]
    if not same:
        return run.step(_("the idle time stays as it was"), expected="unchanged", seen="changed", ok=False)
    late = run.clock() >= until
    return not late or run.step(_("the run goes on in time"), expected="in time", seen="too late", ok=False)


def _end(run: DrillRun) -> DrillResult | None:
    if not _undisturbed(run, datetime.fromisoformat(run.memory["until"])):
        return "not_reached"
    account = account_by_login(f"canary-{LEFT}-{run.run_id[:12]}")
    still_open = account is None or sessions_of(account) > 0
    by_itself = run.step(
        _("the idle session, before anybody asks"),
        expected="ended", seen="open" if still_open else "ended", ok=not still_open,
    )  # fmt: skip
    left = opens(visitor(run), INSIDE, holding(_opened(run, LEFT)))
    refused = run.step(_("a request of the idle session"), expected="refused", seen=word(left), ok=not left)
    used = opens(visitor(run), INSIDE, holding(_opened(run, USED)))
    went_on = run.step(_("a request of the session in use"), expected="accepted", seen=word(used), ok=used)
    return "passed" if by_itself and refused and went_on else "failed"


def _sealed(run: DrillRun, key: str) -> str:
    """A session's key, closed under a key outside the database while the run waits."""
    return base64.b64encode(settings.CUSTODY.seal("drill", key.encode(), bound_to=run.run_id)).decode()


def _opened(run: DrillRun, label: str) -> str:
    sealed = base64.b64decode(run.memory[label])
    return str(settings.CUSTODY.unseal("drill", sealed, bound_to=run.run_id).decode())


DRILLS = [
    Drill(
        name="idle-sign-out",
        duty="3.5b",
        subject=SYSTEM_ONE,
        sets_out_to=_("A session left idle ends by itself after the idle time, while one in use goes on."),
        every=timedelta(days=7),
        attack=idle_sign_out,
        clean_up=clean_up,
    )
]
