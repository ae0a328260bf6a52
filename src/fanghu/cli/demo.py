"""``fanghu demo``: the whole product with a sample firm, in a data folder of its own, on loopback only."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fanghu.cli.up import CHECKOUT, base_url, serve
from fanghu.demo import folder, links
from fanghu.demo.firm import CAST
from fanghu.faults import Fault

SETTINGS = "fanghu.demo.settings"


def add(verbs: Any) -> None:
    """Add ``demo [--port N] [--host H] [--folder F] [--anew]``."""
    demo = verbs.add_parser("demo", help="serve a sample firm with three months of history / 示範公司")
    demo.add_argument("--port", type=int, default=8444)
    demo.add_argument("--host", default="127.0.0.1", help="a loopback address")
    demo.add_argument("--folder", type=Path, default=CHECKOUT / "var-demo", help="the sample's own data folder")
    demo.add_argument("--anew", action="store_true", help="make the sample again up to today")
    demo.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Furnish the folder once, then serve it until SIGTERM."""
    folder.require_loopback(base_url(arguments.host, arguments.port))
    os.environ.pop("DATABASE_URL", None)  # the sample never enters a firm's database
    home = arguments.folder.resolve()
    bare = folder.claim(home)
    if arguments.anew and not bare:
        folder.empty(home)
        bare = folder.claim(home)
    if bare:
        _furnish(home, base_url(arguments.host, arguments.port))
    return serve(home, arguments.host, arguments.port, settings=SETTINGS, tell=lambda url: _invitations(home, url))


def _furnish(home: Path, url: str) -> None:
    print("making the sample firm, a minute or two / 建立示範資料，約一兩分鐘", flush=True)
    environment = {**os.environ, "FANGHU_HOME": str(home), "FANGHU_BASE_URL": url, "DJANGO_SETTINGS_MODULE": SETTINGS}
    ended = subprocess.run([sys.executable, "-m", "fanghu.demo.furnish"], env=environment, check=False)
    if ended.returncode:
        raise Fault(
            "FH-DEM-05",
            "The sample could not be made; see the lines above.",
            "示範資料無法建立；請查看上方訊息。",
        )


def _invitations(home: Path, url: str) -> Iterator[str]:
    """A line for each of the cast with a link that signs in once."""
    tokens = links.make(home, [player.login_id for player in CAST])
    for player in CAST:
        yield f"{player.login_id:<6} {player.name}（{player.role}） {url}/demo/enter/{tokens[player.login_id]}/"
