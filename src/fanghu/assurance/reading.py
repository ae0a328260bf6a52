"""What others read of the engine: cells now or as of a time, marks for the board, history, evidence, drills."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Case, Max, Q, TextField, When
from django.db.models.functions import Cast
from django.utils.translation import gettext

from fanghu.assurance.drilling import UNFINISHED, drills
from fanghu.assurance.law import taipei_date, targets
from fanghu.assurance.models import Attestation, DrillRecord, JudgingRun, Relief, VerdictInterval
from fanghu.assurance.readings import Reading, readings
from fanghu.assurance.rules import Mark, Numbers, count, reaches
from fanghu.assurance.sentences import render
from fanghu.assurance.standing import drill_standings, reliefs
from fanghu.regulation import Duty, load
from fanghu.testimony import Drill, Message, Subject, _

EXPIRING = timedelta(days=30)
STALE = _("Not judged again since {confirmed}; is Fanghu's keeper running?")


@dataclass(frozen=True, slots=True)
class ReliefShown:
    """Relief beside a verdict."""

    id: str
    kind: str
    until: str
    comparison: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Cell:
    """What Fanghu says (or said) of one duty on one subject; ``because`` is in zh-Hant and English."""

    duty: str
    clause: str
    subject: Subject
    verdict: str
    code: str
    strength: str
    proof: tuple[str, ...]
    target_proof: tuple[str, ...]
    because: tuple[str, str]
    facts: Mapping[str, Any]
    source: str
    read_at: datetime | None
    since: datetime
    judged_at: datetime
    fresh_until: datetime
    stale: bool
    relief: ReliefShown | None


@dataclass(frozen=True, slots=True)
class BoardCell:
    """A cell as the board's map needs it."""

    duty: str
    subject: str
    verdict: str
    proof: tuple[str, ...]
    at_target: bool
    relieved: bool
    stale: bool
    code: str


@dataclass(frozen=True, slots=True)
class Board:
    """The map, the two numbers, the newest pass of judging; nothing has been judged when ``run`` is None."""

    cells: Sequence[BoardCell]
    numbers: Numbers
    run: JudgingRun | None


def cells(
    as_of: datetime | None, now: datetime, *, subject: Subject | None = None, duties: Iterable[str] | None = None
) -> list[Cell]:
    """Every cell now, or as Fanghu said it at ``as_of``, in the law's order; three queries at most.

    Past its end of freshness a cell is Unknown, though no row says so. Between two confirmations the words are those
    of the confirmation nearest before, as far as they were kept: the first until the last.
    """
    at = as_of or now
    rows = VerdictInterval.objects.filter(from_at__lte=at).filter(Q(until=None) | Q(until__gt=at))
    if as_of is None:
        rows = VerdictInterval.objects.filter(until=None)
    if subject is not None:
        rows = rows.filter(subject=str(subject))
    if duties is not None:
        rows = rows.filter(duty__in=list(duties))
    law = load(settings.FANGHU_EDITION).duties
    laid = reliefs(at, taipei_date(at))
    place = {duty: number for number, duty in enumerate(law)}
    passes = JudgingRun.objects.filter(scope="all", started_at__lte=at)
    last = passes.aggregate(at=Max("started_at"))["at"] if as_of is not None else None
    found = [_cell(row, law[row.duty], at, last, laid.get((row.duty, row.subject))) for row in rows if row.duty in law]
    return sorted(found, key=lambda cell: (place[cell.duty], cell.subject))


def _cell(row: VerdictInterval, duty: Duty, at: datetime, last: datetime | None, relief: Relief | None) -> Cell:
    subject = Subject.parse(row.subject)
    early = at < row.confirmed_at
    because = (row.first_because_zh, row.first_because_en) if early else (row.because_zh, row.because_en)
    verdict, code, proof = row.verdict, row.code, tuple(row.proof)
    stale = at > row.fresh_until
    if stale:
        verdict, code, proof = "unknown", "stale", ()
        because = render([Message(STALE, {"confirmed": row.confirmed_at})])
    return Cell(
        row.duty, duty.clause, subject, verdict, code, duty.strength, proof, targets(duty, subject), because,
        (row.first_facts if early else row.last_facts) or {}, row.source, row.read_at, row.from_at,
        max(row.from_at, last or row.from_at) if early else row.confirmed_at, row.fresh_until, stale, shown(relief) if relief else None,
    )  # fmt: skip


def shown(relief: Relief) -> ReliefShown:
    """Relief as others see it."""
    return ReliefShown(str(relief.pk), relief.kind, relief.until.isoformat(), relief.comparison)


def board(now: datetime) -> Board:
    """Everything the posture board counts and maps; three queries, whatever the history.

    The database compares the times and hands over proof as text, read once for each wording: this page is opened often.
    """
    law = load(settings.FANGHU_EDITION).duties
    laid = reliefs(now, taipei_date(now))
    found: list[BoardCell] = []
    marks: list[Mark] = []
    aims: dict[tuple[str, bool], tuple[str, ...]] = {}
    kinds: dict[str, tuple[str, ...]] = {}
    reached: dict[tuple[tuple[str, ...], tuple[str, ...]], bool] = {}
    stale_now = Case(When(fresh_until__lt=now, then=True), default=False)
    rows = VerdictInterval.objects.filter(until=None).values_list(
        "duty", "subject", "verdict", Cast("proof", TextField()), "code", stale_now
    )
    for duty_id, subject, verdict, proof_text, code, stale in rows:
        duty = law.get(duty_id)
        if duty is None:
            continue
        proof = kinds.get(proof_text)
        if proof is None:
            proof = kinds[proof_text] = tuple(json.loads(proof_text))
        if stale:
            verdict, proof, code = "unknown", (), "stale"
        one = subject == "system:fanghu"
        target = aims.get((duty_id, one))
        if target is None:
            target = aims[duty_id, one] = targets(duty, Subject.parse(subject))
        if (proof, target) not in reached:
            reached[proof, target] = reaches(proof, target)
        relieved = bool(laid) and (duty_id, subject) in laid
        marks.append(Mark(verdict, duty.strength, proof, target, relieved))
        at_target = verdict == "met" and reached[proof, target]
        found.append(BoardCell(duty_id, subject, verdict, proof, at_target, relieved, stale, code))
    return Board(found, count(marks), last_run())


def last_run() -> JudgingRun | None:
    """The newest pass over everything, without its leaves."""
    return JudgingRun.objects.filter(scope="all").defer("leaves").order_by("-started_at").first()


def history(duty: str, subject: Subject, since: datetime | None = None) -> list[VerdictInterval]:
    """The intervals of one cell, oldest first; from ``since`` on when given."""
    rows = VerdictInterval.objects.filter(duty=duty, subject=str(subject)).order_by("from_at")
    if since is not None:
        rows = rows.filter(Q(until=None) | Q(until__gt=since))
    return list(rows)


def histories(duties: Iterable[str], since: datetime) -> dict[tuple[str, str], list[VerdictInterval]]:
    """The intervals of several duties since a time, by (duty, subject), oldest first; one query."""
    rows = VerdictInterval.objects.filter(duty__in=list(duties)).filter(Q(until=None) | Q(until__gt=since))
    found: dict[tuple[str, str], list[VerdictInterval]] = {}
    for row in rows.defer("first_facts", "last_facts").order_by("from_at"):
        found.setdefault((row.duty, row.subject), []).append(row)
    return found


def attestations(duties: Iterable[str] | None = None, subject: Subject | None = None) -> list[Attestation]:
    """Attestations of the duties and subject given (all when None), newest first."""
    rows = Attestation.objects.select_related("made_by", "approval").order_by("-made_at", "subject")
    if duties is not None:
        rows = rows.filter(duty__in=list(duties))
    return list(rows if subject is None else rows.filter(subject=str(subject)))


def relief_requests(duties: Iterable[str] | None = None) -> list[Relief]:
    """Relief of the duties given, newest first, waiting and ended ones too."""
    rows = Relief.objects.select_related("made_by").order_by("-made_at")
    return list(rows if duties is None else rows.filter(duty__in=list(duties)))


def expiring(now: datetime, within: timedelta = EXPIRING) -> list[Attestation]:
    """Standing attestations that end within ``within`` or have ended, soonest first."""
    end = taipei_date(now + within)
    rows = Attestation.objects.filter(state=Attestation.State.STANDING, effective_until__lte=end)
    return list(rows.order_by("effective_until", "duty", "subject"))


def expiring_relief(now: datetime, within: timedelta = EXPIRING) -> list[Relief]:
    """Standing relief that ends within ``within``, soonest first."""
    today, end = taipei_date(now), taipei_date(now + within)
    rows = Relief.objects.filter(state=Attestation.State.STANDING, until__range=(today, end))
    return list(rows.order_by("until", "duty"))


def reading(duty: str) -> Reading | None:
    """Our reading of a duty (its docstring is ``text``), or None where only documents are judged."""
    return readings(settings.FANGHU_CLAUSES).get(duty)


def latest_drills(now: datetime) -> dict[tuple[str, str], list[tuple[str, str, datetime | None]]]:
    """How each drill last ended, by (duty, subject): name, result ("" never run), when."""
    return {
        key: [(drill.name, drill.last_result, drill.last_at) for drill in found]
        for key, found in drill_standings(now).items()
    }


@dataclass(frozen=True, slots=True)
class DrillShown:
    """A drill with its newest run, the run under way, and when it is next due (None: now)."""

    drill: Drill
    last: DrillRecord | None
    under_way: DrillRecord | None
    next_at: datetime | None

    @property
    def sets_out_to(self) -> str:
        """What it tries, in the language of the page."""
        return gettext(self.drill.sets_out_to)


def drills_shown() -> list[DrillShown]:
    """Every drill with where it stands; two queries."""
    under_way = {row.name: row for row in DrillRecord.objects.filter(state__in=UNFINISHED)}
    newest = DrillRecord.objects.filter(state=DrillRecord.State.FINISHED).order_by()
    ends = newest.values("name").annotate(end=Max("finished_at"))
    wanted = Q(pk=None)
    for row in ends:
        wanted |= Q(name=row["name"], finished_at=row["end"])
    last = {row.name: row for row in newest.filter(wanted)}
    found = []
    for drill in drills().values():
        run = last.get(drill.name)
        due = run.asked_at + drill.every if run else None
        found.append(DrillShown(drill, run, under_way.get(drill.name), due))
    return found


def ever_passed() -> frozenset[str]:
    """The drills that have passed at least once."""
    passed = DrillRecord.objects.filter(state=DrillRecord.State.FINISHED, result="passed").order_by()
    return frozenset(passed.values_list("name", flat=True).distinct())


def drill_runs(name: str, most: int = 50) -> list[DrillRecord]:
    """Newest runs of a drill first."""
    return list(DrillRecord.objects.filter(name=name).select_related("asked_by").order_by("-asked_at")[:most])


def drill_run(run_id: str) -> DrillRecord:
    """One run of a drill; DrillRecord.DoesNotExist when there is none."""
    return DrillRecord.objects.get(pk=run_id)


def document_name(hash_: str) -> str | None:
    """The name under which a kept document was given, or None when nobody refers to it."""
    for model in (Attestation, Relief):
        name = model.objects.filter(document_hash=hash_).values_list("document_name", flat=True).first()
        if name:
            return str(name)
    return None
