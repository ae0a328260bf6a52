"""``fanghu assess``: judge every duty on every subject, keep what was said, and print it."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from fanghu.cli.database import database
from fanghu.cli.ready import here
from fanghu.cli.table import chinese, cut, pad
from fanghu.faults import Exit, Fault

if TYPE_CHECKING:
    from fanghu.assurance.reading import Cell
    from fanghu.assurance.rules import Numbers

SIGNS = {"met": "✔", "not_met": "✘", "unknown": "?", "not_applicable": "–"}
WORDS = {
    "met": ("符合", "met"),
    "not_met": ("不符合", "not met"),
    "unknown": ("無法判定", "unknown"),
    "not_applicable": ("不適用", "n/a"),
    "attested": ("文件", "attested"),
    "recorded": ("紀錄", "recorded"),
    "measured": ("量測", "measured"),
    "drilled": ("演練", "drilled"),
}
ELSEWHERE = frozenset({"judged_on_firm", "judged_per_system"})
NARROWEST = 60


def add(subparsers: Any) -> None:
    """Add the verb."""
    verb = subparsers.add_parser("assess", help="judge every duty on every system and print the verdicts")
    verb.add_argument("--system", metavar="SLUG", help="one system, or `firm`")
    verb.add_argument(
        "--as-of", metavar="TIME", help="what was said then; RFC 3339, a date means the end of that Taipei day"
    )
    verb.add_argument("--format", choices=("text", "json"), default="text")
    verb.add_argument("--fail-on", choices=("not_met", "unknown"), action="append", default=[],
                      help="exit with 1 when a shall-duty without relief is so")  # fmt: skip
    verb.set_defaults(run=assess)


def assess(arguments: argparse.Namespace) -> int:
    """Judge (or, with --as-of, only read), print, and answer with the exit code."""
    now = datetime.now(UTC)
    as_of = moment(arguments.as_of, now) if arguments.as_of else None
    with database():
        from fanghu.assurance import reading
        from fanghu.assurance.actions import everyone, judge
        from fanghu.testimony import FIRM, Subject

        subject = None
        if arguments.system:
            subject = FIRM if arguments.system == "firm" else Subject.system(arguments.system.removeprefix("system:"))
        if as_of is None:
            known = everyone()
            if subject is not None and subject not in known:
                raise _no_system()
            judge(None if subject is None else [subject], by=here(), now=now)
            _seal()
        cells = reading.cells(as_of, now, subject=subject)
        if not cells:
            raise _nothing() if subject is None or as_of is None else _no_system()
        if arguments.format == "json":
            for cell in cells:
                print(json.dumps(as_json(cell), ensure_ascii=False))
        else:
            from fanghu.assurance.rules import Mark, count

            marks = (Mark(c.verdict, c.strength, c.proof, c.target_proof, c.relief is not None) for c in cells)
            print_table(cells, count(marks), as_of)
    return Exit.NO if fails(cells, arguments.fail_on) else Exit.YES


def _seal() -> None:
    from fanghu.auditlog.actions import seal_now

    seal_now(wait=True)


def moment(text: str, now: datetime) -> datetime:
    """Read a time; a date means the end of that day in Taipei. Faults FH-ASR-40 unreadable, 41 not yet come."""
    zone = ZoneInfo("Asia/Taipei")
    try:
        at = datetime.fromisoformat(text)
        if len(text) <= len("2026-11-22"):
            at = at.replace(hour=23, minute=59, second=59, microsecond=999_999)
    except ValueError:
        raise Fault(
            "FH-ASR-40",
            "This is not a time; write 2026-11-22 or 2026-11-22T16:00:00+08:00.",
            "無法辨識的時間；請寫成 2026-11-22 或 2026-11-22T16:00:00+08:00。",
            exit_code=Exit.USAGE,
        ) from None
    at = at if at.tzinfo else at.replace(tzinfo=zone)
    if at > now and at.astimezone(zone).date() > now.astimezone(zone).date():
        raise Fault(
            "FH-ASR-41", "That time has not come yet; give one in the past.", "該時間尚未到來；請指定過去的時間。",
            exit_code=Exit.USAGE,
        )  # fmt: skip
    return min(at, now).astimezone(UTC)


def _no_system() -> Fault:
    return Fault(
        "FH-ASR-42",
        "There is no such system; the register names them all.",
        "沒有這個系統；名冊中列有全部系統。",
        exit_code=Exit.USAGE,
    )


def _nothing() -> Fault:
    return Fault(
        "FH-ASR-43",
        "Nothing had been judged by then; choose a later time.",
        "當時尚未有任何查核；請選擇較晚的時間。",
    )


def utc(at: datetime | None) -> str | None:
    """RFC 3339 in UTC."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def as_json(cell: Cell) -> dict[str, Any]:
    """One object a line, as scripts rely on it."""
    return {
        "duty": cell.duty,
        "clause": cell.clause,
        "subject": str(cell.subject),
        "verdict": cell.verdict,
        "strength": cell.strength,
        "proof": list(cell.proof),
        "target_proof": list(cell.target_proof),
        "because": {"zh-Hant": cell.because[0], "en": cell.because[1]},
        "facts": dict(cell.facts),
        "judged_at": utc(cell.judged_at),
        "relief": None if cell.relief is None else {"kind": cell.relief.kind, "until": cell.relief.until},
        "code": cell.code,
        "source": cell.source,
        "fresh_until": utc(cell.fresh_until),
    }


def fails(cells: Sequence[Cell], verdicts: Sequence[str]) -> bool:
    """Whether a shall-duty without relief has one of ``verdicts``."""
    return any(cell.strength == "shall" and cell.relief is None and cell.verdict in verdicts for cell in cells)


def print_table(cells: Sequence[Cell], numbers: Numbers, as_of: datetime | None) -> None:
    """The verdicts by article, each with its reason, in the terminal's width and language."""
    from django.conf import settings

    from fanghu.regulation import load

    zh = chinese()
    edition = load(settings.FANGHU_EDITION)
    room = max(NARROWEST, shutil.get_terminal_size((120, 24)).columns if sys.stdout.isatty() else 160)
    slugs = min(24, max((len(cell.subject.slug or "firm") for cell in cells), default=4))
    article = 0
    for cell in cells:
        if cell.code in ELSEWHERE:
            continue
        duty = edition.duties[cell.duty]
        if duty.article != article:
            article = duty.article
            title = edition.articles[article]
            print(f"\n{f'第 {article} 條 {title.zh_hant}' if zh else f'Article {article}  {title.en}'}")
        word = WORDS[cell.verdict][0 if zh else 1]
        proof = "+".join(WORDS[kind][0 if zh else 1] for kind in cell.proof)
        relief = "" if cell.relief is None else f" [{'替代至' if zh else 'relief until'} {cell.relief.until}]"
        should = "" if cell.strength == "shall" else (" (宜)" if zh else " (should)")
        front = (
            f"  {pad(cell.duty, 7)} {pad(cell.subject.slug or ('公司' if zh else 'firm'), slugs)} "
            f"{SIGNS[cell.verdict]} {pad(word, 8)} {pad(proof, 17)} "
        )
        print(front + cut(f"{cell.because[0 if zh else 1]}{should}{relief}", max(20, room - 40 - slugs)))
    print(f"\n{summary(numbers, zh)}")
    if as_of is not None:
        print(f"{'當時的判定' if zh else 'As said at'} {as_of.astimezone(ZoneInfo('Asia/Taipei')):%Y-%m-%d %H:%M}")


def summary(numbers: Numbers, zh: bool) -> str:
    """The two numbers in one line."""

    def share(value: float | None) -> str:
        return "–" if value is None else f"{value:.0%}"

    if zh:
        return (
            f"涵蓋率 {share(numbers.coverage)}（{numbers.known}/{numbers.applicable}） · "
            f"符合率 {share(numbers.conformity)}（符合 {numbers.met}，不符合 {numbers.not_met}） · "
            f"達目標佐證 {share(numbers.at_target)} · 替代 {numbers.relieved}"
        )
    return (
        f"coverage {share(numbers.coverage)} ({numbers.known} of {numbers.applicable}) · "
        f"conformity {share(numbers.conformity)} (met {numbers.met}, not met {numbers.not_met}) · "
        f"at target proof {share(numbers.at_target)} · relief {numbers.relieved}"
    )
