"""``fanghu register import|export``: tables in and out, from the machine."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fanghu.cli.ready import django_ready, here
from fanghu.faults import Exit


def add(verbs: Any) -> None:
    """Add the group's verbs."""
    group = verbs.add_parser("register", help="import and export systems and people").add_subparsers(
        dest="deed", required=True, metavar="import|export"
    )
    into = group.add_parser("import", help="import a .csv or .xlsx file: all of it or nothing")
    into.add_argument("file", type=Path)
    into.add_argument("--kind", choices=("systems", "people"), required=True)
    into.add_argument("--dry-run", action="store_true", help="only say what it would do")
    into.add_argument("--reason", default="", help="for the second person who decides changes of scope")
    into.add_argument("--format", choices=("text", "json"), default="text")
    into.set_defaults(run=import_file)
    out = group.add_parser("export", help="write the register as a file that reads back unchanged")
    out.add_argument("file", type=Path, help="a new .csv or .xlsx file")
    out.add_argument("--kind", choices=("systems", "people"), required=True)
    out.add_argument("--language", choices=("zh-Hant", "en"), default="zh-Hant")
    out.set_defaults(run=export_file)


def import_file(asked: argparse.Namespace) -> int:
    """Import, or with --dry-run only check; 0 done, 1 rows are wrong."""
    django_ready()
    from fanghu.auditlog.actions import seal_now
    from fanghu.register.imports import dry_run, import_sheet, read_file
    from fanghu.register.sheet import read_sheet

    content = read_file(asked.file)
    sheet = read_sheet(asked.file.name, content)
    now = datetime.now(UTC)
    plan = dry_run(asked.kind, sheet, now)
    approval = None
    if not plan.faults and not asked.dry_run:
        digest = hashlib.sha256(content).hexdigest()
        done = import_sheet(asked.kind, sheet, asked.file.name, digest, asked.reason, by=here(), now=now)
        plan, approval = done.plan, done.approval
        seal_now(wait=True)
    counts = {
        "new": len(plan.new),
        "changed": plan.changed_rows,
        "unchanged": plan.unchanged,
        "waiting": len(plan.waiting),
        "wrong": len(plan.faults),
        "saved": not plan.faults and not asked.dry_run,
        "approval": str(approval.pk) if approval else None,
    }
    if asked.format == "json":
        wrong = [
            {"line": f.line, "column": f.column, "code": f.code, "reason": {"zh-Hant": f.zh_hant, "en": f.en}}
            for f in plan.faults
        ]
        print(json.dumps({**counts, "faults": wrong}, ensure_ascii=False))
    else:
        _say(plan, counts)
    return Exit.NO if plan.faults else Exit.YES


def _say(plan: Any, counts: dict[str, Any]) -> None:
    zh = os.environ.get("LANG", "").startswith("zh")
    for wrong in plan.faults:
        where = f"第 {wrong.line} 列 {wrong.column}" if zh else f"line {wrong.line}, {wrong.column or 'row'}"
        print(f"{where}: {wrong.zh_hant if zh else wrong.en} ({wrong.code})", file=sys.stderr)
    words = (
        "新增 {new}、變更 {changed}、未變 {unchanged}、待簽核 {waiting}、錯誤 {wrong}"
        if zh
        else "new {new}, changed {changed}, unchanged {unchanged}, waiting for approval {waiting}, wrong {wrong}"
    )
    print(words.format(**counts))
    if plan.faults:
        print("未儲存任何資料。" if zh else "Nothing was saved.")
    elif plan.empty:
        print("沒有需要變更的資料。" if zh else "There is nothing to change.")
    elif counts["approval"]:
        print(
            "範圍變更待簽核：請先由一人在主控台以本人名義提出，再由另一人簽核。"
            if zh
            else "Changes of scope wait: in the console one person asks for them in their own name, another decides."
        )


def export_file(asked: argparse.Namespace) -> int:
    """Write the table to a file that does not exist yet."""
    django_ready()
    from fanghu.register.exports import all_records, as_csv, as_xlsx
    from fanghu.register.problems import fault

    ending = asked.file.suffix.lower()
    if ending not in (".csv", ".xlsx"):
        raise fault("FH-REG-01")
    zh = asked.language == "zh-Hant"
    records = all_records(asked.kind)
    content = as_xlsx(asked.kind, records, zh) if ending == ".xlsx" else as_csv(asked.kind, records, zh)
    try:
        with asked.file.open("xb") as target:
            target.write(content)
    except OSError as error:
        raise fault("FH-REG-16", why=error.strerror or "I/O") from None
    print(f"{asked.file}: {len(records)}")
    return Exit.YES
