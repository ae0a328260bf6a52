"""``fanghu log witnessed``: who vouches from outside for each log, since when, and why not where nobody does."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import Any

from fanghu.faults import Exit


def add_to(verbs: Any) -> None:
    """Add this verb to ``fanghu log``."""
    top = verbs.add_parser("witnessed", help="each log: its size, the outside witness that vouched for it, and when")
    top.add_argument("--format", choices=("text", "json"), default="text")
    top.set_defaults(run=witnessed)


def witnessed(arguments: argparse.Namespace) -> int:
    """Print every log, Fanghu's own first ("" in JSON)."""
    from fanghu.cli.database import database

    with database():
        from fanghu.auditlog import reading

        found = reading.witnessed()
    if arguments.format == "json":
        rows = [{**asdict(each), "at": each.at.isoformat() if each.at else None} for each in found]
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return Exit.YES
    for each in found:
        at = each.at.isoformat(timespec="seconds") if each.at else "–"
        print(f"{each.log or 'fanghu'}  {each.size}  {each.witness or '–'}  {each.held}  {at}  {each.refusal or 'ok'}")
    return Exit.YES
