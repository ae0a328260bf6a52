"""``fanghu regulation``: list and show the law as data, import the firm's copy of the official text."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fanghu.cli.table import chinese, pad
from fanghu.faults import Exit, Fault
from fanghu.regulation import RegulationError, load
from fanghu.regulation.listing import as_json, show

STRENGTHS = {"shall": ("應", "shall"), "should": ("宜", "should")}


def add(subparsers: Any) -> None:
    """Add the verbs of this group."""
    top = subparsers.add_parser("regulation", help="the self-regulation: its clauses, duties and numbers")
    verbs = top.add_subparsers(dest="regulation_verb", required=True, metavar="VERB", parser_class=type(top))
    for name, says, run in (("list", "every clause and its duties", list_), ("show", "one clause or duty", show_)):
        verb = verbs.add_parser(name, help=says)
        if name == "show":
            verb.add_argument("number", metavar="NUMBER", help="such as 6.5 or 6.7a")
        verb.add_argument("--format", choices=("text", "json"), default="text")
        verb.set_defaults(run=run)
    take = verbs.add_parser("import", help="import the firm's own copy of the official text")
    take.add_argument("file", metavar="FILE", type=Path)
    take.add_argument("--format", choices=("text", "json"), default="text")
    take.set_defaults(run=import_)


def fault(error: RegulationError) -> Fault:
    """The same sentence as a Fault; an unknown number is wrong usage."""
    code = Exit.USAGE if error.code == "FH-LAW-16" else Exit.CANNOT
    return Fault(error.code, error.text.en, error.text.zh_hant, exit_code=code)


def list_(arguments: argparse.Namespace) -> int:
    """Print every clause with its duties."""
    edition = load()
    if arguments.format == "json":
        print(json.dumps(as_json(edition), ensure_ascii=False, indent=1))
        return Exit.YES
    zh = chinese()
    article = 0
    for duty in edition.duties.values():
        if duty.article != article:
            article = duty.article
            title = edition.articles[article]
            print(f"\n{f'第 {article} 條 {title.zh_hant}' if zh else f'Article {article}  {title.en}'}")
        strength = STRENGTHS[duty.strength][0 if zh else 1]
        print(f"  {pad(duty.id, 7)} {pad(strength, 7)} {pad('+'.join(duty.proof_target), 19)} "
              f"{duty.title.zh_hant if zh else duty.title.en}")  # fmt: skip
    return Exit.YES


def show_(arguments: argparse.Namespace) -> int:
    """Print one clause or duty in full."""
    try:
        found = show(load(), arguments.number)
    except RegulationError as error:
        raise fault(error) from None
    if arguments.format == "json":
        print(json.dumps(found, ensure_ascii=False, indent=1))
        return Exit.YES
    words = "zh-Hant" if chinese() else "en"
    print(f"{found['clause']}  {found['title'][words]}  ({found['edition']})")
    for duty in found["duties"]:
        print(f"\n{duty['duty']}  {duty['title'][words]}  [{STRENGTHS[duty['strength']][0 if words != 'en' else 1]}]")
        print(f"  {duty['asks'][words]}")
        print(f"  {'佐證' if words != 'en' else 'proved by'}: {duty['would_prove'][words]}")
        for name, limit in duty["limits"].items():
            print(f"  {name}: {limit['value']} {limit['unit']}")
        print(f"  {'目標' if words != 'en' else 'target'}: {'+'.join(duty['proof']['target'])}"
              + (f"  {'週期' if words != 'en' else 'cadence'}: {duty['cadence']}" if duty["cadence"] else ""))  # fmt: skip
    return Exit.YES


def import_(arguments: argparse.Namespace) -> int:
    """Read the copy, keep it for the clause pages, and say what was found and what is missing."""
    try:
        with arguments.file.open("rb") as file:
            content = file.read(2 * 1024 * 1024 + 1)
    except OSError as error:
        raise Fault(
            "FH-LAW-10",
            f"The file cannot be read ({error.strerror}); check its path.",
            f"無法讀取檔案（{error.strerror}）；請檢查路徑。",
        ) from None
    from fanghu.cli.database import database
    from fanghu.cli.ready import here

    with database():
        from fanghu.auditlog.actions import seal_now
        from fanghu.register.imports import import_official_text

        try:
            read = import_official_text(content, by=here(), now=datetime.now(UTC))
        except RegulationError as error:
            raise fault(error) from None
        seal_now(wait=True)
    outcome = {"edition": read.edition, "found": list(read.found), "missing": list(read.missing),
               "unexpected": list(read.unexpected)}  # fmt: skip
    if arguments.format == "json":
        print(json.dumps(outcome, ensure_ascii=False))
    else:
        zh = chinese()
        print(f"{'找到' if zh else 'found'} {len(read.found)} · {'缺少' if zh else 'missing'} {len(read.missing)} · "
              f"{'未預期' if zh else 'unexpected'} {len(read.unexpected)}")  # fmt: skip
        for name, numbers in (
            ("缺少" if zh else "missing", read.missing),
            ("未預期" if zh else "unexpected", read.unexpected),
        ):
            if numbers:
                print(f"{name}: {', '.join(numbers)}")
    return Exit.YES if not read.missing else Exit.NO
