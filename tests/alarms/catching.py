"""A receiver of webhooks on this machine."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Caught:
    """What came in: (headers, body), and what to answer."""

    def __init__(self) -> None:
        self.posts: list[tuple[dict[str, str], bytes]] = []
        self.status = 204
        self.url = ""


@contextmanager
def catching(context: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> Iterator[Caught]:
    """Listen on a port that the kernel chooses."""
    caught = Caught()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            caught.posts.append((dict(self.headers), body))
            self.send_response(caught.status)
            self.send_header("Location", caught.url)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            pass

    server = ThreadingHTTPServer((host, 0), Handler)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    caught.url = f"http{'s' if context else ''}://{host}:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield caught
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
