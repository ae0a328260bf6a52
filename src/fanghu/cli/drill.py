"""``fanghu drill``: list the drills and run one through the keeper."""

from __future__ import annotations

import argparse
import fcntl
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fanghu.cli.database import database
from fanghu.cli.ready import here
from fanghu.cli.table import chinese, pad
from fanghu.faults import Exit, Fault

if TYPE_CHECKING:
    from fanghu.assurance.reading import DrillShown

FINISHED, WAITING = "finished", "waiting"
PATIENCE = 180.0
ANSWERS = {"passed": Exit.YES, "failed": Exit.NO}


def add(subparsers: Any) -> None:
    """Add the verbs of this group."""
    top = subparsers.add_parser("drill", help="drills: what Fanghu tries for real")
    verbs = top.add_subparsers(dest="drill_verb", required=True, metavar="VERB", parser_class=type(top))
    every = verbs.add_parser("list", help="every drill and how it last ended")
    every.add_argument("--format", choices=("text", "json"), default="text")
    every.set_defaults(run=list_)
    run = verbs.add_parser("run", help="run a drill now; the running server does the work")
    run.add_argument("name", metavar="NAME")
    run.add_argument("--format", choices=("text", "json"), default="text")
    run.add_argument("--wait", action="store_true", help="wait to the end, delayed steps too (up to 45 minutes)")
    run.set_defaults(run=run_)


def list_(arguments: argparse.Namespace) -> int:
    """Print every drill with its newest result."""
    with database():
        from fanghu.assurance.reading import drills_shown

        shown = drills_shown()
    if arguments.format == "json":
        print(json.dumps([_as_json(entry) for entry in shown], ensure_ascii=False, indent=1))
        return Exit.YES
    for entry in shown:
        drill, last = entry.drill, entry.last
        at = _utc(last.finished_at) if last else ""
        state = entry.under_way.state if entry.under_way else ""
        print(
            f"{pad(drill.name, 28)} {pad(drill.duty, 7)} {pad(last.result if last else '–', 12)} {pad(at or '', 28)}{state}"
        )
    return Exit.YES


def _as_json(entry: DrillShown) -> dict[str, Any]:
    drill, last = entry.drill, entry.last
    return {
        "name": drill.name,
        "duty": drill.duty,
        "subject": str(drill.subject),
        "result": last.result if last else None,
        "steps": last.steps if last else [],
        "finished_at": _utc(last.finished_at) if last else None,
        "under_way": entry.under_way.state if entry.under_way else None,
        "resume_at": _utc(entry.under_way.resume_at) if entry.under_way else None,
        "every_days": drill.every.days,
        "sets_out_to": drill.sets_out_to,
    }


def serving(home: Path) -> bool:
    """Whether `fanghu up` holds this data folder's lock."""
    try:
        with (home / "run" / "up.lock").open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return False
    except BlockingIOError:
        return True
    except OSError:
        return False


def run_(arguments: argparse.Namespace) -> int:
    """Queue the drill and wait for the keeper: 0 passed, 1 failed, 2 not reached, interrupted, or no server."""
    with database():
        from django.conf import settings
        from django.utils import translation

        from fanghu.assurance.actions import queue_drill
        from fanghu.assurance.reading import drill_run
        from fanghu.auditlog.actions import seal_now

        if not serving(Path(settings.HOME)):
            raise Fault(
                "FH-ASR-44",
                "Fanghu is not running, so there is nothing to try; start it with `./run up`.",
                "防護尚未啟動，無從演練；請以 `./run up` 啟動。",
            )
        row = queue_drill(arguments.name, by=here(), now=datetime.now(UTC))
        seal_now(wait=True)
        patience = time.monotonic() + (45 * 60 if arguments.wait else PATIENCE)
        told = 0
        while row.state != FINISHED and time.monotonic() < patience:
            if row.state == WAITING and not arguments.wait:
                break
            time.sleep(0.5)
            row = drill_run(row.pk)
            if arguments.format == "text":
                with translation.override("zh-hant" if chinese() else "en"):
                    fresh = row.steps_shown[told:]
                for step in fresh:
                    print(f"  {'✔' if step['ok'] else '✘'} {step['name']}: {step['seen']}", flush=True)
                told = len(row.steps)
    finished = row.state == FINISHED
    if arguments.format == "json":
        print(json.dumps({
            "name": row.name, "duty": row.duty, "subject": row.subject, "run": row.pk,
            "result": row.result if finished else None, "state": row.state, "steps": row.steps,
            "resume_at": _utc(row.resume_at), "left_over": row.left_over,
        }, ensure_ascii=False))  # fmt: skip
    else:
        until = f" ({_utc(row.resume_at)})" if row.resume_at else ""
        print(f"{row.name}: {row.result if finished else row.state + until}")
    return ANSWERS.get(row.result, Exit.CANNOT)


def _utc(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")
