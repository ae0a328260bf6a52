"""A data folder with an intake of its own, senders, and what then lies in the log."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from http.client import HTTPSConnection
from itertools import groupby
from pathlib import Path
from typing import Any, Self

import msgspec

from fanghu.auditlog.derived import envelope_of
from fanghu.edge.disk import RESERVE
from fanghu.edge.processes import bound_at
from fanghu.intake.plan import LOG, Listeners, Plan, Source, place, read_state, write
from fanghu.keys.authority import ensure_certificate
from fanghu.keys.locations import LogPlaces
from fanghu.tlog.entry import Entry
from fanghu.tlog.reader import LogReader

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "a-token-of-the-tests"
LINE = "Dec 10 06:55:46 gate sshd[24200]: Failed password for invalid user web{} from 192.0.2.31 port 5{:04} ssh2"


def lines(count: int, start: int = 0) -> list[bytes]:
    """So many lines of OpenSSH's, no two alike."""
    return [LINE.format(start + n, (start + n) % 10_000).encode() for n in range(count)]


def source(name: str = "gate", **more: Any) -> Source:
    """A source that may send by HTTP and OTLP with TOKEN."""
    known = sha256(TOKEN.encode()).hexdigest()
    return Source(**{"name": name, "format": "openssh", "ways": ["http", "otlp"], "tokens": [known], **more})


def soon(true: Callable[[], Any], seconds: float = 60) -> Any:
    """What becomes true; AssertionError when it does not."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := true():
            return found
        time.sleep(0.02)
    raise AssertionError("it did not come")


def stored(home: Path) -> list[Entry]:
    """Every sealed entry of the intake's log."""
    return [entry for _, entry in LogReader(LogPlaces(home, LOG).folder).entries()]


def batches(entries: list[Entry]) -> dict[str, list[bytes]]:
    """The lines of each batch in the log, by ``client/number``; a batch that lies there twice fails."""
    found: dict[str, list[bytes]] = {}
    for ref, run in groupby(entries, lambda entry: envelope_of(entry).ref):
        if not ref:
            continue
        assert ref not in found, f"{ref} lies in the log twice"
        found[ref] = [entry.raw for entry in run]
    return found


EAGER = """
import sys
from pathlib import Path
from fanghu.edge.__main__ import live
from fanghu.edge.processes import Processes
sys.exit(live(Processes(Path(sys.argv[1]), back_off=(0.05,))))
"""


class Intake:
    """`python -m fanghu.edge` of one folder; an ``eager`` one starts at once again what was killed."""

    def __init__(self, home: Path, *, eager: bool = False) -> None:
        self.home = home
        environment = {**os.environ, "FANGHU_HOME": str(home), "PYTHONPATH": str(ROOT / "src")}
        command = ["-c", EAGER, str(home)] if eager else ["-m", "fanghu.edge"]
        self.process = subprocess.Popen([sys.executable, *command], env=environment)

    @property
    def address(self) -> tuple[str, int]:
        """Where the HTTP intake listens, once it does."""
        host, _, port = soon(lambda: bound_at(self.home).exists() and bound_at(self.home).read_text()).rpartition(":")
        return host, int(port)

    def plan(self, *sources: Source, http: str = "127.0.0.1:0", clients: str = "") -> None:
        """Write another plan."""
        write(place(self.home), Plan(sources=list(sources), listen=Listeners(http=http), clients=clients))

    def children(self) -> dict[str, int]:
        """Module and process id of each process it started."""
        pid = self.process.pid
        found = {}
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            try:
                told = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if b"-m" in told:
                name = told[told.index(b"-m") + 1].decode()
                found[name if name not in found else f"{name} 2"] = int(child)
        return found

    def memory(self) -> int:
        """Bytes that all of it holds (RSS)."""
        total = 0
        for pid in (self.process.pid, *self.children().values()):
            try:
                status = Path(f"/proc/{pid}/status").read_text()
            except OSError:
                continue
            total += next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")), 0)
        return total << 10

    def state(self) -> Any:
        """What it last said."""
        return read_state(self.home)

    def end(self) -> None:
        """Stop it in order."""
        self.process.terminate()
        self.process.wait(30)


@contextmanager
def running(home: Path, *sources: Source, clients: str = "", eager: bool = False) -> Iterator[Intake]:
    """An intake that answers; ended when left, and every entry sealed by then."""
    (home / "run").mkdir(parents=True, exist_ok=True)
    with (home / "run" / "intake-reserve").open("wb") as reserve:
        reserve.truncate(RESERVE)  # sparse: tests need no room of their own
    ensure_certificate(home, ["127.0.0.1"], datetime.now(UTC))
    intake = Intake(home, eager=eager)
    try:
        intake.plan(*sources, clients=clients)
        with Sender(intake) as sender:
            soon(sender.answers)
        yield intake
    finally:
        intake.end()


class Sender:
    """One connection to an intake; answers as (status, decoded JSON or bytes)."""

    def __init__(self, intake: Intake, *, token: str = TOKEN, certificate: tuple[Path, Path] | None = None) -> None:
        self.intake, self.token = intake, token
        self.context = ssl.create_default_context(cafile=str(intake.home / "tls" / "authority.pem"))
        if certificate:
            self.context.load_cert_chain(*certificate)
        self.connection = HTTPSConnection(*intake.address, context=self.context, timeout=60)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def answers(self) -> bool:
        """Whether the intake takes a connection and reaches its log."""
        try:
            self.connection.request("GET", "/")
            answered = self.connection.getresponse().read()
            return bool(answered) and (self.intake.home / "run" / "intake.sock").exists()
        except OSError:
            self.connection.close()
            return False

    def send(self, body: Any, path: str = "/v1/records", **headers: str) -> tuple[int, Any]:
        """POST a body; header names with underscores for dashes."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            given.setdefault("Authorization", f"Bearer {self.token}")
        self.connection.request("POST", path, body, given)
        answer = self.connection.getresponse()
        said = answer.read()
        self.headers = answer.headers
        if answer.headers.get("Connection") == "close":
            self.connection.close()
        return answer.status, msgspec.json.decode(said) if answer.headers[
            "Content-Type"
        ] == "application/json" else said

    def batch(self, some: list[bytes], client: str = "", number: int = 0, **headers: str) -> tuple[int, Any]:
        """POST lines, as a numbered batch when ``client`` is given."""
        if client:
            headers |= {"Fanghu_Client": client, "Fanghu_Batch": str(number)}
        return self.send(b"\n".join(some), **headers)
