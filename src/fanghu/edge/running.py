"""How a process of the intake lives: arguments, an orderly end on SIGTERM, an end with its parent."""

from __future__ import annotations

import argparse
import ctypes
import gc
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path

from fanghu.keys.locations import LogPlaces

PR_SET_PDEATHSIG = 1
TRIM = 0.5
"""Seconds after which free memory goes back again; it takes about a millisecond."""
_libc = ctypes.CDLL(None, use_errno=True)


def parser() -> argparse.ArgumentParser:
    """``--home FOLDER --since TIME``: the data folder, and when the intake as a whole started."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--home", type=Path, default=None)
    arguments.add_argument("--since", default="")
    return arguments


def data_folder(arguments: Sequence[str] | None = None) -> tuple[Path, str]:
    """The data folder (FANGHU_HOME unless given) and since when the intake runs."""
    given = parser().parse_args(arguments)
    return home_of(given.home), given.since


def home_of(given: Path | None) -> Path:
    """The data folder given, else that of FANGHU_HOME."""
    return (given or LogPlaces.here().home).resolve()


def die_with_parent() -> None:
    """End when whoever started this process ends (prctl(2) PR_SET_PDEATHSIG); for ``preexec_fn``."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def run_until_stopped(life: Callable[[], Coroutine[object, object, None]], at_once: int = 32 << 10) -> None:
    """Run ``life`` until it ends or SIGTERM or SIGINT comes, which cancels it. ``at_once``: see `tls_reading.use`."""
    import asyncio  # who only starts other processes does without: it takes ten megabytes

    from fanghu.edge import tls_reading

    async def give_back() -> None:
        """The holes between what is held go back to the machine (malloc_trim(3)): a flood's add up."""
        while True:
            await asyncio.sleep(TRIM)
            _libc.malloc_trim(0)

    async def lived() -> None:
        giving_back = asyncio.create_task(give_back())
        task = asyncio.ensure_future(life())
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, task.cancel)
        try:
            await task
        except asyncio.CancelledError:
            return
        finally:
            giving_back.cancel()

    tls_reading.use(at_once)
    gc.freeze()  # what was loaded stays; a batch makes many small things that die at once
    gc.set_threshold(20_000, 20, 20)
    asyncio.run(lived())


def say(line: str) -> None:
    """One line to whoever started this process."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
