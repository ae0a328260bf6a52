"""The sample's data folder: made here, marked, and never mistaken for a firm's own; no Django."""

from __future__ import annotations

import ipaddress
import json
import shutil
from pathlib import Path
from urllib.parse import urlsplit

from fanghu.faults import Fault

MARK = "sample-data.json"


def claim(folder: Path) -> bool:
    """Make or take up the sample's folder; return whether it still has to be furnished.

    A folder that holds anything else is refused (Fault FH-DEM-01). What a broken-off furnishing left is removed.
    """
    mark = folder / MARK
    if not mark.exists():
        if folder.exists() and any(folder.iterdir()):
            raise Fault(
                "FH-DEM-01",
                f"{folder} holds something that the demo did not make; choose an empty folder with --folder.",
                f"{folder} 內有非示範所建立的資料；請以 --folder 指定空資料夾。",
            )
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_mark(folder, furnished=False)
        return True
    if is_furnished(folder):
        return False
    empty(folder)
    write_mark(folder, furnished=False)
    return True


def empty(folder: Path) -> None:
    """Remove everything from a sample's folder; one without the mark is left alone (Fault FH-DEM-02)."""
    require_sample(folder)
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def write_mark(folder: Path, *, furnished: bool) -> None:
    """Mark the folder as the sample's."""
    (folder / MARK).write_text(json.dumps({"sample": True, "furnished": furnished}) + "\n", "utf-8")


def is_furnished(folder: Path) -> bool:
    """Whether the furnishing came to its end."""
    try:
        return bool(json.loads((folder / MARK).read_text("utf-8")).get("furnished"))
    except (OSError, ValueError, AttributeError):
        return False


def require_sample(folder: Path) -> None:
    """Fault FH-DEM-02 unless the demo made this folder."""
    if not (folder / MARK).is_file():
        raise Fault(
            "FH-DEM-02",
            f"{folder} was not made by the demo; its one-time links exist only in a folder of its own (./run demo).",
            f"{folder} 不是由示範所建立；一次性登入連結只存在於示範專用資料夾（./run demo）。",
        )


def require_loopback(url: str) -> None:
    """Fault FH-DEM-03 unless ``url`` names this machine's loopback."""
    if not is_loopback(urlsplit(url).hostname or ""):
        raise Fault(
            "FH-DEM-03",
            "The demo serves this machine only; use 127.0.0.1, ::1 or localhost.",
            "示範僅供本機使用；請使用 127.0.0.1、::1 或 localhost。",
        )


def is_loopback(host: str) -> bool:
    """Whether ``host`` is localhost or a loopback address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
