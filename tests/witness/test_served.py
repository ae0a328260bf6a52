"""The witness as a process of its own, over the wire; and who counts as outside."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

import pytest

from fanghu.tlog.note import Signer, Verifier, cosigner
from fanghu.tlog.reader import LogReader
from fanghu.tlog.writer import LogWriter
from fanghu.witness.client import NotVouched, over_http, submit
from fanghu.witness.cosigning import write
from fanghu.witness.outside import is_outside, own_addresses
from tests.tlog.stage import SIGNER, Stage, entries
from tests.witness.test_protocol import grow

Started = tuple[subprocess.Popen[str], Verifier, str]
OTHER = Signer("example.org/intake", b"o" * 32)
SRC = Path(__file__).resolve().parents[2] / "src"


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[[], Started]]:
    """``started()`` begins the witness (again) on its folder: process, key, address."""
    running: list[subprocess.Popen[str]] = []

    def start() -> Started:
        command = [sys.executable, "-m", "fanghu.cli", "witness", "--folder", str(tmp_path / "witness"), "--listen", "127.0.0.1:0",
                   "--log", str(SIGNER.verifier), "--log", str(OTHER.verifier)]  # fmt: skip
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "PYTHONPATH": str(SRC)},
        )
        running.append(process)
        assert process.stdout is not None
        key = process.stdout.readline().removeprefix("witness key ")
        return process, cosigner(key), process.stdout.readline().removeprefix("ready ").strip()

    yield start
    for process in running:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def test_vouched_for_over_the_wire_killed_and_asked_again(started: Callable[[], Started], tmp_path: Path) -> None:
    log = Stage(tmp_path / "house")
    log.base.mkdir()
    size = 0
    for _round in range(4):
        process, key, url = started()
        for _deed in range(3):
            grow(log, 40)
            reader = LogReader(log.folder)
            done = submit(reader, reader.checkpoint(), url, key, old=size, post=over_http())
            size = done.checkpoint.size
        process.send_signal(signal.SIGKILL)
        process.wait()
    (tmp_path / "w").write_bytes(done.file)
    from fanghu.tlog.verify import verify_folder

    assert verify_folder(log.folder, keys=[SIGNER.verifier], witness=done.file).ok
    with pytest.raises(NotVouched, match="cannot be reached"):
        submit(LogReader(log.folder), LogReader(log.folder).checkpoint(), url, key, old=size, post=over_http(2))


def test_two_logs_side_by_side_keep_their_own_size_over_a_kill(started: Callable[[], Started], tmp_path: Path) -> None:
    log = Stage(tmp_path / "house")
    log.base.mkdir()
    grow(log, 40)
    with LogWriter.open(
        tmp_path / "intake", origin=OTHER.name, signer=OTHER, lock_path=tmp_path / "lock", create=True
    ) as writer:
        writer.append(entries(0, 7))
        writer.seal(datetime.now(UTC))
    readers = [LogReader(log.folder), LogReader(tmp_path / "intake")]
    process, key, url = started()
    for reader in readers:
        submit(reader, reader.checkpoint(), url, key, old=0, post=over_http())
    process.send_signal(signal.SIGKILL)
    process.wait()
    _process, again, url = started()
    assert again == key
    for reader, size in zip(readers, (40, 7), strict=True):
        status, _kind, body = over_http()(f"{url}/add-checkpoint", write(0, (), reader.checkpoint().note))
        assert (status, body) == (409, f"{size}\n".encode())
        assert submit(reader, reader.checkpoint(), url, key, old=size, post=over_http()).checkpoint.size == size


def test_it_ends_when_asked_and_refuses_what_is_no_request(started: Callable[[], Started]) -> None:
    process, _key, url = started()
    post = over_http()
    assert post(f"{url}/add-checkpoint", b"nonsense")[0] == 400
    assert post(f"{url}/other", b"")[0] == 404
    assert post(f"{url}/add-checkpoint", b"x" * 200_000)[0] == 413
    with pytest.raises(urllib.error.HTTPError, match="405"):
        urllib.request.urlopen(url)
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as slow:  # one that says nothing holds nobody up
        slow.sendall(b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 500\r\n\r\nold")
        assert post(f"{url}/add-checkpoint", b"nonsense")[0] == 400
    process.terminate()
    assert process.wait(20) == 0


def test_a_witness_on_this_machine_is_not_outside() -> None:
    own = {ip_address("192.0.2.10"), ip_address("2001:db8::10")}

    def outside(*addresses: str) -> bool:
        return is_outside(
            "https://w.example:8460/x", resolve=lambda _host: [ip_address(each) for each in addresses], own=lambda: own
        )

    assert outside("203.0.113.9")
    for here in (
        "127.0.0.1",
        "127.9.9.9",
        "::1",
        "192.0.2.10",
        "2001:db8::10",
        "::ffff:192.0.2.10",
        "0.0.0.0",
        "fe80::1",
    ):
        assert not outside(here)
        assert not outside("203.0.113.9", here), "one way here is enough"
    assert not outside()
    assert not is_outside("not an address", resolve=lambda _host: [ip_address("203.0.113.9")], own=lambda: own)
    assert not is_outside("https://w.example", resolve=lambda _host: [ip_address("203.0.113.9")], own=set), (
        "nothing is known"
    )


def test_this_machines_own_addresses_are_read_from_its_kernel() -> None:
    assert ip_address("127.0.0.1") in own_addresses()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return
        assert ip_address(probe.getsockname()[0]) in own_addresses()
        assert not is_outside(f"http://{probe.getsockname()[0]}")
    assert not is_outside(f"http://{socket.gethostname()}") and not is_outside("http://localhost")


def test_what_cannot_be_begun_is_told_in_one_sentence(tmp_path: Path) -> None:
    """A taken port, an impossible folder, a certificate that is none: no trace, and never exit code 1, which says "no"."""
    (tmp_path / "file").write_text("x")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for words, code, told in (
            (["--folder", tmp_path / "w", "--listen", f"127.0.0.1:{port}"], 2, "FH-WIT-16"),
            (["--folder", tmp_path / "file" / "w", "--listen", "127.0.0.1:0"], 2, "FH-WIT-15"),
            (
                ["--folder", tmp_path / "w", "--listen", "127.0.0.1:0", "--certificate", tmp_path / "no"],
                64,
                "FH-WIT-14",
            ),
        ):
            done = subprocess.run(
                [sys.executable, "-m", "fanghu.cli", "witness", *map(str, words), "--log", str(SIGNER.verifier)],
                capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(SRC), "LANG": "C.UTF-8"},
                timeout=60, check=False,
            )  # fmt: skip
            assert (done.returncode, done.stderr.split()[0]) == (code, told)
            assert len(done.stderr.splitlines()) == 1
