"""``fanghu log``: import, search, verify, checkpoint, prove, key. ``verify`` needs no server and no database."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fanghu.auditlog.visible import visible, visible_json
from fanghu.cli import log_follow, log_keeping, log_search, log_sources, log_witness
from fanghu.faults import Exit, Fault
from fanghu.keys import log_keys
from fanghu.keys.locations import LogPlaces

if TYPE_CHECKING:
    from fanghu.auditlog.importing import Tally
    from fanghu.tlog.report import Report


def add(subparsers: Any) -> None:
    """Add the verbs of this group."""
    top = subparsers.add_parser("log", help="the audit log: import, search, verify")
    verbs = top.add_subparsers(dest="log_verb", required=True, metavar="VERB", parser_class=type(top))
    _add_import(verbs)
    log_follow.add_to(verbs)
    log_search.add_to(verbs)
    check = verbs.add_parser("verify", help="verify every byte of a log's folder; needs no server and no database")
    check.add_argument("folder", metavar="DIR", type=Path, nargs="?")
    check.add_argument("--all", action="store_true", help="every log of this data folder instead of DIR")
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
    log_keeping.add_to(verbs)
    log_sources.add_to(verbs)
    log_witness.add_to(verbs)
    key = verbs.add_parser("key", help="print the public key, to pin elsewhere")
    key.add_argument("--log", metavar="NAME", default="", help="which log, as its folder is called (default: our own)")
    key.set_defaults(run=show_key)
    change = verbs.add_parser("rotate-key", help="give the log a new signing key; again after a crash to finish it")
    change.add_argument(
        "--log", metavar="NAME", default="", help="which log, as its folder is called (default: our own)"
    )
    change.set_defaults(run=rotate_key)
    anew = verbs.add_parser(
        "new-origin", help="the signing key is lost: close the log and begin one that commits to it"
    )
    anew.add_argument("--log", metavar="NAME", default="", help="which log, as its folder is called (default: our own)")
    anew.set_defaults(run=new_origin)


def _add_import(verbs: Any) -> None:
    take = verbs.add_parser("import", help="import a log file; importing it again adds nothing twice")
    take.add_argument("file", metavar="FILE", type=Path)
    take.add_argument(
        "--format",
        required=True,
        metavar="F",
        help="openssh, linux-auth, syslog, nginx, apache, windows, postgresql, ndjson, plain",
    )
    take.add_argument(
        "--source", required=True, metavar="NAME", help="what the log is called here, such as a system's slug"
    )
    take.add_argument("--year", type=int, help="year of the file's first line (default: the newest not in the future)")
    take.add_argument(
        "--timezone", metavar="ZONE", help="time zone of the file (default: Asia/Taipei, marked as assumed)"
    )
    take.add_argument("--output", choices=("text", "json"), default="text")
    take.set_defaults(run=import_)


def import_(arguments: argparse.Namespace) -> int:
    """Import a file and say imported / already there / kept verbatim."""
    from fanghu.auditlog.order import Order, check

    order = Order(arguments.file, arguments.format, arguments.source, arguments.year, arguments.timezone)
    check(order)  # refused before Django is loaded
    from fanghu.cli.database import database
    from fanghu.cli.ready import here

    unread: dict[str, Any] = {"unread": 0, "unread_parts": []}

    def progress(tally: Tally) -> None:
        unread.update(unread=tally.unread, unread_parts=tally.named)
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
            **unread,
        }, ensure_ascii=False))  # fmt: skip
    else:
        print(f"imported {run.imported} · already there {run.already} · kept verbatim {run.verbatim}")
        if run.assumed:
            print("assumed: " + ", ".join(f"{name} {value}" for name, value in sorted(run.assumed.items())))
        if unread["unread"]:
            print(f"could not be read, and kept as it is: {unread['unread']} / 無法讀取而原樣保留")
            for part in unread["unread_parts"]:
                print(f"  {part}")
    return Exit.YES


def verify(arguments: argparse.Namespace) -> int:
    """0: the log is whole. 1: it is not. 2: cannot tell. Of several, the worst."""
    if bool(arguments.folder) == arguments.all:
        raise Fault(
            "FH-LOG-58", "Name one log's folder, or --all.", "請指定一個日誌資料夾，或 --all。", exit_code=Exit.USAGE
        )
    if arguments.all and (arguments.key or arguments.since or arguments.witness):
        raise Fault(
            "FH-LOG-59",
            "--key, --since and --witness are one log's; name its folder instead of --all.",
            "--key、--since、--witness 只屬於一個日誌；請改為指定其資料夾，勿用 --all。",
            exit_code=Exit.USAGE,
        )
    folders = [log.folder for log in LogPlaces.all(LogPlaces.here().home)] if arguments.all else [arguments.folder]
    codes = {_verify_one(folder, arguments) for folder in folders}
    return next((code for code in (Exit.NO, Exit.CANNOT) if code in codes), Exit.YES)


def _verify_one(folder: Path, arguments: argparse.Namespace) -> Exit:
    from fanghu.tlog.verify import verify_folder

    here = LogPlaces.here()
    if not folder.is_dir():
        raise Fault(
            "FH-LOG-50",
            f"There is no folder {folder}; name a log's folder.",
            f"沒有資料夾 {folder}；請指定日誌資料夾。",
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
        print(visible_json({
            "ok": report.ok, "cannot_tell": report.cannot_tell, "size": report.size, "root": report.root.hex(),
            "unsealed": report.unsealed, "first": report.first, "first_bad": report.first_bad,
            "problems": [
                {"code": problem.code, "en": problem.message_en, "zh-Hant": problem.message_zh, "where": problem.where}
                for problem in report.problems
            ],
        }))  # fmt: skip
        return
    if report.ok:
        print(f"the log is whole: {report.size} entries, root {report.root.hex()} / 日誌完整無誤")
        if report.first:
            print(
                f"entries before {report.first} were let go, as its record says / 第 {report.first} 筆之前已依規定刪除"
            )
    else:
        print("cannot tell / 無法判定" if report.cannot_tell else "the log is NOT whole / 日誌有問題")
    for problem in report.problems:
        print(visible(f"{problem.code} {problem.where}: {problem.message_en} / {problem.message_zh}"))


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


def show_key(arguments: argparse.Namespace) -> int:
    """Print the pinned verifier key."""
    print(log_keys.pinned(log_search.log_here(arguments.log).public_key))
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
    print(f"the log's key is now {done.new} / 日誌的金鑰已更換")
    print(f"give {log.public_key} and {rotations} to whoever keeps the old one / 請將這兩個檔案交給保存舊金鑰者")
    return Exit.YES


def new_origin(arguments: argparse.Namespace) -> int:
    """Close a log whose key is lost and begin a new one."""
    from fanghu.cli.database import database
    from fanghu.cli.ready import here

    with database():
        from fanghu.auditlog.actions import seal_now
        from fanghu.auditlog.key_change import begin_log_anew

        done = begin_log_anew(arguments.log, by=here(), now=datetime.now(UTC))
        seal_now(wait=True)
    print(f"the log of {done.old.size} entries is closed and lies in {done.closed.folder} / 原日誌已封存")
    print(f"the new log is {done.new.origin}; keep its public key elsewhere / 新日誌已開始；請另行保存其公開金鑰")
    return Exit.YES
