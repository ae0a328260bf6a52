"""The posture board: two numbers, what needs a person, the clause x system map."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from fanghu.assurance import reading
from fanghu.assurance.rules import Numbers
from fanghu.assurance.trend import trend_after
from fanghu.auditlog.reading import state
from fanghu.auditlog.seen_hosts import hosts
from fanghu.console.first_run import steps
from fanghu.console.notices import first_run_notice, notices
from fanghu.console.posture_map import ROOMY, articles, columns
from fanghu.console.steps import first_steps
from fanghu.console.trend_chart import chart
from fanghu.console.words import FIRM, PROOFS
from fanghu.register.collectors import firm_now, systems_now
from fanghu.register.known import comparison
from fanghu.register.reading import system_names
from fanghu.regulation import load
from fanghu.shell.access import asks
from fanghu.shell.rights import Right
from fanghu.testimony import Subject


def tongue() -> str:
    """The language of this page."""
    return get_language() or settings.LANGUAGE_CODE


def percent(share: float | None) -> str:
    """A share as a whole number of per cent, rounded down so that 100 means all; "–" when there is nothing to count."""
    return "–" if share is None else f"{int(share * 100 + 1e-9)}%"


def shares(numbers: Numbers) -> list[dict[str, Any]]:
    """The bar below conformity: met by proof, strongest first, then not met; ``x`` and ``width`` of 100."""
    total = numbers.met + numbers.not_met
    by_proof = [(name, numbers.met_by_proof.get(name, 0)) for name in reversed(PROOFS)]
    parts = [*by_proof, ("not_met", numbers.not_met)]
    found, at = [], 0.0
    for name, count in parts:
        width = 100 * count / total if total else 0.0
        found.append(
            {"name": name, "word": PROOFS.get(name), "count": count, "x": f"{at:.2f}", "width": f"{width:.2f}"}
        )
        at += width
    return found


@require_safe
@asks(Right.BOARD_VIEW)
def board(request: HttpRequest) -> HttpResponse:
    """The whole board in a fixed number of queries."""
    now = timezone.now()
    found, firm, systems, log, known = reading.board(now), firm_now(), systems_now(), state(), comparison()
    names, beginning = system_names(), first_run_notice(steps(now))
    across = columns((cell.subject for cell in found.cells), systems, names, str(FIRM))
    only_open = request.GET.get("show") == "open"
    edition = load(settings.FANGHU_EDITION)
    rights = request.user.rights  # type: ignore[union-attr]
    body = articles(edition, found.cells, across, tongue(), only_open=only_open)
    numbers = found.numbers
    context = {
        "numbers": numbers,
        "coverage": percent(numbers.coverage),
        "conformity": percent(numbers.conformity),
        "at_target": percent(numbers.at_target),
        "shares": shares(numbers),
        "unknown": numbers.applicable - numbers.known,
        "run": found.run,
        "edition": edition,
        "edition_title": edition.title.within(tongue()),
        "columns": across,
        "narrow": len(across) > ROOMY,
        "articles": body,
        "only_open": only_open,
        "trend": chart(trend_after(str(found.run.pk), now)) if found.run else "",
        "log": log,
        "log_fresh": log.kept_fresh(now),
        "notices": [*beginning, *notices(rights, firm is not None, log, known, now)],
        "steps": []
        if beginning
        else first_steps(
            systems=len(systems),
            imported=bool(hosts()),
            attested=any("attested" in cell.proof for cell in found.cells),
        ),
        "ending": ending(now, names),
    }
    return render(request, "console/board.html", context)


def ending(now: Any, names: dict[str, str]) -> list[dict[str, Any]]:
    """Documents and relief that end within 30 days or have ended, soonest first."""
    rows = [(row.effective_until, row.duty, row.subject, "attest") for row in reading.expiring(now)]
    rows += [(row.until, row.duty, row.subject, "relief") for row in reading.expiring_relief(now)]
    today = timezone.localdate(now)
    return [
        {"until": until, "duty": duty, "subject": subject, "kind": kind, "name": subject_name(subject, names),
         "over": until < today}
        for until, duty, subject, kind in sorted(rows)
    ]  # fmt: skip


def subject_name(subject: Subject | str, names: dict[str, str]) -> str:
    """The name of a system, or the word for the firm."""
    text = str(subject)
    return str(FIRM) if text == "firm" else names.get(text.removeprefix("system:"), text)
