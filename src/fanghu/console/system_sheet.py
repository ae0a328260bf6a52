"""The page of one system: what is registered of it, who answers for it, and how every duty stands on it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from fanghu.assurance import reading
from fanghu.assurance.law import targets
from fanghu.assurance.rules import Mark, count, reaches
from fanghu.console.board import percent, tongue
from fanghu.console.posture_map import ELSEWHERE
from fanghu.console.words import PROOFS, SCOPE_FACTS, TAGS, VERDICTS
from fanghu.register.collectors import systems_now, waiting_changes
from fanghu.register.defining_fields import said
from fanghu.register.definitions import standings
from fanghu.register.reading import system as registered
from fanghu.register.words import CHANNELS, ENVIRONMENTS
from fanghu.register.words import shown as worded
from fanghu.regulation import load
from fanghu.shell.access import asks
from fanghu.shell.rights import Right
from fanghu.testimony import Subject


@require_safe
@asks(Right.BOARD_VIEW)
def system(request: HttpRequest, slug: str) -> HttpResponse:
    """One system; 404 when the register knows no such slug."""
    row = registered(slug)
    if row is None:
        raise Http404
    now, subject, edition = timezone.now(), Subject.system(slug), load(settings.FANGHU_EDITION)
    zh = tongue().startswith("zh")
    cells = [cell for cell in reading.cells(None, now, subject=subject) if cell.code not in ELSEWHERE]
    marks = [
        Mark(cell.verdict, cell.strength, cell.proof, cell.target_proof, cell.relief is not None) for cell in cells
    ]
    numbers = count(marks)
    rows = [
        {
            "duty": edition.duties[cell.duty],
            "title": edition.duties[cell.duty].title.within(tongue()),
            "cell": cell,
            "because": cell.because[0 if zh else 1],
            "verdict": VERDICTS[cell.verdict],
            "tag": "waiting" if cell.verdict == "not_met" and (cell.relief or cell.strength == "should")
            else TAGS[cell.verdict],
            "proof": [PROOFS[kind] for kind in cell.proof],
            "target": [PROOFS[kind] for kind in targets(edition.duties[cell.duty], subject)],
            "short": cell.verdict == "met" and not reaches(cell.proof, cell.target_proof),
        }
        for cell in cells
    ]  # fmt: skip
    context = {
        "system": row,
        "slug": slug,
        "facts": _facts(slug, row, zh),
        "drills": sorted(
            (entry for entry in reading.drills_shown() if entry.drill.subject == subject),
            key=lambda entry: list(edition.duties).index(entry.drill.duty),
        ),
        "defined": [
            {"standing": each, "label": said(each.definition.label)} for each in standings() if each.subject == subject
        ],
        "waiting": len(waiting_changes().get(slug, [])),
        "numbers": numbers,
        "coverage": percent(numbers.coverage),
        "conformity": percent(numbers.conformity),
        "at_target": percent(numbers.at_target),
        "rows": [each for each in rows if each["cell"].verdict != "not_applicable"],  # type: ignore[attr-defined]
        "elsewhere": [each for each in rows if each["cell"].verdict == "not_applicable"],  # type: ignore[attr-defined]
    }
    return render(request, "console/system.html", context)


def _facts(slug: str, row: Any, zh: bool) -> list[tuple[Any, str]]:
    """What the register says, and what is judged where that is stricter or nothing was said."""
    judged = systems_now().get(slug)
    found = []
    for name, label in SCOPE_FACTS.items():
        said = bool(row.e_trading_channels) if name == "e_trading" else getattr(row, name)
        if name == "e_trading" and row.e_trading_channels is None:
            said = None
        value = _("not stated; the strictest is assumed") if said is None else _("yes") if said else _("no")
        held = getattr(judged, name, said) if judged else said
        if said is not None and held is not None and held != said:
            value += " " + (_("(judged as yes)") if held else _("(judged as no)"))
        if name == "e_trading" and row.e_trading_channels:
            value += f" ({', '.join(worded(each, CHANNELS, zh) for each in row.e_trading_channels)})"
        found.append((label, value))
    environments = ", ".join(worded(each, ENVIRONMENTS, zh) for each in row.environments)
    return [*found, (_("Environments"), environments or "–"), (_("Hosts"), ", ".join(row.hosts) or "–")]
