"""``fanghu log prune``, ``archive`` and ``restore``: what is let go, and copies of a log elsewhere."""

from __future__ import annotations

import argparse
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fanghu.cli.log_search import log_here
from fanghu.faults import Exit
from fanghu.keys import log_keys
from fanghu.keys.locations import LogPlaces
from fanghu.retention.stores import FolderStore, Store
from fanghu.tlog.note import Verifier


def add_to(verbs: Any) -> None:
    """Add these verbs to ``fanghu log``."""
    go = verbs.add_parser("prune", help="let go now of what two people approved on the page; says what may go")
    go.set_defaults(run=prune)
    copy = verbs.add_parser(
        "archive", help="copy a log to another folder or an S3-compatible store and verify it there"
    )
    copy.add_argument("--to", required=True, metavar="DIR|s3://BUCKET/PREFIX")
    copy.add_argument(
        "--keep-years",
        type=int,
        default=3,
        choices=range(1, 31),
        metavar="N",
        help="lock what is archived so long, where the bucket can (default: 3)",
    )
    copy.add_argument("--reread", action="store_true", help="read all of it back from the bucket, not only what is new")
    back = verbs.add_parser("restore", help="put an archived log back where none stands, or the files one lost")
    back.add_argument("--from", dest="to", required=True, metavar="DIR|s3://BUCKET/PREFIX")
    back.add_argument(
        "--as-of",
        type=_time,
        metavar="TIME",
        help="as it lay in a bucket then, whatever was changed or deleted there since",
    )
    for parser in (copy, back):
        parser.add_argument("--log", default="", metavar="NAME", help="default: Fanghu's own")
        parser.add_argument("--key", metavar="FILE", type=Path, help="the pinned key (default: the log's own)")
        parser.add_argument("--endpoint", metavar="URL", help="address of an S3-compatible store (default: Amazon's)")
        parser.add_argument("--region", default="us-east-1", help="default: us-east-1")
        parser.add_argument("--ca", metavar="PEM", type=Path, help="the store's own certificate authority")
        parser.add_argument("--credentials", metavar="FILE", type=Path, help="its key, as the AWS tools keep it")
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
    """Copy and verify; whoever took the copy is recorded."""
    from fanghu.cli.database import database
    from fanghu.cli.ready import here
    from fanghu.retention.archive import copy

    places = log_here(arguments.log)
    store = _store(arguments, datetime.now(UTC))
    done = copy(places.folder, store, [_key(arguments, places)])
    print(f"{arguments.to}: {done.report.size} entries, root {done.report.root.hex()}")
    print(f"copied {done.files} files, {done.size} bytes; the copy verifies / 複本驗證無誤")
    with database():
        from django.db import transaction

        from fanghu.auditlog.actions import seal_now
        from fanghu.events.actions import record

        with transaction.atomic():
            record(
                "log.served", by=here(), now=datetime.now(UTC), object_=f"{places.name or 'own'}/archive",
                detail={"size": done.report.size, "root": done.report.root.hex()},
            )  # fmt: skip
        seal_now(wait=True)
    if (locks := getattr(store, "locks", None)) is not None:
        print(
            f"what was sent is locked for {arguments.keep_years} years / 已鎖定 {arguments.keep_years} 年，期間無人可刪除"
            if locks
            else "this bucket locks nothing: whoever holds its keys can delete the archive / 此儲存貯體未啟用物件鎖定，持有金鑰者可刪除封存"
        )
    return Exit.YES


def restore(arguments: argparse.Namespace) -> int:
    """Verify and put back."""
    from fanghu.retention.archive import restore as put_back

    places = LogPlaces(LogPlaces.here().home, arguments.log)
    done = put_back(_store(arguments, None), places.folder, [_key(arguments, places)])
    print(f"{places.folder}: {done.report.size} entries, {done.files} files put back; the log verifies / 日誌驗證無誤")
    return Exit.YES


def _store(arguments: argparse.Namespace, now: datetime | None) -> Store:
    from fanghu.retention.buckets import Bucket, BucketStore, credentials

    asked = vars(arguments)
    if not arguments.to.startswith("s3:") and not (asked.get("as_of") or asked.get("reread")):
        return FolderStore(Path(arguments.to))
    bucket = Bucket.read(arguments.to, arguments.endpoint, arguments.ca, arguments.region)
    until = now + timedelta(days=366 * arguments.keep_years) if now else None
    return BucketStore(
        bucket, credentials(arguments.credentials, os.environ),
        until=until, as_of=asked.get("as_of"), reread=asked.get("reread", False),
    )  # fmt: skip


def _time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"{text!r} is not a time; write 2026-11-22T09:30+08:00") from None


def _key(arguments: argparse.Namespace, places: LogPlaces) -> Verifier:
    return log_keys.pinned(arguments.key or places.public_key, log=places.folder)
