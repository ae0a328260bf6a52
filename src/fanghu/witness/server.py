"""The witness's server: one address, ``POST …/add-checkpoint``; small on purpose."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from fanghu.tlog.note import Verifier
from fanghu.witness.book import Book
from fanghu.witness.cosigning import Answer, decide

LARGEST = 128 * 1024
"""Bytes a request may hold."""
PATIENCE = 10
"""Seconds that a slow client is waited for."""
ADDRESS = "/add-checkpoint"


class Witness:
    """Answers requests one at a time, so that what it has seen cannot change under it."""

    def __init__(
        self, book: Book, keys: Mapping[str, Verifier], clock: Callable[[], datetime], tell: Callable[[str], object]
    ) -> None:
        self._book, self._keys, self._clock, self._tell = book, keys, clock, tell
        self._alone = threading.Lock()

    def answer(self, body: bytes) -> Answer:
        """Decide, remember, and only then cosign."""
        with self._alone:
            found = decide(body, self._keys, self._book.seen)
            if found.accepted is None:
                if found.status in (409, 422):
                    self._tell(f"refused {found.status}: {body[:200]!r}")
                return found
            self._book.remember(found.accepted)
            line = self._book.signer.sign_at(found.accepted.text, self._clock()).line()
        self._tell(f"vouched for {found.accepted.origin} {found.accepted.size}")
        return Answer(200, f"{line}\n")


def serve(witness: Witness, host: str, port: int, tls: ssl.SSLContext | None = None) -> ThreadingHTTPServer:
    """A server bound to ``host:port`` (0: any free one), to be run by ``serve_forever``."""

    class Handler(BaseHTTPRequestHandler):
        timeout = PATIENCE
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if not self.path.endswith(ADDRESS):
                self._say(Answer(404, "There is no such address.\n"))
            elif not length.isascii() or not length.isdigit() or len(length) > 9 or int(length) > LARGEST:
                self.close_connection = True
                self._say(Answer(413 if length.isdigit() else 411, "Send a request of known, small length.\n"))
            else:
                self._say(witness.answer(self.rfile.read(int(length))))

        def do_GET(self) -> None:
            self._say(Answer(405, "POST a checkpoint here.\n"))

        def log_message(self, *_words: Any) -> None:
            """What matters is told by the witness itself."""

        def _say(self, answer: Answer) -> None:
            body = answer.body.encode()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer((host, port), Handler, bind_and_activate=True)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    return server
