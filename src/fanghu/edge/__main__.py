"""``python -m fanghu.edge``: the intake of one data folder, until SIGTERM."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Sequence

from fanghu.edge.processes import Processes
from fanghu.edge.running import data_folder


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the processes that the plan asks for."""
    home, _since = data_folder(arguments)
    return live(Processes(home))


def live(processes: Processes) -> int:
    """Run them until SIGTERM."""
    (processes.home / "run").mkdir(mode=0o700, parents=True, exist_ok=True)
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer)
    stopping: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda got, _frame: stopping.append(got))
    signal.signal(signal.SIGCHLD, lambda *_: None)

    def stopped(seconds: float) -> bool:
        if not stopping and select.select([reader], [], [], seconds)[0]:
            os.read(reader, 4096)
        return bool(stopping)

    processes.run(stopped)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
