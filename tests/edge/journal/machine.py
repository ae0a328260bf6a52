"""systemd-journald itself, on a /run of its own, beside whatever this machine runs."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.edge.stage import soon

PROGRAM = Path("/lib/systemd/systemd-journald")
START = f"""
mount -t tmpfs tmpfs /run || exit 1
mkdir -p /run/systemd/journal /run/systemd/journald.conf.d /run/log/journal
printf '[Journal]\\nAudit=no\\nReadKMsg=no\\nRateLimitBurst=0\\n' >/run/systemd/journald.conf.d/own.conf
exec {PROGRAM}
"""


class Journald:
    """``socket`` takes entries, ``folder`` holds the journal; OSError where none can be started (no root, a chroot)."""

    def __init__(self) -> None:
        if not (PROGRAM.exists() and shutil.which("journalctl") and shutil.which("unshare")):
            raise FileNotFoundError(PROGRAM)
        self._process = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private", "sh", "-c", START],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        own = Path(f"/proc/{self._process.pid}")
        self.socket, self.folder = own / "root/run/systemd/journal/socket", own / "root/run/log/journal"

        def up() -> bool:  # before it is itself, its /run is this machine's
            if self._process.poll() is not None:
                raise PermissionError("no journald can be started here")
            return (own / "comm").read_text().strip() == "systemd-journal" and self.socket.exists()

        soon(up)

    def end(self) -> None:
        """Stop it; what it wrote is gone with it."""
        self._process.terminate()
        self._process.wait(30)
