"""What the board says above everything: what makes its numbers doubtful, and what a person must look at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from fanghu.accounts.reading import unsettled_strays
from fanghu.approvals.reading import second_person_exists
from fanghu.assurance.history import edited_since
from fanghu.auditlog.reading import LogState
from fanghu.console.first_run import Step, first_open
from fanghu.jobs.reading import failing_jobs, keeper_silent_since
from fanghu.register.collectors import waiting_scope_changes
from fanghu.register.known import Comparison
from fanghu.shell.rights import Right
from fanghu.signin.reading import recent_recoveries

LATE = timedelta(minutes=10)
"""How long an event may wait to be sealed before the board says so."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One sentence, how grave it is (``bad``, ``warn`` or ``""``), and where to go."""

    grave: str
    sentence: str
    url: str = ""
    link: str = ""


def shown(at: datetime) -> str:
    """A time as pages write it, in Taipei time."""
    return localtime(at).strftime("%Y-%m-%d %H:%M")


def notices(rights: frozenset[Right], described: bool, log: LogState, hosts: Comparison, now: datetime) -> list[Notice]:
    """Everything worth saying, gravest first; a fixed number of queries."""
    found = [*_log(rights, log, now), *_keeper(now), *_people(rights, now), *_register(rights, described, hosts)]
    checkout = Path(__file__).resolve().parents[3]
    if checkout in Path(settings.HOME).resolve().parents:
        found.append(
            Notice("warn", _("The data folder lies in the source checkout; set FANGHU_HOME to keep it elsewhere."))
        )
    found += _history()
    order = {"bad": 0, "warn": 1}
    return sorted(found, key=lambda notice: order.get(notice.grave, 2))


def first_run_notice(steps: Sequence[Step]) -> list[Notice]:
    """How far the first run is and what comes next; nothing once it is done."""
    step = first_open(steps)
    if step is None:
        return []
    sentence = _("First run: %(done)d of %(all)d steps are done. Next: %(next)s.") % {
        "done": sum(each.done for each in steps), "all": len(steps), "next": step.title
    }  # fmt: skip
    return [Notice("", sentence, reverse("first_run"), _("Open the first run"))]


def _to(name: str, words: str, right: Right, rights: frozenset[Right]) -> dict[str, Any]:
    """A link, for those who may follow it."""
    return {"url": reverse(name), "link": words} if right in rights else {}


def _log(rights: frozenset[Right], log: LogState, now: datetime) -> Iterator[Notice]:
    to_log = _to("log", _("Open the audit log"), Right.LOG_READ, rights)
    if log.troubled:
        yield Notice(
            "bad",
            _(
                "The audit log has a finding that a person must settle: what was sealed and what the database expects disagree."
            ),
            **to_log,
        )
    if log.oldest_pending_at and now - log.oldest_pending_at > LATE:
        sentence = _("%(count)d events wait to be sealed since %(since)s; is the disk full or Fanghu's keeper stopped?")
        yield Notice("bad", sentence % {"count": log.pending, "since": shown(log.oldest_pending_at)}, **to_log)


def _keeper(now: datetime) -> Iterator[Notice]:
    silent = keeper_silent_since(now)
    if silent:
        sentence = _("The keeper has been silent since %(since)s: nothing is judged or drilled; start Fanghu again.")
        yield Notice("bad", sentence % {"since": shown(silent)})
    for name, at, failure in failing_jobs():
        sentence = _("The job %(name)s failed at %(at)s: %(failure)s")
        yield Notice("warn", sentence % {"name": name, "at": shown(at), "failure": failure})


def _history() -> Iterator[Notice]:
    edited = edited_since()
    if edited:
        at, count, zh, en = edited
        first = zh if (get_language() or "").startswith("zh") else en
        sentence = ngettext(
            "%(count)d finding when history was verified at %(at)s: %(first)s The command fanghu history verify names it.",
            "%(count)d findings when history was verified at %(at)s, first: %(first)s The command fanghu history verify names all.",
            count,
        )
        yield Notice("bad", sentence % {"count": count, "at": shown(at), "first": first})


def _people(rights: frozenset[Right], now: datetime) -> Iterator[Notice]:
    if not second_person_exists(now):
        yield Notice(
            "warn",
            _("There is no second person yet who can approve; until then no attestation, relief or loosening stands."),
            **_to("accounts", _("Add an account"), Right.ACCOUNT_MANAGE, rights),
        )
    strays = unsettled_strays()
    if strays:
        sentence = ngettext(
            "%(count)d sign-in has nobody behind it; a person must say what it was.",
            "%(count)d sign-ins have nobody behind them; a person must say what they were.",
            strays,
        )
        yield Notice(
            "bad",
            sentence % {"count": strays},
            **_to("strays", _("Open the stray sign-ins"), Right.ACCOUNT_VIEW, rights),
        )
    for recovery in recent_recoveries(now):
        sentence = (
            _("The second factor of %(who)s was recovered on the machine at %(at)s and set up anew.")
            if recovery.used_at
            else _("A link to recover the second factor of %(who)s was made on the machine at %(at)s.")
        )
        yield Notice("warn", sentence % {"who": recovery.login_id, "at": shown(recovery.made_at)})


def _register(rights: frozenset[Right], described: bool, hosts: Comparison) -> Iterator[Notice]:
    if not described:
        yield Notice(
            "warn",
            _("The firm is not described yet; the strictest scope is assumed for every duty."),
            **_to("register_firm", _("Describe the firm"), Right.REGISTER_CHANGE, rights),
        )
    waiting = len(waiting_scope_changes())
    if waiting:
        sentence = ngettext(
            "%(count)d change of scope waits for a second person; until then the stricter scope is judged.",
            "%(count)d changes of scope wait for a second person; until then the stricter scope is judged.",
            waiting,
        )
        yield Notice(
            "", sentence % {"count": waiting}, **_to("approvals", _("Open the approvals"), Right.BOARD_VIEW, rights)
        )
    unknown = len(hosts.unregistered)
    if unknown:
        sentence = ngettext(
            "%(count)d machine is known from logs or lists but not registered.",
            "%(count)d machines are known from logs or lists but not registered.",
            unknown,
        )
        yield Notice(
            "warn", sentence % {"count": unknown},
            **_to("register_compare", _("Compare with the register"), Right.REGISTER_VIEW, rights),
        )  # fmt: skip
