"""One pass of judging, from facts to cells, with nothing written: applicability, facts, documents, drills."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import msgspec
from django.conf import settings

from fanghu.assurance.law import LawInForce, targets
from fanghu.assurance.leaves import Leaf, canonical, digest
from fanghu.assurance.providers import testify
from fanghu.assurance.readings import Reading, readings
from fanghu.assurance.rules import DrillStanding, Finding, Statement, combine, hear, lay_drills, weigh
from fanghu.assurance.sentences import plain, render
from fanghu.regulation import Duty, FirmFacts, SystemFacts, applies
from fanghu.testimony import Message, Proof, Scope, Subject, Testimony, Unknown, _

log = logging.getLogger(__name__)
Key = tuple[str, str]
DOCUMENT_DUE = Finding(Unknown("document_due", _("An approved document is needed beside what is measured.")))


@dataclass(frozen=True, slots=True)
class Ground:
    """Everything a pass reads before it judges; dictionaries are keyed by (duty id, subject)."""

    now: datetime
    law: LawInForce
    firm: FirmFacts | None
    systems: Mapping[str, SystemFacts]
    subjects: frozenset[Subject]
    statements: Mapping[Key, Sequence[Statement]]
    drills: Mapping[Key, Sequence[DrillStanding]]


@dataclass(slots=True)
class Judged:
    """One cell as judged now; ``facts`` and ``params`` are canonical JSON texts."""

    duty: str
    subject: str
    edition: str
    verdict: str
    code: str
    params: str
    zh: str
    en: str
    proof: tuple[str, ...]
    reading_hash: str
    limits_hash: str
    facts: str | None
    facts_hash: str
    source: str
    read_at: datetime | None
    fresh_until: datetime
    stable: str
    words: str

    @property
    def leaf(self) -> Leaf:
        """This cell in the run's root hash."""
        return Leaf(self.duty, self.subject, self.verdict, self.facts_hash, self.reading_hash, self.stable, self.words)


def stable_hash(
    verdict: str, code: str, proof: Sequence[str], edition: str, reading_hash: str, limits_hash: str
) -> str:
    """The hash over what splits an interval (DESIGN 2, History)."""
    return digest([verdict, code, list(proof), edition, reading_hash, limits_hash])


def words_hash(params: str, zh: str, en: str) -> str:
    """The hash over what was said in words; ``params`` is canonical JSON text."""
    return digest([params, zh, en])


def observe(ground: Ground) -> list[Judged]:
    """Judge every duty on every subject of ``ground``; on retired systems the duties of retention alone."""
    known = readings(settings.FANGHU_CLAUSES)
    scope = Scope(ground.now, ground.subjects)
    asked = {facts for duty in ground.law.duties.values() if duty.id in known for facts in known[duty.id].asks_for}
    said = testify(sorted(asked, key=lambda facts: facts.__qualname__), scope)
    wording = Wording(ground.law.edition)
    cells = []
    present = list(_on(ground))
    for duty in ground.law.duties.values():
        reading = known.get(duty.id)
        for subject, system in present:
            if system is not None and system.retired and not duty.scope.after_retirement:
                continue  # decision 0017: a retired system answers for what it must keep, and for nothing else
            try:
                cell = _cell(duty, reading, subject, system, ground, said, wording)
            except Exception as error:  # noqa: BLE001 - one cell that cannot be said must not stop all the others
                _told(reading.module if reading else duty.id, str(subject), error)
                cell = wording.broken(duty, subject, reading, ground)
            cells.append(cell)
    return cells


def needs_document(duty: Duty, subject: Subject, testimonies: Iterable[Testimony[Any]]) -> bool:
    """Whether an approved document is asked for beside what is measured, and no fact is one itself (decision 0032)."""
    return "attested" in targets(duty, subject) and all(said.proof is not Proof.ATTESTED for said in testimonies)


def _on(ground: Ground) -> Iterable[tuple[Subject, SystemFacts | None]]:
    """Every subject with its facts; one that left the register is not judged any more."""
    for subject in sorted(ground.subjects):
        if subject.kind == "firm":
            yield subject, None
        elif subject.slug in ground.systems:
            yield subject, ground.systems[subject.slug]


def _cell(
    duty: Duty,
    reading: Reading | None,
    subject: Subject,
    system: SystemFacts | None,
    ground: Ground,
    said: Mapping[type, Mapping[Subject, Testimony[Any]]],
    wording: Wording,
) -> Judged:
    reach = applies(duty, ground.firm, subject, system)
    reading_hash = reading.hash if reading else ""
    limits_hash = ground.law.limits_hash[duty.id]
    fresh_until = ground.now + duty.fresh_for
    if not reach.applies:
        return wording.fixed(
            duty.id,
            subject,
            "not_applicable",
            reach.code,
            reach.reason.zh_hant,
            reach.reason.en,
            reading_hash,
            limits_hash,
            fresh_until,
        )
    testimonies = [said[facts][subject] for facts in reading.asks_for if subject in said[facts]] if reading else []
    provided = reading is not None and bool(testimonies)
    key = (duty.id, str(subject))
    document = weigh(ground.statements.get(key, ()), ground.law.today)
    finding: Finding | None = None
    if reading is not None and testimonies:
        testimonies += [_nobody(facts, ground.now) for facts in reading.asks_for if subject not in said[facts]]
        finding = hear(
            reading.judge, duty, duty.fresh_for, testimonies, ground.now, partial(_told, reading.module, str(subject))
        )
        if needs_document(duty, subject, testimonies):
            finding = combine([finding, document or DOCUMENT_DUE])
    elif document is not None:
        finding = document
    drills = ground.drills.get(key, ())
    if finding is None and not any(drill.answer == "failed" for drill in drills):
        return wording.fixed(
            duty.id, subject, "unknown", "no_evidence",
            f"尚無佐證；可資證明者：{duty.would_prove.zh_hant}", f"Nothing proves it yet. This would: {duty.would_prove.en}",
            reading_hash, limits_hash, fresh_until,
        )  # fmt: skip
    finding = lay_drills(finding or wording.nothing(), drills, ground.now)
    if finding.stands_until is not None:
        fresh_until = min(fresh_until, finding.stands_until)
    return wording.cell(
        duty.id, subject, finding, testimonies if provided else [], reading_hash, limits_hash, fresh_until
    )


def _nobody(facts: type, now: datetime) -> Testimony[Any]:
    """Facts that a reading needs beside others, and that nobody provides for this subject."""
    why = Message(_("Nothing provides the facts {facts} here."), {"facts": facts.__name__})
    return Testimony(None, facts.__name__, now, why_none=why)


def _told(module: str, subject: str, error: Exception) -> None:
    """A broken reading is our defect: the log of the process names it, the cell says Unknown."""
    log.error("the reading %s failed on %s: %s", module, subject, type(error).__name__, exc_info=error)


class Wording:
    """Makes cells, hashing what repeats only once: most cells of many systems say the same."""

    def __init__(self, edition: str) -> None:
        self.edition = edition
        self._stable: dict[tuple[object, ...], str] = {}
        self._words: dict[tuple[str, str, str], str] = {}

    def broken(self, duty: Duty, subject: Subject, reading: Reading | None, ground: Ground) -> Judged:
        """The cell where judging itself failed."""
        finding = Finding(Unknown("reading_failed", _("The reading of this duty failed; tell the administrator.")))
        hashes = reading.hash if reading else "", ground.law.limits_hash[duty.id]
        return self.cell(duty.id, subject, finding, [], *hashes, ground.now + duty.fresh_for)

    def nothing(self) -> Finding:
        """The finding where there is neither fact nor document."""
        return Finding(Unknown("no_evidence", _("There is no evidence yet.")))

    def fixed(
        self, duty: str, subject: Subject, verdict: str, code: str, zh: str, en: str,
        reading_hash: str, limits_hash: str, fresh_until: datetime,
    ) -> Judged:  # fmt: skip
        """A cell whose sentence comes with the regulation: not applicable, or nothing known."""
        return self._made(
            duty, subject, verdict, code, "{}", zh, en, (), reading_hash, limits_hash, None, "", None, fresh_until
        )

    def cell(
        self, duty: str, subject: Subject, finding: Finding, testimonies: Sequence[Testimony[Any]],
        reading_hash: str, limits_hash: str, fresh_until: datetime,
    ) -> Judged:  # fmt: skip
        """A cell from a finding; facts of several classes lie side by side under their class names."""
        zh, en = render(finding.messages)
        params = canonical({name: plain(value) for name, value in finding.verdict.message.params.items()}).decode()
        present = [testimony for testimony in testimonies if testimony.facts is not None]
        facts: str | None = None
        if len(present) == 1:
            facts = canonical(present[0].facts).decode()
        elif present:
            facts = canonical({type(item.facts).__name__: item.facts for item in present}).decode()
        read_at = min((item.read_at for item in testimonies), default=None)
        source = "; ".join(dict.fromkeys(item.source for item in testimonies))[:200]
        proof = tuple(str(kind) for kind in sorted(finding.proof))
        verdict = finding.verdict
        return self._made(
            duty, subject, verdict.kind, verdict.code, params, zh, en, proof,
            reading_hash, limits_hash, facts, source, read_at, fresh_until,
        )  # fmt: skip

    def _made(
        self, duty: str, subject: Subject, verdict: str, code: str, params: str, zh: str, en: str,
        proof: tuple[str, ...], reading_hash: str, limits_hash: str, facts: str | None, source: str,
        read_at: datetime | None, fresh_until: datetime,
    ) -> Judged:  # fmt: skip
        same = (verdict, code, proof, reading_hash, limits_hash)
        stable = self._stable.get(same)
        if stable is None:
            stable = self._stable[same] = stable_hash(verdict, code, proof, self.edition, reading_hash, limits_hash)
        text = (params, zh, en)
        words = self._words.get(text)
        if words is None:
            words = self._words[text] = words_hash(*text)
        facts_hash = digest(msgspec.Raw(facts.encode())) if facts is not None else ""
        return Judged(
            duty, str(subject), self.edition, verdict, code, params, zh, en, proof, reading_hash, limits_hash,
            facts, facts_hash, source, read_at, fresh_until, stable, words,
        )  # fmt: skip
