"""``./run docs [--check]``: write docs/clauses/*.md from the law, our readings, and what their tests show to break them.

With ``--check`` nothing is written; exit 1 names the documents that are stale.
"""

from __future__ import annotations

import importlib
import sys
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import polib

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(CHECKOUT / "src"), str(CHECKOUT)]

from fanghu.assurance.readings import Reading, readings  # noqa: E402
from fanghu.regulation import Duty, Edition, load  # noqa: E402

FOLDER = CHECKOUT / "docs" / "clauses"
CATALOGUE = CHECKOUT / "src/fanghu/clauses/locale/zh_Hant/LC_MESSAGES/django.po"
STRENGTH = {"shall": "應 shall", "should": "宜 should"}
PROOF = {
    "attested": "文件 attested",
    "recorded": "紀錄 recorded",
    "measured": "實測 measured",
    "drilled": "演練 drilled",
}


def test_of(reading: Reading) -> ModuleType:
    """The test module of a reading: same tree, same name with ``test_``."""
    package, _, name = reading.module.removeprefix("fanghu.").rpartition(".")
    return importlib.import_module(f"tests.{package}.test_{name}")


def break_rows(duty: Duty, reading: Reading, chinese: dict[str, str]) -> list[str]:
    """One row for each BREAKS: the changed facts, the code, the sentence in both languages."""
    from tests.clauses.trial import broken

    trial = test_of(reading)
    good = trial.GOOD if isinstance(trial.GOOD, tuple) else (trial.GOOD,)
    module = importlib.import_module(reading.module)
    now: datetime = trial.NOW
    rows = []
    for change in trial.BREAKS:
        verdict = broken(module, duty.id, good, change, now)
        facts = ", ".join(f"`{name}={shown(value)}`" for name, value in change.items())
        sentence = verdict.message.render(chinese[verdict.message.template])
        rows.append(f"| {facts} | {verdict.kind} `{verdict.code}` | {sentence} | {verdict.message} |")
    return rows


def shown(value: Any) -> str:
    """A fact's value as a reader sees it; sets sorted, so that the document never changes by itself."""
    if isinstance(value, frozenset):
        return "{" + ", ".join(sorted(map(str, value))) + "}"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def duty_text(duty: Duty, reading: Reading | None, chinese: dict[str, str]) -> list[str]:
    """The section of one duty."""
    lines = [
        f"## {duty.id} {duty.title.zh_hant} · {duty.title.en}",
        "",
        duty.asks.zh_hant,
        "",
        duty.asks.en,
        "",
        f"- {STRENGTH[duty.strength]} · 適用 scope: firm `{duty.scope.firm}`, on `{duty.scope.on}`",
        f"- 目標佐證 target proof: {' + '.join(PROOF[kind] for kind in duty.proof_target)}",
    ]
    lines += [
        f"- `{name}`: {limit.value:g} {limit.unit} (只能更{'低' if limit.stricter == 'lower' else '高'} · only {limit.stricter})"
        for name, limit in duty.limits.items()
    ]
    if duty.cadence:
        lines.append(f"- 週期 cadence: {duty.cadence}")
    if duty.relief:
        lines.append(f"- 例外/替代 relief: {', '.join(duty.relief)}")
    lines += ["", f"> {duty.would_prove.zh_hant}", ">", f"> {duty.would_prove.en}", ""]
    if reading is None:
        return [*lines, "目前以核准之文件佐證判定。Judged from attested evidence for now.", ""]
    return [
        *lines,
        chinese[reading.text],
        "",
        reading.text,
        "",
        "| 事實變動 facts | 判定 verdict | 理由 | reason |",
        "|---|---|---|---|",
        *break_rows(duty, reading, chinese),
        "",
    ]


def documents(edition: Edition) -> dict[str, str]:
    """File name to text, one for each clause."""
    chinese = {entry.msgid: entry.msgstr for entry in polib.pofile(str(CATALOGUE))}
    read = readings("fanghu.clauses")
    texts: dict[str, list[str]] = {}
    for duty in edition.duties.values():
        head = [f"# {duty.clause}", "", "<!-- written by ./run docs; do not edit -->", ""]
        texts.setdefault(duty.clause, head).extend(duty_text(duty, read.get(duty.id), chinese))
    return {f"{clause}.md": "\n".join(lines) for clause, lines in texts.items()}


def main() -> int:
    """Write or check."""
    wanted = documents(load())
    held = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")} if FOLDER.exists() else {}
    stale = sorted(name for name in wanted.keys() | held.keys() if wanted.get(name) != held.get(name))
    if "--check" in sys.argv:
        if stale:
            print(f"stale: {', '.join(stale)}; run ./run docs", file=sys.stderr)
        return int(bool(stale))
    FOLDER.mkdir(exist_ok=True)
    for name in stale:
        if name in wanted:
            (FOLDER / name).write_text(wanted[name], encoding="utf-8")
        else:
            (FOLDER / name).unlink()
    print(f"{len(wanted)} documents, {len(stale)} written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
