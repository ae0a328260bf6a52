"""``fanghu log sources``: what is expected of each source, what came last, and its gaps."""

from __future__ import annotations

import argparse
import json
from typing import Any

from fanghu.faults import Exit


def add_to(verbs: Any) -> None:
    """Add this verb to ``fanghu log``."""
    top = verbs.add_parser("sources", help="every declared source: its last record, what is expected, its gaps")
    top.add_argument("--format", choices=("text", "json"), default="text")
    top.set_defaults(run=sources)


def sources(arguments: argparse.Namespace) -> int:
    """Print every declared source, Fanghu's own log first."""
    from fanghu.cli.database import database

    with database():
        from fanghu.intake import reading

        found = [reading.own_log(), *(each.as_json() for each in reading.sources())]
    if arguments.format == "json":
        print(json.dumps(found, ensure_ascii=False, indent=1))
        return Exit.YES
    for each in found:
        now = ", ".join(gap["cause"] for gap in each["gaps"] if gap["to"] is None) or "ok"
        print(
            f"{each['name']}  {each['system']}  {each['last_event'] or '–'}  {each['records']}  {len(each['gaps'])} gaps  {now}"
        )
    return Exit.YES
