"""Pure decisions of the engine: findings combined, drills laid over, attestations weighed, numbers counted."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

from fanghu.testimony import PROOFS, Message, Met, NotApplicable, NotMet, Proof, Subject, Testimony, Unknown, Verdict, _

Judge = Callable[..., Verdict]
TWELVE_MONTHS = "P12M"
CLOCK_ALLOWANCE = timedelta(minutes=5)
DRILL_GRACE = timedelta(days=2)
NAMES_SHOWN = 5
SYSTEM_ONE = Subject.system("fanghu")


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict, the kinds of proof behind it, what is said beside it, and until when it may stand unconfirmed."""

    verdict: Verdict
    proof: frozenset[Proof] = frozenset()
    beside: tuple[Message, ...] = ()
    stands_until: datetime | None = None

    @property
    def messages(self) -> tuple[Message, ...]:
        """The reason first, then what is said beside it."""
        return (self.verdict.message, *self.beside)


@dataclass(frozen=True, slots=True)
class Statement:
    """A standing attestation as the rules need it; dates are Taipei dates, ``ends_at`` the instant its last day ends."""

    claim: Literal["met", "not_met"]
    document: str
    effective_from: date
    effective_until: date
    ends_at: datetime
    document_kept: bool = True


@dataclass(frozen=True, slots=True)
class DrillStanding:
    """What is known of one drill: its newest finished run, and the newest that reached an answer."""

    name: str
    every: timedelta
    last_result: str = ""
    last_at: datetime | None = None
    answer: Literal["passed", "failed", ""] = ""
    answered_at: datetime | None = None


def hear(
    judge: Judge,
    duty: object,
    fresh_for: timedelta,
    testimonies: Sequence[Testimony[object]],
    now: datetime,
    failed: Callable[[Exception], None],
) -> Finding:
    """Judge facts, if they are there, fresh and complete; whatever goes wrong is Unknown, never Met.

    ``failed`` is told the exception of a reading that broke.
    """
    for testimony in testimonies:
        if testimony.facts is None:
            why = testimony.why_none or Message(_("The provider {source} has no facts."), {"source": testimony.source})
            return Finding(Unknown("no_facts", why.template, proof=None, **why.params))
        if testimony.read_at + fresh_for < now:
            return Finding(
                Unknown(
                    "stale_facts", _("The facts were last read {read_at}; they are too old."), read_at=testimony.read_at
                )
            )
        if testimony.read_at > now + CLOCK_ALLOWANCE:
            return Finding(
                Unknown("facts_from_future", _("The facts say they were read {read_at}, which has not come yet."),
                        read_at=testimony.read_at)
            )  # fmt: skip
        if testimony.unreached:
            missing = sorted(testimony.unreached)
            return Finding(
                Unknown("not_reached", _("{count} of {sought} could not be read: {names}."), count=len(missing),
                        sought=len(testimony.sought), names=", ".join(missing[:NAMES_SHOWN]))
            )  # fmt: skip
    facts = tuple(testimony.facts for testimony in testimonies)
    try:
        verdict = judge(duty, facts[0] if len(facts) == 1 else facts, now)
    except Exception as error:  # noqa: BLE001 - a broken reading must not stop the judging of every other duty
        failed(error)
        return Finding(Unknown("reading_failed", _("The reading of this duty failed; tell the administrator.")))
    if not isinstance(verdict, Verdict) or isinstance(verdict, NotApplicable):
        failed(TypeError(f"a reading says Met, NotMet or Unknown, not {type(verdict).__name__}"))
        return Finding(Unknown("reading_failed", _("The reading of this duty failed; tell the administrator.")))
    if isinstance(verdict, Unknown):
        return Finding(verdict)
    proof = frozenset(
        testimony.proof if verdict.proof is None else min(testimony.proof, verdict.proof) for testimony in testimonies
    )
    return Finding(verdict, proof)


def weigh(statements: Iterable[Statement], today: date) -> Finding | None:
    """What approved documents say today; None where there is none. The newest period that has begun speaks."""
    ordered = sorted(statements, key=lambda statement: (statement.effective_from, statement.effective_until))
    if not ordered:
        return None
    current = [s for s in ordered if s.effective_from <= today <= s.effective_until]
    if not current:
        begun = [s for s in ordered if s.effective_from <= today]
        if begun:
            until = max(s.effective_until for s in begun)
            return Finding(
                Unknown("attestation_expired", _("The attestation expired on {until}; attest again."), until=until)
            )
        begins = ordered[0].effective_from
        return Finding(Unknown("attestation_not_yet", _("The attestation takes effect on {begins}."), begins=begins))
    newest = current[-1]
    if not newest.document_kept:
        return Finding(
            Unknown("document_missing", _("The attested document {document} is missing from the data folder."),
                    document=newest.document)
        )  # fmt: skip
    kind: type[Verdict]
    kind, code, template = (
        (Met, "attested", _("Attested by {document}, in force {begins} to {until}, approved by a second person."))
        if newest.claim == "met"
        else (NotMet, "attested_gap", _("The firm attests a gap by {document}, from {begins} to {until}."))
    )
    said = kind(code, template, document=newest.document, begins=newest.effective_from, until=newest.effective_until)
    return Finding(said, frozenset({Proof.ATTESTED}), stands_until=newest.ends_at)


def combine(parts: Sequence[Finding]) -> Finding:
    """The worse of several needed kinds of proof: NotMet over Unknown over Met; each says its sentence."""
    worst = max(parts, key=lambda part: part.verdict.severity)
    others = tuple(message for part in parts if part is not worst for message in part.messages)
    proof = frozenset[Proof]() if isinstance(worst.verdict, Unknown) else frozenset().union(*(p.proof for p in parts))
    ends = [part.stands_until for part in parts if part.stands_until is not None]
    return Finding(worst.verdict, proof, worst.beside + others, min(ends, default=None))


def lay_drills(finding: Finding, drills: Sequence[DrillStanding], now: datetime) -> Finding:
    """Lift measured to drilled where every drill passed in time; a failed drill is NotMet, whatever the facts say.

    A drill that was interrupted or reached nothing neither passes nor takes back an earlier failure.
    """
    if not drills:
        return finding
    failed = [d for d in drills if d.answer == "failed"]
    if failed:
        worst = max(failed, key=lambda d: d.answered_at or now)
        verdict = NotMet("drill_failed", _("The drill {name} failed at {at}."), name=worst.name, at=worst.answered_at)
        known = () if isinstance(finding.verdict, Unknown) else finding.messages
        return Finding(verdict, finding.proof | {Proof.DRILLED}, known, finding.stands_until)
    beside: list[Message] = []
    good = True
    for drill in drills:
        if drill.last_result in {"interrupted", "not_reached"}:
            good = False
            template = (
                _("The drill {name} of {at} was interrupted and proves nothing.")
                if drill.last_result == "interrupted"
                else _("The drill {name} of {at} did not reach its target and proves nothing.")
            )
            beside.append(Message(template, {"name": drill.name, "at": drill.last_at}))
        elif drill.answered_at is None:
            good = False
            beside.append(Message(_("The drill {name} has not been run yet."), {"name": drill.name}))
        elif drill.answered_at + drill.every + DRILL_GRACE < now:
            good = False
            beside.append(
                Message(_("The drill {name} last passed at {at}; that is too long ago."),
                        {"name": drill.name, "at": drill.answered_at})
            )  # fmt: skip
        else:
            beside.append(Message(_("The drill {name} passed at {at}."), {"name": drill.name, "at": drill.answered_at}))
    lifted = good and isinstance(finding.verdict, Met) and finding.verdict.proof is None
    proof = finding.proof | {Proof.DRILLED} if lifted else finding.proof
    return Finding(finding.verdict, proof, finding.beside + tuple(beside), finding.stands_until)


DURATION = re.compile(r"P(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?")


def after(start: date, duration: str) -> date:
    """``start`` plus an ISO 8601 duration of whole years, months, weeks, days; the month's end is kept within the month."""
    match = DURATION.fullmatch(duration)
    if match is None or duration == "P":
        raise ValueError(f"not a duration of days or longer: {duration!r}")
    years, months, weeks, days = (int(match[name] or 0) for name in ("years", "months", "weeks", "days"))
    month = start.month - 1 + months + 12 * years
    year, month = start.year + month // 12, month % 12 + 1
    day = min(start.day, calendar.monthrange(year, month)[1])
    return date(year, month, day) + timedelta(days=days, weeks=weeks)


def latest_end(start: date, cadence: str | None) -> date:
    """The last day an attestation in force from ``start`` may stand: its cadence, at most twelve months (DESIGN 2)."""
    year = after(start, TWELVE_MONTHS)
    return min(year, after(start, cadence)) if cadence else year


def reaches(proof: Iterable[str], target: Iterable[str]) -> bool:
    """Whether the kinds of proof standing reach the target: every kind asked for, or a stronger one.

    Where a document is needed *and* something else, only a document answers for the document.
    """
    standing = [PROOFS[name] for name in proof]
    wanted = [PROOFS[name] for name in target]
    if not standing or not wanted:
        return False
    best = max(standing)
    return all(
        kind in standing or (best > kind and (kind is not Proof.ATTESTED or len(wanted) == 1)) for kind in wanted
    )


@dataclass(frozen=True, slots=True)
class Mark:
    """One cell as the numbers need it."""

    verdict: str
    strength: str
    proof: tuple[str, ...]
    target: tuple[str, ...]
    relieved: bool = False


@dataclass(frozen=True, slots=True)
class Numbers:
    """Coverage and conformity (DESIGN 2): counts of cells; shares are None where nothing can be counted."""

    applicable: int = 0
    known: int = 0
    met: int = 0
    not_met: int = 0
    relieved: int = 0
    recommended_gaps: int = 0
    met_by_proof: Mapping[str, int] = field(default_factory=dict)
    met_at_target: int = 0

    @property
    def coverage(self) -> float | None:
        """Applicable duty x subject not Unknown."""
        return self.known / self.applicable if self.applicable else None

    @property
    def conformity(self) -> float | None:
        """Met over Met and NotMet, of shall-duties; relief counted apart."""
        return self.met / (self.met + self.not_met) if self.met + self.not_met else None

    @property
    def at_target(self) -> float | None:
        """Met with the target's kind of proof, over Met and NotMet, of shall-duties."""
        return self.met_at_target / (self.met + self.not_met) if self.met + self.not_met else None


def count(marks: Iterable[Mark]) -> Numbers:
    """Count cells into the two numbers; a met cell counts under its strongest proof."""
    applicable = known = met = not_met = relieved = gaps = at_target = 0
    by_proof = {str(kind): 0 for kind in Proof}
    for mark in marks:
        if mark.verdict == "not_applicable":
            continue
        applicable += 1
        known += mark.verdict != "unknown"
        if mark.verdict == "not_met" and mark.relieved:
            relieved += 1
        elif mark.strength != "shall":
            gaps += mark.verdict == "not_met"
        elif mark.verdict == "not_met":
            not_met += 1
        elif mark.verdict == "met":
            met += 1
            if mark.proof:
                by_proof[max(mark.proof, key=PROOFS.__getitem__)] += 1
            at_target += reaches(mark.proof, mark.target)
    return Numbers(applicable, known, met, not_met, relieved, gaps, by_proof, at_target)
