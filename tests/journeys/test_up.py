"""``fanghu up`` as an operator meets it: one at a time, faults in one sentence, a short end, nothing left behind."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.served import Served


def trusting(home: Path) -> ssl.SSLContext:
    """A client that trusts the authority of this data folder and nothing else."""
    return ssl.create_default_context(cafile=str(home / "tls" / "authority.pem"))


def status_of(url: str, home: Path) -> int:
    """The status of a page, over verified TLS."""
    try:
        with urllib.request.urlopen(url, context=trusting(home), timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Served]:
    """A product not started yet."""
    one = Served(tmp_path)
    yield one
    one.stop()


def test_it_serves_tls_that_clients_verify_and_ends_quickly(product: Served) -> None:
    """The certificate verifies against the authority in the data folder; SIGTERM ends all within five seconds."""
    product.start()
    assert status_of(f"{product.url}/sign-in/", product.home) == 200
    began = time.monotonic()
    assert product.stop() == 0
    assert time.monotonic() - began < 5
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", product.port), timeout=2)
    assert product.home.stat().st_mode & 0o777 == 0o700
    assert all(path.stat().st_mode & 0o077 == 0 for path in (product.home / "keys").iterdir() if path.suffix != ".pub")


def test_a_second_up_on_the_same_folder_or_port_is_refused(product: Served, tmp_path: Path) -> None:
    """Each in one sentence with a code, exit 75."""
    product.start()
    again = product.fanghu("up", "--port", str(product.port + 1), check=False)
    assert (again.returncode, again.stderr[:8]) == (75, "FH-UP-02")
    (tmp_path / "other").mkdir()
    other = Served(tmp_path / "other", port=product.port)
    taken = other.fanghu("up", "--port", str(product.port), check=False)
    assert (taken.returncode, taken.stderr[:8]) == (75, "FH-UP-03")


def test_a_new_start_makes_a_new_link_and_voids_the_old(product: Served) -> None:
    """The link printed by an earlier start opens nothing any more."""
    old = product.start().enrolment
    assert old is not None
    assert status_of(old, product.home) == 200
    product.stop()
    new = product.start().enrolment
    assert new is not None
    assert new != old
    assert status_of(new, product.home) == 200
    assert status_of(old, product.home) in {400, 403, 404, 410}
    seen = "".join(path.read_text(errors="replace") for path in product.home.glob("*.txt"))
    assert old.rsplit("/", 2)[1] not in seen, "the token is in no log"


def test_a_damaged_database_is_said_and_nothing_is_overwritten(product: Served) -> None:
    """One sentence, exit not 0, the file left as it was."""
    product.start()
    product.stop()
    database = product.home / "fanghu.sqlite3"
    damaged = b"SQLite format 3\x00" + os.urandom(8192)
    database.write_bytes(damaged)
    for extra in ("-wal", "-shm"):
        Path(f"{database}{extra}").unlink(missing_ok=True)
    ended = product.fanghu("up", "--port", str(product.port), check=False)
    assert ended.returncode == 2
    assert "FH-UP-0" in ended.stderr
    assert database.read_bytes() == damaged


def test_a_killed_server_comes_back(product: Served) -> None:
    """The supervisor starts the server again; the next request is answered."""
    product.start()
    assert product.process is not None
    children = Path(f"/proc/{product.process.pid}/task/{product.process.pid}/children").read_text().split()
    server = next(pid for pid in children if "granian" in Path(f"/proc/{pid}/cmdline").read_text())
    os.kill(int(server), signal.SIGKILL)
    until = time.monotonic() + 20
    while time.monotonic() < until:
        time.sleep(0.2)
        try:
            if status_of(f"{product.url}/sign-in/", product.home) == 200:
                return
        except OSError:
            continue
    raise AssertionError("the server did not come back")


@pytest.mark.parametrize(
    ("variable", "value", "arguments", "code"),
    [
        ("DATABASE_URL", "no address", ["assess"], "FH-CFG-01"),
        ("DATABASE_URL", "no address", ["up"], "FH-CFG-01"),
        ("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none", ["up"], "FH-UP-09"),
        ("FANGHU_HOME", "/proc/nowhere", ["up"], "FH-UP-01"),
        ("FANGHU_HOME", "/proc/nowhere", ["assess"], "FH-CFG-02"),
        ("LANG", "C", ["up", "--port", "99999"], "FH-UP-04"),
        ("LANG", "C", ["up", "--host", "192.0.2.1"], "FH-UP-04"),
    ],
)
def test_a_broken_configuration_is_one_sentence(
    product: Served, variable: str, value: str, arguments: list[str], code: str
) -> None:
    """No trace of the inside, no start, exit 2."""
    ended = product.fanghu(*arguments, check=False, **{variable: value})
    assert ended.returncode == 2
    assert ended.stderr.startswith(code)
    assert "Traceback" not in ended.stderr


def test_wrong_usage_is_64(product: Served) -> None:
    """Unknown verbs and options."""
    assert product.fanghu("fly", check=False).returncode == 64
    assert product.fanghu("up", "--port", "many", check=False).returncode == 64
