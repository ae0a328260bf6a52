"""A drill's own receiver of webhooks, at an address of its run; it lives in the keeper for as long as the run does."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from fanghu.alarms.webhook import SIGNATURE

MOST = 65_536


@dataclass(eq=False)
class Catcher:
    """What arrived: the body and its signature."""

    server: ThreadingHTTPServer
    posts: list[tuple[bytes, str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where it listens."""
        host, port = self.server.server_address[:2]
        return f"http://{host!s}:{port}/"


catchers: dict[str, Catcher] = {}
"""By run. One that is not here any more went with the process that held it."""


def begin(run: str, address: str) -> Catcher:
    """Listen on a port of ``address`` that the kernel chooses."""
    end(run)
    posts: list[tuple[bytes, str]] = []

    class Handler(BaseHTTPRequestHandler):
        timeout = 5

        def do_POST(self) -> None:
            """Keep one document."""
            length = self.headers.get("Content-Length", "")
            body = self.rfile.read(min(int(length) if length.isdecimal() else 0, MOST))
            posts.append((body, self.headers.get(SIGNATURE, "")))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_words: Any) -> None:
            """Say nothing."""

    catchers[run] = Catcher(ThreadingHTTPServer((address, 0), Handler), posts)
    threading.Thread(target=catchers[run].server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
    return catchers[run]


def end(run: str) -> None:
    """Stop listening."""
    caught = catchers.pop(run, None)
    if caught is not None:
        caught.server.shutdown()
        caught.server.server_close()
