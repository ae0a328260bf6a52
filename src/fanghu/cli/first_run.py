"""``fanghu first-run``: the steps of the guided first run, as the page shows them."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from typing import Any

from fanghu.cli.database import database
from fanghu.cli.table import chinese, pad
from fanghu.faults import Exit


def add(verbs: Any) -> None:
    """``fanghu first-run`` only shows; what a person must do is done in the console or by the command it names."""
    parser = verbs.add_parser("first-run", help="what is still to do after the first start")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print every step and the next one; 0 all done, 1 steps remain."""
    with database():
        from django.conf import settings
        from django.utils import translation

        from fanghu.console.first_run import first_open, outside, steps

        now = datetime.now(UTC)
        served = settings.HOME / "run" / "url"
        base = served.read_text("utf-8") if served.exists() else settings.BASE_URL
        with translation.override("zh-hant" if chinese() else "en"):
            found, beyond = steps(now), outside(now)
    step = first_open(found)
    if arguments.format == "json":
        print(json.dumps({
            "done": step is None,
            "next": step.key if step else None,
            "steps": [
                {"key": each.key, "title": each.title, "done": each.done, "waits": each.waits, "stands": each.stands,
                 "command": each.command, "links": [base + go.url for go in each.go]}
                for each in found
            ],
            "outside": [
                {"duty": each.duty, "met": each.met, "zh-Hant": each.sentence[0], "en": each.sentence[1]}
                for each in beyond
            ],
        }, ensure_ascii=False, indent=1))  # fmt: skip
        return Exit.NO if step else Exit.YES
    for each in found:
        mark = "✔" if each.done else "→" if each == step else "○"
        print(f"{mark} {each.title}\n    {each.stands}")
        if each == step:
            print("\n".join(f"    {pad(go.words, 28)} {base}{go.url}" for go in each.go) or f"    {each.command}")
    for item in beyond:
        if not item.met:
            print(f"△ {pad(item.duty, 5)} {item.sentence[0 if chinese() else 1]}\n          {base}{item.url}")
    return Exit.NO if step else Exit.YES
