"""``fanghu log search``, ``export``, ``verify-export``, ``prove`` and ``rebuild-index``: finding records, and proof of them."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fanghu.auditlog.visible import visible, visible_json
from fanghu.faults import Exit, Fault
from fanghu.keys import log_keys
from fanghu.keys.locations import LogPlaces

if TYPE_CHECKING:
    from fanghu.auditlog.query import Query
    from fanghu.auditlog.record import LogRecord
    from fanghu.tlog.note import Verifier

NAMED = ("source", "type", "who", "where", "outcome")


def add_to(verbs: Any) -> None:
    """Add these verbs to ``fanghu log``."""
    find = verbs.add_parser("search", help="search every log; prints ndjson")
    _ask(find)
    find.add_argument("--limit", type=_many, metavar="N", default=-1, help="print so many at most (default: all)")
    find.add_argument("--newest", action="store_true", help="newest first")
    find.add_argument("--format", choices=("ndjson", "json", "text"), default="ndjson")
    find.set_defaults(run=search)
    take = verbs.add_parser("export", help="write what a search finds into a file, newest first")
    _ask(take)
    take.add_argument("--output", metavar="FILE", type=Path, required=True)
    take.add_argument("--format", choices=("csv", "xlsx", "ndjson", "proved"), default="proved",
                      help="proved (default): ndjson in which every record is proved to stand in its log")  # fmt: skip
    take.set_defaults(run=export)
    check = verbs.add_parser("verify-export", help="check a proved export; needs no server and no database")
    check.add_argument("file", metavar="FILE", type=Path)
    check.add_argument("--key", metavar="FILE", type=Path, action="append", default=[],
                       help="a log's pinned key; once for each log in it (default: the keys of this data folder)")  # fmt: skip
    check.set_defaults(run=verify_export)
    proof = verbs.add_parser("prove", help="print the inclusion proof of one entry as JSON")
    proof.add_argument("entry", metavar="INDEX|ID", help="as log search prints them")
    proof.add_argument("--log", metavar="NAME", default="own", help="as log search prints it (default: own)")
    proof.set_defaults(run=prove)
    again = verbs.add_parser("rebuild-index", help="make the search index anew from the logs")
    again.set_defaults(run=rebuild)


def _many(text: str) -> int:
    """A number from 1."""
    if not text.isdecimal() or not text.isascii() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"give a whole number from 1, not {text}")
    return int(text)


def _filter(text: str) -> str:
    """A filter with its value."""
    if not all(text.partition("=")):
        raise argparse.ArgumentTypeError(f"give KEY=VALUE, such as who=root, not {text}")
    return text


def _ask(parser: Any) -> None:
    parser.add_argument("expression", nargs="*", metavar="WORD|KEY=VALUE", help="all must match; * stands for anything")
    parser.add_argument("--without", type=_filter, action="append", default=[], metavar="KEY=VALUE",
                        help="none of these; the same as -KEY=VALUE within a quoted expression")  # fmt: skip
    parser.add_argument("--from", dest="since", default="", metavar="TIME")
    parser.add_argument("--to", dest="until", default="", metavar="TIME")
    for name in NAMED:
        parser.add_argument(f"--{name}", action="append", default=[])


def _asked(arguments: argparse.Namespace) -> Query:
    from fanghu.auditlog.order import DEFAULT_ZONE, zone_of
    from fanghu.auditlog.query import moment, parse

    zone = zone_of(DEFAULT_ZONE)
    asked = parse(" ".join([*arguments.expression, *(f"-{each}" for each in arguments.without)]))
    for name in NAMED:
        asked = asked.also(name, *getattr(arguments, name))
    return asked.within(moment(arguments.since, zone), moment(arguments.until, zone, end=True))


def search(arguments: argparse.Namespace) -> int:
    """Print matching records, oldest first; the search itself is recorded."""
    asked = _asked(arguments)
    from fanghu.cli.database import database
    from fanghu.cli.ready import here

    with database():
        from fanghu.auditlog import actions

        found = actions.search(
            asked, by=here(), now=datetime.now(UTC), limit=arguments.limit, newest_first=arguments.newest
        )
        _print_records(found, arguments.format)
        sys.stdout.flush()
        actions.seal_now(wait=True)
    return Exit.YES


def _print_records(found: Iterable[LogRecord], shape: str) -> None:
    from fanghu.auditlog.order import DEFAULT_ZONE, zone_of

    if shape == "json":
        print(visible_json([record.as_json() for record in found], indent=1))
        return
    for record in found:
        if shape == "ndjson":
            print(visible_json(record.as_json()))
            continue
        at = record.at.astimezone(zone_of(DEFAULT_ZONE)).strftime("%Y-%m-%d %H:%M:%S")
        said = (at, record.source, record.type, record.outcome, record.actor, record.place, record.object)
        print("  ".join(word for word in said if word))


def export(arguments: argparse.Namespace) -> int:
    """Write the file; the export itself is recorded."""
    asked = _asked(arguments)
    from fanghu.cli.database import database
    from fanghu.cli.ready import here

    with database():
        from fanghu.auditlog import actions

        pieces = actions.export(asked, arguments.format, by=here(), now=datetime.now(UTC))
        try:
            with arguments.output.open("xb") as file:
                try:
                    file.writelines(pieces)
                except BaseException:  # a part of an export is none
                    arguments.output.unlink(missing_ok=True)
                    raise
        except OSError as why:
            raise Fault("FH-LOG-38", f"{arguments.output} cannot be written: {why.strerror}.",
                        f"無法寫入 {arguments.output}：{why.strerror}。") from None  # fmt: skip
        finally:
            actions.seal_now(wait=True)
    return Exit.YES


def verify_export(arguments: argparse.Namespace) -> int:
    """0: every record is proved. 1: one is not."""
    from fanghu.auditlog.proved import check
    from fanghu.auditlog.record import OWN_LOG

    here = [at for at in LogPlaces.all(LogPlaces.here().home) if at.public_key.exists()]
    mine = [(at, log_keys.pinned(at.public_key)) for at in here]
    keys = [log_keys.pinned(key) for key in arguments.key] if arguments.key else [key for _at, key in mine]
    try:
        if not arguments.key:
            keys += _retired(arguments.file, here)
        with arguments.file.open("rb") as file:
            found = check(file, keys, {key.name: at.name or OWN_LOG for at, key in mine})
    except OSError as why:
        raise Fault("FH-LOG-51", f"{arguments.file} cannot be read: {why.strerror}.",
                    f"無法讀取 {arguments.file}：{why.strerror}。") from None  # fmt: skip
    for what in found.wrong:
        print(visible(what))
    if not found.ok:
        print("the export is NOT proved / 匯出檔無法證明")
        return Exit.NO
    under = visible(", ".join(f"{log} ({found.origins[log]}): {size}" for log, size in sorted(found.sizes.items())))
    print(
        f"{found.records} records are proved, under checkpoints of {under or 0} entries / 匯出檔 {found.records} 筆皆經證明"
    )
    return Exit.YES


def _retired(file: Path, here: Iterable[LogPlaces]) -> list[Verifier]:
    """Keys changed since the export that signed a checkpoint in it; by itself such a key proves nothing any more, so the
    log that lies here must still extend what it signed.
    """
    from collections import deque

    from fanghu.tlog.checkpoint import Checkpoint
    from fanghu.tlog.reader import LogReader, extends

    with file.open("rb") as lines:
        last = next(iter(deque(lines, maxlen=1)), b"")
    try:
        notes = [str(note).encode() for note in json.loads(last)["checkpoints"].values()]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []  # `check` says what is wrong with it
    found = []
    for at in here:
        for key in log_keys.trusted(at.public_key).retired:
            for note in notes:
                try:
                    if extends(LogReader(at.folder), Checkpoint.verified(note, [key], others=True)):
                        found.append(key)
                except Fault:
                    continue
    return found


def rebuild(_arguments: argparse.Namespace) -> int:
    """Drop every index and make it anew."""
    from fanghu.auditlog.indexes import Indexes

    every = Indexes(LogPlaces.here().home)
    every.drop()
    left = every.catch_up()
    print(f"{sum(log.size for log in every.logs.values()) - left} entries indexed / 已重建索引")
    return Exit.YES if left == 0 else Exit.BUSY


def prove(arguments: argparse.Namespace) -> int:
    """Print what proves that an entry stands in the log of the current checkpoint; handing it out is recorded."""
    import base64

    from fanghu.cli.database import database
    from fanghu.cli.ready import here
    from fanghu.tlog.merkle import leaf_hash
    from fanghu.tlog.reader import LogReader

    at, index = _entry(arguments.log, arguments.entry)
    reader = LogReader(at.folder)
    now = reader.checkpoint()
    if index is None or not 0 <= index < now.size:
        raise Fault(
            "FH-LOG-52",
            f"There is no such entry; the log has the entries 0 to {now.size - 1}.",
            f"沒有這筆紀錄；紀錄為第 0 至 {now.size - 1} 筆。",
            exit_code=Exit.NO,
        )
    entry = reader.entry(index)
    told = visible_json({
        "index": index, "size": now.size, "root": now.root.hex(), "leaf_hash": leaf_hash(entry.data).hex(),
        "proof": [node.hex() for node in reader.inclusion_proof(index, now.size)],
        "entry": base64.b64encode(entry.data).decode(), "checkpoint": now.note.decode(),
    })  # fmt: skip
    with database():
        from django.db import transaction

        from fanghu.auditlog.actions import seal_now
        from fanghu.events.actions import record

        with transaction.atomic():
            record("log.served", by=here(), now=datetime.now(UTC), object_=f"{at.name or 'own'}/entry/{index}")
        print(told, flush=True)
        seal_now(wait=True)
    return Exit.YES


def log_here(log: str) -> LogPlaces:
    """A log of this data folder by its name; Fault FH-LOG-39 where there is none of it."""
    home = LogPlaces.here().home
    at = LogPlaces(home, "" if log == "own" else log)
    if at.name and at not in LogPlaces.all(home):
        raise Fault("FH-LOG-39", f"There is no log {log} here.", f"此處沒有日誌 {log}。", exit_code=Exit.USAGE)
    return at


def _entry(log: str, text: str) -> tuple[LogPlaces, int | None]:
    """The log and the index of an entry named by its index in the log ``log``, or by its id in any."""
    at = log_here(log)
    home = at.home
    if text.isascii() and text.isdigit() and len(text) < 16:
        return at, int(text)
    from fanghu.auditlog.indexes import Indexes
    from fanghu.auditlog.query import Query

    every = Indexes(home)
    every.catch_up()
    _at, name, index = next(iter(every.hits(Query({"id": (text,)}))), (0, at.name, None))
    return LogPlaces(home, name), index
