"""``fanghu witness``: vouches for the checkpoints of logs on other machines; needs no database and no Fanghu beside it."""

from __future__ import annotations

import argparse
import signal
import ssl
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fanghu.faults import Exit, Fault
from fanghu.tlog.damage import BadNote
from fanghu.tlog.note import Verifier, cosigner_text, valid_name


def add(subparsers: Any) -> None:
    """Add ``witness``."""
    verb = subparsers.add_parser("witness", help="vouch for logs on other machines (C2SP tlog-witness)")
    verb.add_argument("--folder", required=True, type=Path, metavar="DIR", help="what it remembers, and its key")
    verb.add_argument("--listen", required=True, metavar="HOST:PORT")
    verb.add_argument(
        "--log", action="append", default=[], metavar="KEY", help="a log's key, as `fanghu log key` prints it"
    )
    verb.add_argument("--name", default="", help="names the key of a new witness (default: this host's address)")
    verb.add_argument("--certificate", type=Path, metavar="PEM", help="serve over TLS with this chain …")
    verb.add_argument("--certificate-key", type=Path, metavar="PEM", help="… and its key")
    verb.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM."""
    from fanghu.witness.book import Book
    from fanghu.witness.server import Witness, serve

    host, port = _address(arguments.listen)
    keys = {key.name: key for key in map(_key, arguments.log)}
    if not keys:
        raise Fault("FH-WIT-10", "Name at least one log's key with --log.", "請以 --log 指定至少一個日誌的金鑰。",
                    exit_code=Exit.USAGE)  # fmt: skip
    name = arguments.name or f"{host}/witness"
    if not valid_name(name):
        raise Fault("FH-WIT-11", "A witness's name holds no spaces and no plus sign.", "見證名稱不可含空白或加號。",
                    exit_code=Exit.USAGE)  # fmt: skip
    tls = None
    if arguments.certificate:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            tls.load_cert_chain(arguments.certificate, arguments.certificate_key)
        except (OSError, ValueError) as why:  # ssl.SSLError is an OSError
            raise Fault("FH-WIT-14", f"The certificate or its key cannot be used: {why}", f"無法使用憑證或其金鑰：{why}",
                        exit_code=Exit.USAGE) from None  # fmt: skip
    try:
        book = Book(arguments.folder, name)
    except OSError as why:
        raise Fault("FH-WIT-15", f"{arguments.folder} cannot be used: {why.strerror}.",
                    f"無法使用 {arguments.folder}：{why.strerror}。") from None  # fmt: skip

    def tell(said: str) -> None:
        print(said, file=sys.stderr, flush=True)

    try:
        server = serve(Witness(book, keys, lambda: datetime.now(UTC), tell), host, port, tls)
    except OSError as why:
        book.close()
        raise Fault("FH-WIT-16", f"{arguments.listen} cannot be listened on: {why.strerror}.",
                    f"無法於 {arguments.listen} 上接聽：{why.strerror}。") from None  # fmt: skip
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"witness key {cosigner_text(book.signer.verifier)}", flush=True)
    shown = f"[{host}]" if ":" in host else host
    print(f"ready {'https' if tls else 'http'}://{shown}:{server.server_address[1]}", flush=True)
    try:
        server.serve_forever(poll_interval=0.2)
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
        book.close()
    return Exit.YES


def _address(text: str) -> tuple[str, int]:
    host, _colon, port = text.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65_535:
        raise Fault("FH-WIT-12", "Write the address as HOST:PORT, such as 0.0.0.0:8460.", "位址請寫成 HOST:PORT，例如 0.0.0.0:8460。",
                    exit_code=Exit.USAGE)  # fmt: skip
    return host.strip("[]"), int(port)


def _key(text: str) -> Verifier:
    path = Path(text)
    try:
        return Verifier.parse(path.read_text() if path.is_file() else text)
    except (BadNote, OSError, UnicodeDecodeError) as why:
        raise Fault(
            "FH-WIT-13", f"This is no log's key: {why}", f"這不是日誌的金鑰：{why}", exit_code=Exit.USAGE
        ) from None
