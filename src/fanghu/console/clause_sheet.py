"""The clause pages: the list of all, and one clause or duty with its verdicts, evidence and history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from fanghu.assurance import reading
from fanghu.assurance.law import in_force
from fanghu.assurance.reading import Cell, DrillShown
from fanghu.assurance.standing import end_of
from fanghu.console.board import subject_name, tongue
from fanghu.console.evidence import Shown, shown_facts
from fanghu.console.history_strip import strip
from fanghu.console.posture_map import ELSEWHERE, what
from fanghu.console.words import FIRMS, LIMITS, PROOFS, RELIEF, SCOPES, STRENGTHS, TAGS, UNITS, VERDICTS
from fanghu.register.collectors import firm_now
from fanghu.register.defining_fields import said
from fanghu.register.definitions import definitions
from fanghu.register.reading import official_text, system_names
from fanghu.regulation import Duty, load, open_relief
from fanghu.shell.access import asks
from fanghu.shell.rights import Right

YEAR = timedelta(days=365)
CROWD = 20


@dataclass(frozen=True, slots=True)
class CellShown:
    """One subject's verdict as the page shows it."""

    cell: Cell
    anchor: str
    name: str
    slug: str
    verdict: Any
    tag: str
    because: str
    proof: list[Any]
    target: list[Any]
    at_target: bool
    facts: list[Shown]
    strip: SafeString
    relief: Any
    can_attest: bool

    @property
    def brief(self) -> bool:
        """Whether a line says all there is: nothing testified, and no history is drawn."""
        return not self.facts and not self.relief and not self.strip


@dataclass(frozen=True, slots=True)
class DutyShown:
    """One duty of the clause."""

    duty: Duty
    title: str
    asks: str
    would_prove: str
    strength: Any
    scope: Any
    firms: Any
    target: list[Any]
    limits: list[dict[str, Any]]
    cadence: str
    official: str | None
    reading: list[str]
    relief: list[Any]
    defines: list[tuple[str, str]]
    cells: list[CellShown]
    elsewhere: list[CellShown]
    attestations: list[Any]
    drills: list[DrillShown]

    @property
    def lines(self) -> list[CellShown]:
        """Subjects of which a line of a table says all there is."""
        return [shown for shown in self.cells if shown.brief]


@require_safe
@asks(Right.BOARD_VIEW)
def clauses(request: HttpRequest) -> HttpResponse:
    """Every duty with how its cells stand; ``?show=`` a verdict keeps the duties that have it."""
    edition, wanted = load(settings.FANGHU_EDITION), request.GET.get("show", "")
    counted: dict[str, Counter[str]] = {}
    for cell in reading.board(timezone.now()).cells:
        if cell.code not in ELSEWHERE:
            kind = {"g": "waiting"}.get(what(cell, edition.duties[cell.duty])[0], cell.verdict)
            counted.setdefault(cell.duty, Counter())[kind] += 1
    found = []
    for number, title in edition.articles.items():
        rows = [
            {"duty": duty, "title": duty.title.within(tongue()), "strength": STRENGTHS[duty.strength],
             "count": counted.get(duty.id, Counter()), "target": [PROOFS[kind] for kind in duty.proof_target]}
            for duty in edition.duties.values()
            if duty.article == number and (not wanted or counted.get(duty.id, Counter())[wanted])
        ]  # fmt: skip
        if rows:
            found.append({"number": number, "title": title.within(tongue()), "rows": rows})
    context = {"articles": found, "show": wanted, "word": VERDICTS.get(wanted, ""), "verdicts": VERDICTS}
    return render(request, "console/clauses.html", context)


@require_safe
@asks(Right.BOARD_VIEW)
def clause(request: HttpRequest, number: str) -> HttpResponse:
    """A clause (all its duties) or one duty; ``?on=`` a date shows what Fanghu said at that day's end."""
    edition = load(settings.FANGHU_EDITION)
    duties = edition.duties_of(number) or tuple(filter(None, [edition.duties.get(number)]))
    if not duties:
        raise Http404
    now = timezone.now()
    as_of = _asked_day(request.GET.get("on", ""), now)
    law, names, firm = in_force(now).duties, system_names(), firm_now()
    ids = [duty.id for duty in duties]
    found = reading.cells(as_of, now, duties=ids)
    documents = reading.attestations(ids)
    drills = [shown for shown in reading.drills_shown() if shown.drill.duty in ids]
    several = len(duties) > 1
    # among many subjects a year's strip for each would hide the evidence
    past = {} if len(found) > CROWD * len(duties) else reading.histories(ids, now - YEAR)
    sheets = []
    for duty in duties:
        mine = [
            _cell(cell, duty, f"{duty.id}-" if several else "", names, past, as_of or now)
            for cell in found if cell.duty == duty.id and cell.code not in ELSEWHERE
        ]  # fmt: skip
        sheets.append(
            DutyShown(
                duty, duty.title.within(tongue()), duty.asks.within(tongue()), duty.would_prove.within(tongue()),
                STRENGTHS[duty.strength], SCOPES[duty.scope.on], FIRMS[duty.scope.firm],
                [PROOFS[kind] for kind in duty.proof_target], _limits(duty, law.get(duty.id, duty)),
                _cadence(law.get(duty.id, duty)), official_text(duty.id) or official_text(duty.clause),
                _reading(duty.id), [RELIEF[kind] for kind in open_relief(duty, firm)],
                [(each.key, said(each.label)) for each in definitions().values() if each.duty == duty.id],
                [shown for shown in mine if shown.cell.verdict != "not_applicable"],
                [shown for shown in mine if shown.cell.verdict == "not_applicable"],
                [row for row in documents if row.duty == duty.id],
                [shown for shown in drills if shown.drill.duty == duty.id],
            )
        )  # fmt: skip
    order = list(edition.clauses)
    place = order.index(duties[0].clause)
    context = {
        "number": number,
        "clause": duties[0].clause,
        "title": sheets[0].title if not several else edition.clauses[number].within(tongue()),
        "article": edition.articles[duties[0].article].within(tongue()),
        "article_number": duties[0].article,
        "sheets": sheets,
        "siblings": edition.duties_of(duties[0].clause) if not several else (),
        "as_of": as_of,
        "on": request.GET.get("on", "") if as_of else "",
        "today": timezone.localdate(now),
        "before": order[place - 1] if place else "",
        "after": order[place + 1] if place + 1 < len(order) else "",
        "edition": edition,
        "names": names,
    }
    return render(request, "console/clause.html", context)


def _asked_day(text: str, now: datetime) -> datetime | None:
    """The end of the day asked for, or None: now."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    end = end_of(day) - timedelta(seconds=1) if day.year < 9000 else now
    return end if end < now else None


def _cell(
    cell: Cell, duty: Duty, prefix: str, names: Mapping[str, str], past: Mapping[tuple[str, str], Any], at: datetime
) -> CellShown:
    subject = str(cell.subject)
    slug = subject.removeprefix("system:")
    return CellShown(
        cell,
        f"{prefix}s-{slug}",
        subject_name(cell.subject, dict(names)),
        "" if subject == "firm" else slug,
        VERDICTS[cell.verdict],
        "waiting" if cell.verdict == "not_met" and (cell.relief or duty.strength == "should") else TAGS[cell.verdict],
        cell.because[0 if tongue().startswith("zh") else 1],
        [PROOFS[kind] for kind in cell.proof],
        [PROOFS[kind] for kind in cell.target_proof],
        set(cell.target_proof) <= set(cell.proof),
        shown_facts(cell.facts),
        strip(past[cell.duty, subject], at) if (cell.duty, subject) in past else SafeString(""),
        RELIEF.get(cell.relief.kind) if cell.relief else None,
        not cell.source or "attested" in cell.target_proof,  # a document cannot stand where something testifies
    )


def _reading(duty: str) -> list[str]:
    """Our reading as paragraphs, in the page's language; empty where only documents are judged."""
    found = reading.reading(duty)
    return gettext(found.text).split("\n\n") if found and found.text else []


def _limits(law: Duty, ours: Duty) -> list[dict[str, Any]]:
    return [
        {"name": LIMITS.get(name, name), "value": limit.value, "unit": UNITS[limit.unit],
         "at_most": limit.stricter == "lower",
         "law": law.limits[name].value if law.limits[name].value != limit.value else None,
         "ours": not limit.from_text}
        for name, limit in ours.limits.items()
    ]  # fmt: skip


def _cadence(duty: Duty) -> str:
    """How often the duty falls due, in words; "" when it sets no pace."""
    if duty.paced_by is None:
        return ""
    limit = duty.limits[duty.paced_by]
    return f"{int(limit.value)} {UNITS[limit.unit]}"
