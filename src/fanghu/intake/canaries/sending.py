"""Sends one record by each way, as the programs of a firm do: HTTPS, OTLP, syslog, a file, journald."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPException, HTTPSConnection
from ipaddress import ip_address
from pathlib import Path

from fanghu.intake.plan import Listeners
from fanghu.intake.rules import listener
from fanghu.keys.client_certificate import ClientCertificate

TIMEOUT = 3.0
JOURNAL = Path("/run/systemd/journal/socket")
"""Where journald takes entries (its native protocol)."""
OVER_HTTP = frozenset({"https", "certificate", "otlp"})
AGAIN = frozenset({"tls", "tcp", "udp"})
"""Ways that acknowledge nothing and may lose a record: sent again until it is sealed."""


@dataclass(slots=True)
class Canary:
    """One record on its way. ``line``: the bytes that must lie in the log (journald writes a line of its own around them).

    ``status``: what HTTP answered, 200 where the record was handed over, 0 where nobody took it. ``promised``: the entry
    that the intake's acknowledgement names.
    """

    way: str
    mark: str
    line: bytes = b""
    status: int = 0
    times: int = 0
    taken_at: datetime | None = None
    promised: int | None = None

    @property
    def is_answered(self) -> bool:
        """Whether somebody was there to take it; a file, journald and datagrams are there without anybody."""
        return bool(self.status) and self.way not in {"udp", "file", "journal"}

    @property
    def is_due(self) -> bool:
        """Whether nobody has taken it yet, or it may have been lost."""
        return self.status != 200 or self.way in AGAIN


@dataclass(frozen=True, slots=True)
class Sender:
    """What a run sends with: an address of its own, its token and certificate, its file, its name in journald."""

    home: Path
    listen: Listeners
    address: str
    name: str
    token: str
    certificate: ClientCertificate | None
    file: Path
    clock: Callable[[], datetime]
    journal: Path = JOURNAL

    def send(self, canary: Canary) -> None:
        """Try once; nobody there is no error but stays so."""
        now, canary.status = self.clock(), 0
        canary.line = canary.line or self._line(canary, now)
        canary.times += 1
        with suppress(OSError, HTTPException, ValueError):
            match canary.way:
                case "https" | "certificate":
                    self._https(canary)
                case "otlp":
                    self._otlp(canary)
                case "file":
                    self._append(canary)
                case "journal":
                    self._journal(canary)
                case _:
                    self._syslog(canary)
        if canary.status == 200:
            canary.taken_at = canary.taken_at or now

    def _line(self, canary: Canary, now: datetime) -> bytes:
        """The record's bytes; the same however often it is sent."""
        if canary.way == "otlp":
            nanos = str(int(now.timestamp() * 1_000_000) * 1_000)
            said = {"timeUnixNano": nanos, "eventName": "canary.spoke", "body": {"stringValue": canary.mark}}
            return json.dumps(said).encode()
        text = json.dumps({"time": now.isoformat(), "type": "canary.spoke", "canary": canary.mark})
        return (
            f"<134>1 {now.isoformat()} {self.name} canary - - - {text}".encode()
            if canary.way in AGAIN
            else text.encode()
        )

    def _https(self, canary: Canary) -> None:
        body = self._post(canary, "/v1/records", "application/x-ndjson", canary.line + b"\n")
        if canary.status == 200:
            canary.promised = int(json.loads(body)["first"])

    def _otlp(self, canary: Canary) -> None:
        body = b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[%s]}]}]}' % canary.line
        answer = self._post(canary, "/v1/logs", "application/json", body)
        if canary.status == 200 and json.loads(answer).get("partialSuccess"):
            canary.status = 422  # taken in only in part: nothing of it

    def _post(self, canary: Canary, path: str, kind: str, body: bytes) -> bytes:
        host, port = self._at(self.listen.http)
        context = self._context()
        headers = {"Content-Type": kind}
        if canary.way == "certificate" and self.certificate is not None:
            context.load_cert_chain(self.certificate.chain, self.certificate.key)
        else:
            headers["Authorization"] = f"Bearer {self.token}"
        connection = HTTPSConnection(
            host, port, timeout=TIMEOUT, context=context, source_address=self._from(host)
        )  # fmt: skip
        try:
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            said = answer.read()
            canary.status = answer.status
            return said
        finally:
            connection.close()

    def _syslog(self, canary: Canary) -> None:
        where = {"tls": self.listen.syslog_tls, "tcp": self.listen.syslog_tcp, "udp": self.listen.syslog_udp}
        host, port = self._at(where[canary.way])
        if canary.way == "udp":
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            with socket.socket(family, socket.SOCK_DGRAM) as line:
                if source := self._from(host):
                    line.bind(source)
                line.connect((host, port))
                line.send(canary.line)
        else:
            framed = b"%d %s" % (len(canary.line), canary.line)
            with socket.create_connection((host, port), TIMEOUT, self._from(host)) as plain:
                spoken = self._context().wrap_socket(plain) if canary.way == "tls" else plain
                with spoken:
                    spoken.sendall(framed)
                    if canary.way == "tcp":
                        spoken.shutdown(socket.SHUT_WR)
        canary.status = 200

    def _append(self, canary: Canary) -> None:
        with self.file.open("ab") as file:
            file.write(canary.line + b"\n")
        canary.status = 200

    def _journal(self, canary: Canary) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.settimeout(TIMEOUT)
            line.connect(str(self.journal))
            line.send(b"MESSAGE=%s\nPRIORITY=6\nSYSLOG_IDENTIFIER=%s\n" % (canary.line, self.name.encode()))
        canary.status = 200

    def _context(self) -> ssl.SSLContext:
        """Trusts the certificate that lies here and no other, whoever signed it."""
        context = ssl.create_default_context(cafile=str(self.home / "tls" / "server.pem"))
        context.check_hostname = False
        context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
        return context

    def _from(self, host: str) -> tuple[str, int] | None:
        """The run's own address; a listener that has an IPv6 address only is reached from this machine's."""
        return None if ":" in host else (self.address, 0)

    @staticmethod
    def _at(text: str) -> tuple[str, int]:
        found = listener(text)
        if found is None:
            raise ConnectionRefusedError("nothing listens")
        address = ip_address(found[0])
        if address.is_unspecified:
            return "::1" if address.version == 6 else "127.0.0.1", found[1]
        return found
