"""The guided first run: each step with its state as the facts have it; nothing of it is stored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from fanghu.accounts.reading import able, factor_holders
from fanghu.accounts.words import ROLE_NAMES
from fanghu.approvals.reading import pending
from fanghu.assurance import reading
from fanghu.console.words import TAGS, VERDICTS
from fanghu.register.collectors import FIRM_KIND, firm_now
from fanghu.register.definitions import Standing, standings
from fanghu.shell.access import asks
from fanghu.shell.rights import TABLE, Right, Role
from fanghu.testimony import Subject

SYSTEM_ONE = Subject.system("fanghu")
OUTSIDE = ("4.9", "6.2", "4.11", "8.1")
"""Duties of system one that need a thing Fanghu cannot make itself; each verdict says which one is missing."""


@dataclass(frozen=True, slots=True)
class Go:
    """Where a step is done: its words, its address, and the right the page asks for."""

    words: str
    url: str
    right: Right

    @property
    def roles(self) -> list[str]:
        """The roles whose right opens it."""
        return [str(ROLE_NAMES[role]) for role in Role if self.right in TABLE[role]]


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what to do, how it stands, where to go, or what to type on the machine; ``waits`` for somebody else."""

    key: str
    title: str
    stands: str
    done: bool
    waits: bool = False
    go: tuple[Go, ...] = ()
    command: str = ""


@dataclass(frozen=True, slots=True)
class Outside:
    """What only the world outside can give: the duty, the sentence that says what is missing, and whether it is there."""

    duty: str
    sentence: tuple[str, str]
    verdict: str
    url: str

    @property
    def met(self) -> bool:
        """Whether nothing is missing any more."""
        return self.verdict in ("met", "not_applicable")


def steps(now: datetime) -> list[Step]:
    """Every step in order, in the language of the page; a fixed number of queries."""
    defined = standings()
    return [*_people(now), _firm(), *_defaults(defined), _drills()]


def outside(now: datetime) -> list[Outside]:
    """How the duties that need something from outside stand on system one; one that was not judged yet is left out."""
    cells = reading.cells(None, now, subject=SYSTEM_ONE, duties=OUTSIDE)
    return [
        Outside(cell.duty, cell.because, cell.verdict, f"{reverse('clause', args=[cell.duty])}#s-{SYSTEM_ONE.slug}")
        for cell in cells
    ]


def first_open(found: Iterable[Step]) -> Step | None:
    """The step to do next, or None when the first run is done."""
    return next((step for step in found if not step.done), None)


def _people(now: datetime) -> list[Step]:
    rows = list(able(now).filter(roles__role__in=[Role.ADMINISTRATOR, Role.OFFICER]).values_list(
        "roles__role", "person_id", "pk", "display_name"
    ))  # fmt: skip
    holders = factor_holders()
    ready = [(role, person) for role, person, pk, _name in rows if pk in holders and person]
    administrators = {person for role, person in ready if role == Role.ADMINISTRATOR}
    second = any(role == Role.OFFICER and administrators - {person} for role, person in ready)
    invited = [name for role, _person, pk, name in rows if role == Role.OFFICER and pk not in holders]
    stands = _("Register the person, then make an account with the role of security officer.")
    if second:
        stands = _("Two persons can sign in with a second factor, so that one can ask and the other decide.")
    elif invited:
        stands = _(
            "%(who)s has an account; the first sign-in with its password and a second factor is still to come."
        ) % {"who": invited[0]}
    return [
        Step(
            "administrator", _("Enrol the system administrator"),
            _("An administrator can sign in with a second factor.") if administrators
            else _("Make a one-time link on the machine and open it in a browser."),
            bool(administrators), command="fanghu enrol",
        ),
        Step(
            "officer", _("Enrol the security officer, a second person"), stands, second, waits=bool(invited),
            go=(
                Go(_("Add the person"), reverse("register_person_new"), Right.REGISTER_CHANGE),
                Go(_("Make the account"), reverse("account_new"), Right.ACCOUNT_MANAGE),
            ),
        ),
    ]  # fmt: skip


def _firm() -> Step:
    waiting, known = pending(FIRM_KIND).exists(), firm_now()
    described = known is not None and known.kind is not None
    stands = _("Its kind and class decide which duties bind it; until then the strictest scope is assumed.")
    if described:
        stands = _("Described; what is not known yet counts as the strictest.")
    elif waiting:
        stands = _("What narrows the duties waits for a second person; until then the strictest scope is assumed.")
    go = [Go(_("Describe the firm"), reverse("register_firm"), Right.REGISTER_CHANGE)]
    if waiting:
        go.insert(0, Go(_("Decide the request"), reverse("approvals"), Right.APPROVAL_DECIDE))
    return Step(
        "firm", _("Describe the firm"), stands, described and not waiting, waits=waiting, go=tuple(go)
    )  # fmt: skip


def _defaults(defined: list[Standing]) -> list[Step]:
    mine = [each for each in defined if each.default is not None or each.current is not None]
    unasked = sum(each.confirmable for each in mine)
    approved = sum(each.current is not None for each in mine)
    waiting = list({approval.pk: approval for each in mine for approval in each.waiting}.values())
    counted = {"approved": approved, "all": len(mine)}
    return [
        Step(
            "defaults", _("Review the shipped defaults and ask for them"),
            ngettext(
                "%(count)d value that the firm must define has a default nobody has asked for yet.",
                "%(count)d values that the firm must define have defaults nobody has asked for yet.",
                unasked,
            ) % {"count": unasked} if unasked else _("Every default has been asked for."),
            not unasked, go=(Go(_("Review the defaults"), reverse("definitions_confirm"), Right.REGISTER_CHANGE),),
        ),
        Step(
            "confirmed", _("The second person confirms them"),
            _("%(approved)d of %(all)d values are approved.") % counted,
            approved == len(mine), waits=bool(waiting),
            go=tuple(
                Go(_("Decide the request"), reverse("approval", args=[approval.pk]), Right.APPROVAL_DECIDE)
                for approval in waiting[:1]
            ),
        ),
    ]  # fmt: skip


def _drills() -> Step:
    found, passed = reading.drills_shown(), reading.ever_passed()
    missing = [entry for entry in found if entry.drill.name not in passed]
    counted = {
        "passed": len(found) - len(missing), "all": len(found),
        "under_way": sum(entry.under_way is not None for entry in missing),
    }  # fmt: skip
    stands = _(
        "%(passed)d of %(all)d drills have passed, %(under_way)d are under way. The keeper starts each within five minutes, "
        "and again after an hour where it reached nothing."
    )
    idle = [entry.drill.name for entry in missing if entry.under_way is None]
    return Step(
        "drills", _("Let every drill pass once"), stands % counted, not missing,
        waits=bool(counted["under_way"]), go=(Go(_("Open the drills"), reverse("drills"), Right.BOARD_VIEW),),
        command=f"fanghu drill run {idle[0]}" if idle else "fanghu drill list",
    )  # fmt: skip


@require_safe
@asks(Right.BOARD_VIEW)
def first_run(request: HttpRequest) -> HttpResponse:
    """The steps, what is next, and what remains outside."""
    now = timezone.now()
    found = steps(now)
    zh = (request.LANGUAGE_CODE or "").lower().startswith("zh")
    context: dict[str, Any] = {
        "steps": found,
        "next": first_open(found),
        "done": sum(step.done for step in found),
        "outside": [
            {"duty": each.duty, "url": each.url, "sentence": each.sentence[0 if zh else 1], "met": each.met,
             "word": VERDICTS[each.verdict], "tag": TAGS[each.verdict]}
            for each in outside(now)
        ],
    }  # fmt: skip
    return render(request, "console/first_run.html", context)
