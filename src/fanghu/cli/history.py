"""``fanghu history verify``: recompute what Fanghu said, from the roots the log holds."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
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
    settling = verbs.add_parser("settle", help="accept rows that no event explains as they are, with a reason")
    settling.add_argument("reason", help="what was found out and done")
    settling.set_defaults(run=settle)


def verify(arguments: argparse.Namespace) -> int:
    """0 all agrees, 1 something was edited, 2 nothing to verify or the log cannot be read."""
    with database():
        from fanghu.assurance.history import verify_history
        from fanghu.assurance.verifying import as_json

        done = verify_history()
    zh = chinese()
    if arguments.format == "json":
        print(as_json(done))
    else:
        for in_zh, in_en in (*done.findings, *done.notes):
            print(in_zh if zh else in_en)
        said = (
            f"查核 {done.runs} 次，判定區間 {done.intervals} 段，逐筆比對 {done.leaves} 筆，資料列 {done.rows} 筆"
            if zh
            else f"{done.runs} judging passes, {done.intervals} intervals, {done.leaves} verdicts and {done.rows} rows compared"
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


def settle(arguments: argparse.Namespace) -> int:
    """0 however many rows were settled; the event holds the reason."""
    with database():
        from fanghu.assurance.history import settle as settle_rows
        from fanghu.auditlog.actions import seal_now
        from fanghu.cli.ready import here

        count = settle_rows(arguments.reason, by=here(), now=datetime.now(UTC))
        seal_now(wait=True)
    print(f"已處理 {count} 筆資料列" if chinese() else f"{count} rows settled")
    return Exit.YES
