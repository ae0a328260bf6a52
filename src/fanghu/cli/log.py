"""``fanghu log``: import, search, verify, checkpoint, prove, key. ``verify`` needs no server and no database."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fanghu.cli import log_keeping
from fanghu.faults import Exit, Fault
from fanghu.keys import log_keys
from fanghu.keys.locations import LogPlaces

if TYPE_CHECKING:
    from fanghu.auditlog.importing import Tally
    from fanghu.auditlog.record import LogRecord
    from fanghu.tlog.report import Report


def add(subparsers: Any) -> None:
    """Add the verbs of this group."""
    top = subparsers.add_parser("log", help="the audit log: import, search, verify")
    verbs = top.add_subparsers(dest="log_verb", required=True, metavar="VERB", parser_class=type(top))
    _add_import(verbs)
    _add_search(verbs)
    check = verbs.add_parser("verify", help="verify every byte of a log's folder; needs no server and no database")
    check.add_argument("folder", metavar="DIR", type=Path)
    check.add_argument(
        "--key", metavar="FILE", type=Path, help="the pinned key, kept outside DIR (default: log-key.pub)"
    )
    check.add_argument(
        "--since", metavar="CHECKPOINT", type=Path, help="a checkpoint kept elsewhere that DIR must extend"
    )
    check.add_argument(
        "--witness",
        metavar="FILE",
        type=Path,
        help="a witness's key and the checkpoint it cosigned, which DIR must extend",
    )
    check.add_argument("--format", choices=("text", "json"), default="text")
    check.set_defaults(run=verify)
    keep = verbs.add_parser("checkpoint", help="print the current signed checkpoint, to keep elsewhere")
    keep.set_defaults(run=checkpoint)
    proof = verbs.add_parser("prove", help="print the inclusion proof of one entry as JSON")
    proof.add_argument("entry", metavar="INDEX|ID", help="as log search prints them")
    proof.set_defaults(run=prove)
    log_keeping.add_to(verbs)
    key = verbs.add_parser("key", help="print the public key, to pin elsewhere")
    key.set_defaults(run=show_key)
    change = verbs.add_parser("rotate-key", help="give the log a new signing key; again after a crash to finish it")
    change.add_argument(
        "--log", metavar="NAME", default="", help="which log, as its folder is called (default: our own)"
    )
    change.set_defaults(run=rotate_key)


def _add_import(verbs: Any) -> None:
    take = verbs.add_parser("import", help="import a log file; importing it again adds nothing twice")
    take.add_argument("file", metavar="FILE", type=Path)
    take.add_argument("--format", required=True, metavar="F", help="openssh, linux-auth, syslog, nginx, apache, windows, postgresql, ndjson, plain")
    take.add_argument(
        "--source", required=True, metavar="NAME", help="what the log is called here, such as a system's slug"
    )
    take.add_argument("--year", type=int, help="year of the file's first line (default: the newest not in the future)")
    take.add_argument(
        "--timezone", metavar="ZONE", help="time zone of the file (default: Asia/Taipei, marked as assumed)"
    )
    take.add_argument("--output", choices=("text", "json"), default="text")
    take.set_defaults(run=import_)


def _add_search(verbs: Any) -> None:
    find = verbs.add_parser("search", help="search the log; prints ndjson")
    find.add_argument("expression", nargs="*", metavar="WORD|KEY=VALUE", help="all must match; * stands for anything")
    find.add_argument("--from", dest="since", default="", metavar="TIME")
    find.add_argument("--to", dest="until", default="", metavar="TIME")
    for name in ("source", "type", "who", "where", "outcome"):
        find.add_argument(f"--{name}", action="append", default=[])
    find.add_argument("--limit", type=int, default=-1)
    find.add_argument("--newest", action="store_true", help="newest first")
    find.add_argument("--format", choices=("ndjson", "json", "text"), default="ndjson")
    find.set_defaults(run=search)


def import_(arguments: argparse.Namespace) -> int:
    """Import a file and say imported / already there / kept verbatim."""
    from fanghu.auditlog.order import Order, check

    order = Order(arguments.file, arguments.format, arguments.source, arguments.year, arguments.timezone)
    check(order)  # refused before Django is loaded
    from fanghu.cli.database import database
    from fanghu.cli.ready import here

    def progress(tally: Tally) -> None:
        if sys.stderr.isatty():
            done = tally.imported + tally.already + tally.verbatim
            print(f"\r{done} / {tally.lines}", end="", file=sys.stderr, flush=True)

    with database():
        from fanghu.auditlog.actions import import_file

        run = import_file(order, by=here(), now=datetime.now(UTC), after_chunk=progress)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    if arguments.output == "json":
        print(json.dumps({
            "run": run.id, "source": run.source, "imported": run.imported, "already_there": run.already,
            "kept_verbatim": run.verbatim, "assumed": run.assumed, "file_sha256": run.file_hash,
        }, ensure_ascii=False))  # fmt: skip
    else:
        print(f"imported {run.imported} · already there {run.already} · kept verbatim {run.verbatim}")
        if run.assumed:
            print("assumed: " + ", ".join(f"{name} {value}" for name, value in sorted(run.assumed.items())))
    return Exit.YES


def search(arguments: argparse.Namespace) -> int:
    """Print matching records, oldest first; the search itself is recorded."""
    from fanghu.auditlog.order import DEFAULT_ZONE, zone_of
    from fanghu.auditlog.query import moment, parse

    zone = zone_of(DEFAULT_ZONE)
    asked = parse(" ".join(arguments.expression))
    for name in ("source", "type", "who", "where", "outcome"):
        asked = asked.also(name, *getattr(arguments, name))
    asked = asked.within(moment(arguments.since, zone), moment(arguments.until, zone, end=True))
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
        print(json.dumps([record.as_json() for record in found], ensure_ascii=False, indent=1, default=str))
        return
    for record in found:
        if shape == "ndjson":
            print(json.dumps(record.as_json(), ensure_ascii=False, default=str))
            continue
        at = record.at.astimezone(zone_of(DEFAULT_ZONE)).strftime("%Y-%m-%d %H:%M:%S")
        said = (at, record.source, record.type, record.outcome, record.actor, record.place, record.object)
        print("  ".join(word for word in said if word))


def verify(arguments: argparse.Namespace) -> int:
    """0: the log is whole. 1: it is not. 2: cannot tell."""
    from fanghu.tlog.verify import verify_folder

    folder, here = arguments.folder, LogPlaces.here()
    if not folder.is_dir():
        raise Fault(
            "FH-LOG-50",
            f"There is no folder {folder}; name a log's folder.",
            f"沒有資料夾 {folder}；請指定紀錄檔資料夾。",
        )
    own = next((log for log in LogPlaces.all(here.home) if log.folder.resolve() == folder.resolve()), here)
    trusted = log_keys.trusted(arguments.key or own.public_key, log=folder)
    report = verify_folder(
        folder, keys=[trusted.current], retired=trusted.retired, since=_bytes(arguments.since),
        witness=_bytes(arguments.witness),
    )  # fmt: skip
    _print_report(report, arguments.format)
    if report.ok:
        return Exit.YES
    return Exit.CANNOT if report.cannot_tell else Exit.NO


def _bytes(path: Path | None) -> bytes | None:
    """A file that somebody named, whole; None when nobody did."""
    try:
        return path.read_bytes() if path else None
    except OSError as why:
        raise Fault(
            "FH-LOG-51", f"{path} cannot be read: {why.strerror}.", f"無法讀取 {path}：{why.strerror}。"
        ) from None


def _print_report(report: Report, shape: str) -> None:
    if shape == "json":
        print(json.dumps({
            "ok": report.ok, "cannot_tell": report.cannot_tell, "size": report.size, "root": report.root.hex(),
            "unsealed": report.unsealed, "first": report.first, "first_bad": report.first_bad,
            "problems": [
                {"code": problem.code, "en": problem.message_en, "zh-Hant": problem.message_zh, "where": problem.where}
                for problem in report.problems
            ],
        }, ensure_ascii=False, default=str))  # fmt: skip
        return
    if report.ok:
        print(f"the log is whole: {report.size} entries, root {report.root.hex()} / 紀錄完整無誤")
        if report.first:
            print(
                f"entries before {report.first} were let go, as its record says / 第 {report.first} 筆之前已依規定刪除"
            )
    else:
        print("cannot tell / 無法判定" if report.cannot_tell else "the log is NOT whole / 紀錄有問題")
    for problem in report.problems:
        print(f"{problem.code} {problem.where}: {problem.message_en} / {problem.message_zh}")


def checkpoint(_arguments: argparse.Namespace) -> int:
    """Print the checkpoint, once its signature holds."""
    from fanghu.tlog.checkpoint import Checkpoint

    here = LogPlaces.here()
    key = log_keys.pinned(here.public_key, log=here.folder)
    try:
        data = (here.folder / "checkpoint").read_bytes()
    except OSError:
        raise Fault(
            "FH-LOG-43", "There is no log yet; start Fanghu once.", "尚無稽核紀錄；請先啟動防護一次。"
        ) from None
    Checkpoint.verified(data, [key])
    sys.stdout.write(data.decode())
    return Exit.YES


def prove(arguments: argparse.Namespace) -> int:
    """Print what proves that an entry stands in the log of the current checkpoint."""
    import base64

    from fanghu.tlog.merkle import leaf_hash
    from fanghu.tlog.reader import LogReader

    reader = LogReader(LogPlaces.here().folder)
    now = reader.checkpoint()
    index = _entry_number(arguments.entry)
    if index is None or not 0 <= index < now.size:
        raise Fault(
            "FH-LOG-52",
            f"There is no such entry; the log has the entries 0 to {now.size - 1}.",
            f"沒有這筆紀錄；紀錄為第 0 至 {now.size - 1} 筆。",
            exit_code=Exit.NO,
        )
    entry = reader.entry(index)
    print(json.dumps({
        "index": index, "size": now.size, "root": now.root.hex(), "leaf_hash": leaf_hash(entry.data).hex(),
        "proof": [node.hex() for node in reader.inclusion_proof(index, now.size)],
        "entry": base64.b64encode(entry.data).decode(), "checkpoint": now.note.decode(),
    }, ensure_ascii=False))  # fmt: skip
    return Exit.YES


def _entry_number(text: str) -> int | None:
    if text.isascii() and text.isdigit() and len(text) < 16:
        return int(text)
    from fanghu.auditlog.index import Index
    from fanghu.auditlog.query import Query
    from fanghu.auditlog.vault import SealedLog

    base = Index(LogPlaces.here().index)
    base.catch_up(SealedLog(LogPlaces.here().folder))
    return next(iter(base.find(Query({"id": (text,)}))), None)


def show_key(_arguments: argparse.Namespace) -> int:
    """Print the pinned verifier key."""
    print(log_keys.pinned(LogPlaces.here().public_key))
    return Exit.YES


def rotate_key(arguments: argparse.Namespace) -> int:
    """Change a log's key; whoever pinned the old one needs the file of rotations."""
    from fanghu.cli.database import database
    from fanghu.cli.ready import here

    with database():
        from fanghu.auditlog.actions import seal_now
        from fanghu.auditlog.key_change import change_key

        done, log = change_key(arguments.log, by=here(), now=datetime.now(UTC))
        seal_now(wait=True)
    rotations = log.public_key.with_suffix(".rotations")
    print(f"the log's key is now {done.new} / 紀錄的金鑰已更換")
    print(f"give {log.public_key} and {rotations} to whoever keeps the old one / 請將這兩個檔案交給保存舊金鑰者")
    return Exit.YES
