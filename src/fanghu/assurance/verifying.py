"""Recomputing history: every pass's root from its leaves and from the log, every interval from the leaves."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings

from fanghu.assurance import leaves
from fanghu.assurance.judging import stable_hash, words_hash
from fanghu.assurance.leaves import Leaf, canonical, digest
from fanghu.assurance.models import JudgingRun, VerdictInterval
from fanghu.assurance.readings import readings
from fanghu.regulation import load

MOST = 200


@dataclass(frozen=True, slots=True)
class LoggedRoot:
    """What the log says of a pass: its id, root hash and when it started."""

    run: str
    root: str
    started: str


@dataclass(slots=True)
class Verified:
    """What was compared and what does not agree; ``unlogged`` passes could not be held against the log.

    ``notes`` name readings that changed while the release stayed the same: an update between releases, or an edited
    ``judge``; ``readings`` holds for each duty the version, lock hash and reading hash of the newest pass looked at.
    """

    runs: int = 0
    leaves: int = 0
    intervals: int = 0
    unlogged: int = 0
    rows: int = 0
    log_read: bool = True
    passes: list[LoggedRoot] = field(default_factory=list)
    findings: list[tuple[str, str]] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    readings: dict[str, tuple[str, str, str]] = field(default_factory=dict)

    def say(self, en: str, zh_hant: str) -> None:
        """Add a finding, at most ``MOST`` of them."""
        if len(self.findings) < MOST:
            self.findings.append((zh_hant, en))


def verify(logged: Iterable[LoggedRoot] | None) -> Verified:
    """Recompute history; ``logged`` is what the log holds, None where the log cannot be read (its part is then left out)."""
    done = recompute()
    hold_passes(logged, done)
    return done


def recompute() -> Verified:
    """Hold rows, leaves and roots against each other, without the log; to be done in one moment of the database."""
    done = Verified()
    rows: dict[tuple[str, str], list[VerdictInterval]] = {}
    for row in VerdictInterval.objects.order_by("from_at", "pk").iterator(chunk_size=2_000):
        rows.setdefault((row.duty, row.subject), []).append(row)
        done.intervals += 1
    _check_rows(rows, done)
    times: set[datetime] = set()
    ends: dict[int, set[str]] = {row.pk: set() for found in rows.values() for row in found}
    for run in JudgingRun.objects.order_by("started_at", "pk").iterator(chunk_size=50):
        done.passes.append(LoggedRoot(str(run.pk), run.root, run.started_at.isoformat()))
        times.add(run.started_at)
        done.runs += 1
        _check_run(run, rows, ends, done)
    for found in rows.values():
        _check_ends(found, times, ends, done)
    _note_installed(done)
    return done


def _check_ends(
    found: list[VerdictInterval], times: set[datetime], ends: Mapping[int, set[str]], done: Verified
) -> None:
    """Each row of a cell was begun, last confirmed and ended by a pass."""
    newest = found[-1]
    for row in found:
        if row.until is not None and (row.until not in times or (row is newest and row.until <= row.confirmed_at)):
            done.say(
                f"{_name(row)}: no judging pass ended it at {row.until.isoformat()}.",
                f"{_name(row)}：在 {row.until.isoformat()} 沒有任何一次查核結束此區間。",
            )
        for which in {"from", "confirmed"} - ends[row.pk]:
            done.say(
                f"{_name(row)}: no judging pass said this at {getattr(row, which + '_at').isoformat()}.",
                f"{_name(row)}：在 {getattr(row, which + '_at').isoformat()} 沒有任何一次查核如此判定。",
            )


def hold_passes(logged: Iterable[LoggedRoot] | None, done: Verified) -> None:
    """Hold the passes of the database against those the log holds."""
    done.log_read = logged is not None
    if logged is None:
        done.unlogged = done.runs
        return
    said = {entry.run: entry for entry in logged}
    for row in done.passes:
        name = f"{row.run} {row.started}"
        entry = said.pop(row.run, None)
        if entry is None:
            done.unlogged += 1
            done.say(f"Judging pass {name}: the log holds no event of it.", f"查核 {name}：稽核紀錄中沒有對應事件。")
        elif entry != row:
            done.say(f"Judging pass {name}: the log holds another root.", f"查核 {name}：稽核紀錄中的根雜湊不同。")
    for entry in said.values():
        done.say(
            f"The log holds judging pass {entry.run} of {entry.started}, which is missing from the database.",
            f"稽核紀錄中有 {entry.started} 的查核 {entry.run}，資料庫中卻沒有。",
        )


def _name(row: VerdictInterval) -> str:
    return f"{row.duty} {row.subject} #{row.pk}"


def _check_rows(rows: Mapping[tuple[str, str], list[VerdictInterval]], done: Verified) -> None:
    """What a row says of itself, and that rows of one cell do not overlap."""
    law = load(settings.FANGHU_EDITION).duties
    for found in rows.values():
        for row, after in zip(found, [*found[1:], None], strict=True):
            wrong = []
            if row.stable != stable_hash(
                row.verdict, row.code, row.proof, row.edition, row.reading_hash, row.limits_hash
            ):  # fmt: skip
                wrong.append("verdict")
            if row.words != words_hash(_text(row.params), row.because_zh, row.because_en):
                wrong.append("words")
            if row.facts_hash != _facts_hash(row.last_facts):
                wrong.append("facts")
            if row.duty in law and row.fresh_until - row.confirmed_at > law[row.duty].fresh_for:
                wrong.append("fresh_until")
            if row.confirmed_at < row.from_at or (row.until is not None and row.until < row.confirmed_at):
                wrong.append("times")
            if after is not None and (row.until is None or row.until > after.from_at):
                wrong.append("overlap")
            if wrong:
                done.say(
                    f"{_name(row)}: the interval was edited ({', '.join(wrong)}).",
                    f"{_name(row)}：這段判定區間遭修改（{', '.join(wrong)}）。",
                )


def _text(params: Any) -> str:
    return canonical(params).decode()


def _facts_hash(facts: Any) -> str:
    return digest(facts) if facts is not None else ""


def _check_run(
    run: JudgingRun,
    rows: Mapping[tuple[str, str], list[VerdictInterval]],
    ends: dict[int, set[str]],
    done: Verified,
) -> None:
    name = f"{run.pk} {run.started_at.isoformat()}"
    try:
        text = leaves.unpack(bytes(run.leaves))
        said = leaves.parse(text)
    except ValueError:
        done.say(f"Judging pass {name}: its leaves cannot be read.", f"查核 {name}：雜湊葉節點無法讀取。")
        return
    if leaves.root(text) != run.root or len(said) != run.cells:
        done.say(f"Judging pass {name}: the root does not agree with its leaves.", f"查核 {name}：根雜湊與葉節點不符。")
    done.leaves += len(said)
    _note_readings(run, said, done)
    for leaf in said:
        _check_leaf(leaf, run.started_at, rows.get((leaf.duty, leaf.subject), []), ends, done)


def _note_readings(run: JudgingRun, said: Iterable[Leaf], done: Verified) -> None:
    """Name each duty whose reading is another than at the pass before, though the release is the same."""
    for duty, reading in {leaf.duty: leaf.reading for leaf in said}.items():
        now = (run.version, run.lock_hash, reading)
        before = done.readings.get(duty, now)
        if before[:2] == now[:2] and before[2] != reading and len(done.notes) < MOST:
            at = run.started_at.isoformat()
            done.notes.append(
                (f"{duty}：自 {at} 起以不同的解讀判定，但版本仍為 {run.version}。",
                 f"{duty}: judged by another reading from {at} on, though the release stayed {run.version}.")
            )  # fmt: skip
        done.readings[duty] = now


def _note_installed(done: Verified) -> None:
    """Name each duty whose installed reading has never judged yet: it was changed since the newest pass."""
    known = readings(settings.FANGHU_CLAUSES)
    for duty, (_version, _lock, reading) in done.readings.items():
        installed = known[duty].hash if duty in known else ""
        if installed != reading and len(done.notes) < MOST:
            done.notes.append(
                (f"{duty}：目前安裝的解讀與最近一次查核所用者不同。",
                 f"{duty}: the reading installed now is not the one that judged last.")
            )  # fmt: skip


def _check_leaf(
    leaf: Leaf, at: datetime, found: list[VerdictInterval], ends: dict[int, set[str]], done: Verified
) -> None:
    """The interval that must have said this at ``at``."""
    last = bisect_right(found, at, key=lambda row: row.from_at)
    fits = [row for row in found[max(0, last - 3) : last] if row.confirmed_at >= at]
    row = next((row for row in reversed(fits) if row.stable == leaf.stable and row.verdict == leaf.verdict), None)
    if row is None:
        done.say(
            f"{leaf.duty} {leaf.subject}: judged {leaf.verdict} at {at.isoformat()}, but no interval says so.",
            f"{leaf.duty} {leaf.subject}：{at.isoformat()} 判定為 {leaf.verdict}，卻沒有相符的判定區間。",
        )
        return
    if row.reading_hash != leaf.reading:
        done.say(f"{_name(row)}: another reading judged it.", f"{_name(row)}：判定時的解讀版本不同。")
    if row.from_at == at:
        ends[row.pk].add("from")
        first = (
            _facts_hash(row.first_facts),
            words_hash(_text(row.first_params), row.first_because_zh, row.first_because_en),
        )
        if first != (leaf.facts, leaf.words) and not (
            row.confirmed_at == at and _last(row) == (leaf.facts, leaf.words)
        ):
            done.say(f"{_name(row)}: the first facts or words were edited.", f"{_name(row)}：最初的事實或文字遭修改。")
    if row.confirmed_at == at:
        ends[row.pk].add("confirmed")
        if _last(row) != (leaf.facts, leaf.words) and row.from_at != at:
            done.say(f"{_name(row)}: the last facts or words were edited.", f"{_name(row)}：最近的事實或文字遭修改。")


def _last(row: VerdictInterval) -> tuple[str, str]:
    return row.facts_hash, row.words


def as_json(done: Verified) -> str:
    """The outcome for scripts."""
    return json.dumps(
        {
            "result": "agrees" if not done.findings else "differs",
            "runs": done.runs,
            "intervals": done.intervals,
            "leaves": done.leaves,
            "unlogged": done.unlogged,
            "rows": done.rows,
            "findings": [{"zh-Hant": zh, "en": en} for zh, en in done.findings],
            "notes": [{"zh-Hant": zh, "en": en} for zh, en in done.notes],
        },
        ensure_ascii=False,
    )
