"""``fanghu log prune``, ``archive`` and ``restore``: what is let go, and copies of a log elsewhere."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fanghu.faults import Exit
from fanghu.keys import log_keys
from fanghu.keys.locations import LogPlaces
from fanghu.tlog.note import Verifier


def add_to(verbs: Any) -> None:
    """Add these verbs to ``fanghu log``."""
    go = verbs.add_parser("prune", help="let go now of what two people approved on the page; says what may go")
    go.set_defaults(run=prune)
    copy = verbs.add_parser("archive", help="copy a log to another folder and verify it there")
    copy.add_argument("--to", required=True, metavar="DIR", type=Path)
    back = verbs.add_parser("restore", help="put an archived log back where none stands, or the files one lost")
    back.add_argument("--from", dest="source", required=True, metavar="DIR", type=Path)
    for parser in (copy, back):
        parser.add_argument("--log", default="", metavar="NAME", help="default: Fanghu's own")
        parser.add_argument("--key", metavar="FILE", type=Path, help="the pinned key (default: the log's own)")
    copy.set_defaults(run=archive)
    back.set_defaults(run=restore)


def prune(_arguments: argparse.Namespace) -> int:
    """Carry out what was approved; never more, and nothing is approved here."""
    from fanghu.cli.database import database
    from fanghu.cli.ready import here

    now = datetime.now(UTC)
    with database():
        from fanghu.auditlog.actions import seal_now
        from fanghu.retention.actions import carry_out
        from fanghu.retention.standing import going
        from fanghu.retention.surveying import logs, survey, surveyed
        from fanghu.tlog.frames import SEGMENT

        done = carry_out(now, by=here())
        while survey(now):
            pass
        for places in logs():
            parts = len(going(surveyed(places.name), now))
            print(
                f"{places.name or 'fanghu'}: {parts * SEGMENT} entries may go, once two people approve it on the page"
            )
        print(f"let go as approved: {done}")
        seal_now(wait=True)
    return Exit.YES


def archive(arguments: argparse.Namespace) -> int:
    """Copy and verify."""
    from fanghu.retention.archive import copy

    places = LogPlaces(LogPlaces.here().home, arguments.log)
    done = copy(places.folder, arguments.to, [_key(arguments, places)])
    print(f"{arguments.to}: {done.report.size} entries, root {done.report.root.hex()}")
    print(f"copied {done.files} files, {done.size} bytes; the copy verifies / 複本驗證無誤")
    return Exit.YES


def restore(arguments: argparse.Namespace) -> int:
    """Verify and put back."""
    from fanghu.retention.archive import restore as put_back

    places = LogPlaces(LogPlaces.here().home, arguments.log)
    done = put_back(arguments.source, places.folder, [_key(arguments, places)])
    print(f"{places.folder}: {done.report.size} entries, {done.files} files put back; the log verifies / 紀錄驗證無誤")
    return Exit.YES


def _key(arguments: argparse.Namespace, places: LogPlaces) -> Verifier:
    return log_keys.pinned(arguments.key or places.public_key, log=places.folder)
