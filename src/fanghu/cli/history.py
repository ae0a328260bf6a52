"""``fanghu history verify``: recompute what Fanghu said, from the roots the log holds."""

from __future__ import annotations

import argparse
from typing import Any

from fanghu.cli.database import database
from fanghu.cli.table import chinese
from fanghu.faults import Exit


def add(subparsers: Any) -> None:
    """Add the verbs of this group."""
    top = subparsers.add_parser("history", help="the history of verdicts")
    verbs = top.add_subparsers(dest="history_verb", required=True, metavar="VERB", parser_class=type(top))
    check = verbs.add_parser("verify", help="recompute every judging pass and interval, and hold them against the log")
    check.add_argument("--format", choices=("text", "json"), default="text")
    check.set_defaults(run=verify)


def verify(arguments: argparse.Namespace) -> int:
    """0 all agrees, 1 something was edited, 2 nothing to verify or the log cannot be read."""
    with database():
        from fanghu.assurance import deeds, verifying

        rows = deeds.kept()  # before the log is read, so that the log knows all of them
        done = verifying.verify_settled(_logged)
        log = _deeds() if done.log_read else None
        if log is not None:
            deeds.hold_against(log, rows, done)
    zh = chinese()
    if arguments.format == "json":
        print(verifying.as_json(done))
    else:
        for in_zh, in_en in (*done.findings, *done.notes):
            print(in_zh if zh else in_en)
        said = (
            f"查核 {done.runs} 次，判定區間 {done.intervals} 段，逐筆比對 {done.leaves} 筆"
            if zh
            else f"{done.runs} judging passes, {done.intervals} intervals, {done.leaves} verdicts compared"
        )
        if done.findings:
            print(f"{said}：{len(done.findings)} 處不符" if zh else f"{said}: {len(done.findings)} do not agree")
        elif not done.log_read:
            print(
                f"{said}；無法讀取稽核紀錄，尚未與其比對"
                if zh
                else f"{said}; the log cannot be read, so not held against it"
            )
        else:
            print(f"{said}：全部相符" if zh else f"{said}: all agree")
    if done.findings:
        return Exit.NO
    return Exit.CANNOT if not done.log_read or not done.runs else Exit.YES


def _deeds() -> list[Any] | None:
    """What the log says of drills, approved documents and relief; None when it cannot be read."""
    from fanghu.assurance.deeds import TYPES, LoggedDeed
    from fanghu.auditlog.reading import events
    from fanghu.faults import Fault

    try:
        return [
            LoggedDeed(event.type, event.time, event.object, event.detail)
            for type_ in TYPES
            for _index, event in events(type_)
        ]
    except (Fault, OSError):
        return None


def _logged() -> list[Any] | None:
    """The judging passes the log holds, or None when it cannot be read; waiting events are sealed first."""
    from fanghu.assurance.verifying import LoggedRoot
    from fanghu.auditlog.actions import seal_now
    from fanghu.auditlog.reading import events
    from fanghu.faults import Fault

    try:
        seal_now(wait=True)
        found = []
        for _index, event in events("judging.finished"):
            detail = event.detail
            run = event.object.removeprefix("judging:")
            found.append(LoggedRoot(run, str(detail.get("root")), str(detail.get("started"))))
    except (Fault, OSError):
        return None
    return found
