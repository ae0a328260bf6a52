"""``fanghu log follow``: a file's lines go into the log as they are written, through the intake that runs."""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fanghu.faults import Exit, Fault
from fanghu.keys.locations import LogPlaces

if TYPE_CHECKING:
    from fanghu.edge.following_positions import Positions
    from fanghu.intake.plan import Source

LOOKS = 1.0


def add_to(verbs: Any) -> None:
    """Add this verb to ``fanghu log``."""
    top = verbs.add_parser(
        "follow", help="follow a log file as it grows, until Ctrl-C; begun again it goes on where it stood"
    )
    top.add_argument("file", metavar="FILE", type=Path)
    top.add_argument("--format", required=True, metavar="F", help="as for import")
    top.add_argument("--source", required=True, metavar="NAME", help="what the log is called here")
    top.add_argument(
        "--timezone", metavar="ZONE", help="time zone of the file (default: Asia/Taipei, marked as assumed)"
    )
    top.set_defaults(run=follow)


def follow(arguments: argparse.Namespace) -> int:
    """Follow until SIGINT or SIGTERM. Faults FH-LOG-25 … 27, FH-IN-30 … 32."""
    from fanghu.auditlog.order import DEFAULT_ZONE, Order, check_words
    from fanghu.edge import wire
    from fanghu.edge.following_positions import Positions
    from fanghu.edge.running import run_until_stopped
    from fanghu.intake.plan import Source, read_plan

    file, home = arguments.file.absolute(), LogPlaces.here().home.resolve()
    check_words(Order(file, arguments.format, arguments.source, zone=arguments.timezone))
    if not file.parent.is_dir():
        raise Fault("FH-IN-30", f"There is no folder {file.parent}; name a log file.",
                    f"沒有資料夾 {file.parent}；請指定一個日誌檔。")  # fmt: skip
    if not wire.place(home).exists():
        raise Fault("FH-IN-31", "The intake is not running; start ./run up and declare a source first.",
                    "收件程序未執行；請先啟動 ./run up 並登錄來源。", exit_code=Exit.BUSY)  # fmt: skip
    mark = hashlib.sha256(f"{arguments.source}\n{file}".encode()).hexdigest()[:16]
    try:
        if any(str(file) in source.paths for source in read_plan(home).sources):
            raise BlockingIOError
        positions = Positions(home / "run" / f"intake-follow-{mark}.json")
    except BlockingIOError:
        raise Fault("FH-IN-32", f"{file} is being followed already.", f"{file} 已在跟隨中。",
                    exit_code=Exit.BUSY) from None  # fmt: skip
    source = Source(arguments.source, arguments.format, ["follow"], zone=arguments.timezone or DEFAULT_ZONE)
    try:
        run_until_stopped(lambda: _followed(home, file, source, positions))
    finally:
        positions.close()
    return Exit.YES


async def _followed(home: Path, file: Path, source: Source, positions: Positions) -> None:
    from fanghu.edge.following import Follower
    from fanghu.edge.listening_delivery import Delivery
    from fanghu.edge.workers import EncodingTaker, SequencerClient

    sequencer = SequencerClient(home)
    taker = EncodingTaker(sequencer, lambda name: source if name == source.name else None)
    follower = Follower(source.name, str(file), Delivery(taker), positions)
    reading = asyncio.create_task(follower.run())
    told = ""
    try:
        while not reading.done():
            await asyncio.wait({reading}, timeout=LOOKS)
            if follower.trouble != told:
                told = follower.trouble
                print(told or f"{file}: ok", file=sys.stderr, flush=True)
        reading.result()
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        await sequencer.close()
