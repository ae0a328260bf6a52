"""The drill of access to the log (4.10): an account without the right is refused everywhere, one with the right to its own
system's log is refused any other, and the log says that they tried.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import timedelta

from django.urls import NoReverseMatch, reverse

from fanghu.access.conditions import SYSTEM_ONE
from fanghu.access.wire import opens, word
from fanghu.accounts.reading import account_by_login
from fanghu.auditlog.reach import exposed_files, pages
from fanghu.auditlog.sources import systems_sending
from fanghu.auditlog.tracing import traced
from fanghu.probes.visitor import Answer, Visitor, hidden_fields
from fanghu.shell.rights import Right, Role
from fanghu.signin.canary import INSIDE, clean_up, enter, is_inside, visitor
from fanghu.signin.tries import reaching
from fanghu.testimony import Drill, DrillResult, DrillRun, _

LOOKS, BETWEEN = 40, 0.5
NO_RIGHT, NOT_THEIRS = "FH-ACC-01", "FH-LOG-70"
FOREIGN = "q=source%3Danother-system"


def log_access(run: DrillRun, *, pause: Callable[[float], object] = time.sleep) -> DrillResult | None:
    """Ask for every page of the log with no session, without the right, and with it."""
    return reaching(lambda begun: _log_access(begun, pause))(run)


def _log_access(run: DrillRun, pause: Callable[[float], object]) -> DrillResult | None:
    ways = addresses()
    low, reader = enter(run, "no-right", factor=False), enter(run, "reader", roles=(Role.AUDITOR,), factor=False)
    inside = is_inside(low) and is_inside(reader)
    if not run.step(
        _("two canaries sign in, one without any right"), expected="accepted", seen=word(inside), ok=inside
    ):
        return "failed"
    nobody = visitor(run)
    token = hidden_fields(low.get(INSIDE).text).get("csrfmiddlewaretoken", "")
    held = [
        _refused(run, _("pages of the log, asked for without a session"), (not opens(nobody, way) for way in ways)),
        _refused(run, _("pages of the log, asked for without the right"), (_denied(low.get(way)) for way in ways)),
        _refused(
            run, _("pages of the log, written to without the right"), (_denied(_post(low, way, token)) for way in ways)
        ),
    ]
    read = opens(reader, reverse("log"))
    held.append(run.step(_("the log, asked for with the right"), expected="accepted", seen=word(read), ok=read))
    held += _one_system(run, pause)
    held.append(_in_the_log(run, "no-right", "access.refused", _("the refused attempt is in the log"), pause))
    held.append(_in_the_log(run, "reader", "log.searched", _("the reading is in the log"), pause))
    exposed = sorted(exposed_files())
    held.append(
        run.step(
            _("files of the log that others on the machine can open"), expected="none", seen="{files}", ok=not exposed,
            files=", ".join(exposed[:5]) or "0",
        )
    )  # fmt: skip
    return "passed" if all(held) else "failed"


def _one_system(run: DrillRun, pause: Callable[[float], object]) -> list[bool]:
    """An administrator reads what this system records: no other's log, and no page that shows them all."""
    own, whole = enter(run, "one-system", roles=(Role.ADMINISTRATOR,)), addresses(Right.LOG_READ_ALL)
    inside = opens(own, reverse("log"))
    other = own.get(f"{reverse('log')}?{FOREIGN}")
    kept = other.status == 403 and NOT_THEIRS in other.text
    return [
        run.step(_("its own system's log, asked for by an administrator"), expected="accepted", seen=word(inside),
                 ok=inside),
        run.step(_("another system's log, asked for by that administrator"), expected="refused", seen=word(not kept),
                 ok=kept),
        _refused(run, _("pages that show every log, asked for by that administrator"), (_denied(own.get(way)) for way in whole)),
        _in_the_log(run, "one-system", "log.reading_refused", _("the refused reading is in the log"), pause),
    ]  # fmt: skip


def addresses(right: Right | None = None) -> list[str]:
    """Every address of the log's pages, or of those that ask for ``right``; those of one checkpoint, or day, stand for all."""
    return sorted(_address(name) for name, asked in pages().items() if right is None or asked == right)


def _address(name: str) -> str:
    """Where the page is; of one that is about something, any."""
    for about in ([], [1], ["fanghu", "2026-01-01"]):
        try:
            return reverse(name, args=about)
        except NoReverseMatch:
            continue
    raise NoReverseMatch(name)


def _denied(answer: Answer) -> bool:
    return answer.status == 403 and NO_RIGHT in answer.text


def _post(browser: Visitor, path: str, token: str) -> Answer:
    return browser.post(path, {"csrfmiddlewaretoken": token, "reason": "drill", "where": "drill"})


def _refused(run: DrillRun, name: str, refused: Iterable[bool]) -> bool:
    """One step over every address; no address at all proves nothing."""
    found = list(refused)
    return run.step(
        name, expected="{tried} of {tried} refused", seen="{refused} of {tried} refused",
        ok=bool(found) and all(found), tried=len(found), refused=found.count(True),
    )  # fmt: skip


def _in_the_log(run: DrillRun, label: str, kind: str, name: str, pause: Callable[[float], object]) -> bool:
    """Whether an event of this kind by the canary is sealed within the time."""
    account = account_by_login(f"canary-{label}-{run.run_id[:12]}")
    since = run.clock() - timedelta(minutes=5)
    for _try in range(LOOKS):
        if account and any(event.type == kind and event.proved for event in traced(str(account.pk), since)):
            return run.step(name, expected="sealed", seen="sealed", ok=True)
        pause(BETWEEN)
    return run.step(name, expected="sealed", seen="not found", ok=False)


DRILLS = [
    Drill(
        name="log-access",
        duty="4.10",
        subject=SYSTEM_ONE,
        sets_out_to=_(
            "Every page of the log refuses a visitor without session and an account without the right, another system's "
            "log refuses an administrator of this one, the log holds the attempts, and its files are closed to others on "
            "the machine."
        ),
        every=timedelta(days=7),
        attack=log_access,
        clean_up=clean_up,
        also=systems_sending,
    )
]
