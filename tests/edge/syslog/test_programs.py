"""rsyslogd and logger, the real programs, over TLS, TCP and UDP: all arrives, nothing twice."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fanghu.auditlog.derived import envelope_of
from fanghu.intake.plan import Source
from tests.edge.certificates import client_certificate
from tests.edge.stage import soon
from tests.edge.syslog.whole import Whole, whole

RSYSLOG = """
global(workDirectory="{folder}" defaultNetstreamDriver="ossl" defaultNetstreamDriverCAFile="{authority}"
       defaultNetstreamDriverCertFile="{certificate}" defaultNetstreamDriverKeyFile="{key}")
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="{folder}/log" RateLimit.Interval="0" UseSysTimeStamp="off")
action(type="omfwd" target="127.0.0.1" port="{port}" protocol="tcp" TCP_Framing="octet-counted"
       template="RSYSLOG_SyslogProtocol23Format" StreamDriver="ossl" StreamDriverMode="1"
       StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="localhost"
       action.resumeRetryCount="-1" action.resumeInterval="1" queue.type="LinkedList" queue.size="100000")
"""


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path, str]:
    return client_certificate(tmp_path_factory.mktemp("papers") / "client")


@pytest.fixture(scope="module")
def intake(tmp_path_factory: pytest.TempPathFactory, papers: tuple[Path, Path, Path, str]) -> Iterator[Whole]:
    sources = [
        Source("gateway", "syslog", ["syslog"], certificates=[papers[3]]),
        Source("console", "syslog", ["syslog"], addresses=["127.0.0.1"]),
    ]
    with whole(tmp_path_factory.mktemp("whole") / "home", *sources, clients=str(papers[0])) as running:
        yield running


@contextmanager
def rsyslogd(intake: Whole, papers: tuple[Path, Path, Path, str]) -> Iterator[Path]:
    """An rsyslogd of our own; its socket."""
    folder = Path(tempfile.mkdtemp(prefix="fh-rs-", dir="/tmp"))  # a socket's path is short
    try:
        (folder / "conf").write_text(
            RSYSLOG.format(
                folder=folder,
                authority=intake.home / "tls" / "authority.pem",
                certificate=papers[1],
                key=papers[2],
                port=intake.at("tls")[1],
            )
        )
        command = ["/usr/sbin/rsyslogd", "-n", "-f", str(folder / "conf"), "-i", str(folder / "pid")]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
            try:
                soon((folder / "log").exists)
                yield folder / "log"
            finally:
                process.terminate()
                process.wait(30)
    finally:
        shutil.rmtree(folder)


def test_rsyslog_forwards_over_tls_with_a_client_certificate(
    intake: Whole, papers: tuple[Path, Path, Path, str]
) -> None:
    with rsyslogd(intake, papers) as place, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
        out.connect(str(place))
        for number in range(3_000):
            out.send(
                b"<38>Nov 22 14:02:33 sshd[42]: Failed password for invalid user u%d from 192.0.2.77 port %d ssh2"
                % (number, 1024 + number)
            )
        raw = intake.arrived("gateway", 3_000)
    said = Counter(line.partition(b"user u")[2].partition(b" ")[0] for line in raw if b"user u" in line)
    assert said == Counter(b"%d" % number for number in range(3_000))
    assert all(line.startswith(b"<") for line in raw)
    first = next(envelope_of(entry) for entry in intake.entries("gateway") if b"user u7 " in entry.raw)
    assert (first.type, first.actor, first.place.ip) == ("signin.failed", "u7", "192.0.2.77")


@pytest.mark.parametrize(
    ("arguments", "way"),
    [
        (["--tcp", "--rfc5424", "--octet-count"], "tcp"),
        (["--tcp", "--rfc5424"], "tcp"),
        (["--tcp", "--rfc3164"], "tcp"),
        (["--udp", "--rfc5424"], "udp"),
        (["--udp", "--rfc3164"], "udp"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_logger_arrives_by_every_way_it_speaks(intake: Whole, arguments: list[str], way: str) -> None:
    host, port = intake.at(way)
    before, word = len(intake.entries("console")), "-".join(argument.strip("-") for argument in arguments)
    command = ["logger", *arguments, "--server", host, "--port", str(port), "--tag", "till", f"said by {word} 中文"]
    subprocess.run(command, check=True, timeout=60)
    raw = [line for line in intake.arrived("console", before + 1) if f"said by {word} ".encode() in line]
    assert len(raw) == 1
    assert raw[0].endswith("中文".encode())


def test_without_the_certificate_tls_lets_in_only_whom_an_address_names(intake: Whole) -> None:
    context = ssl.create_default_context(cafile=str(intake.home / "tls" / "authority.pem"))
    with (
        socket.create_connection(intake.at("tls")) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as line,
    ):
        assert line.version() in {"TLSv1.2", "TLSv1.3"}
        line.sendall(b"35 <13>1 - till app - - - over tls too")
        line.unwrap().close()
    soon(lambda: any(b"over tls too" in entry.raw for entry in intake.entries("console")))
    assert not any(b"over tls too" in entry.raw for entry in intake.entries("gateway"))


def test_who_breaks_off_without_a_farewell_loses_nothing_that_was_sent(intake: Whole) -> None:
    context = ssl.create_default_context(cafile=str(intake.home / "tls" / "authority.pem"))
    before = len(intake.entries("console"))
    with socket.create_connection(intake.at("tls")) as plain:
        line = context.wrap_socket(plain, server_hostname="localhost")
        line.sendall(b"".join(b"<13>1 - till app - - - rude %05d\n" % number for number in range(8_000)))
        line.close()  # no close_notify
    raw = intake.arrived("console", before + 8_000)
    assert sum(b"rude" in one for one in raw) == 8_000


def test_old_tls_is_not_spoken(intake: Whole) -> None:
    context = ssl.create_default_context(cafile=str(intake.home / "tls" / "authority.pem"))
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    with pytest.warns(DeprecationWarning, match="TLS"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    with socket.create_connection(intake.at("tls")) as plain, pytest.raises(ssl.SSLError):
        context.wrap_socket(plain, server_hostname="localhost")


def test_nothing_was_amiss(intake: Whole) -> None:
    assert (intake.home / "run" / "intake-follow.json.lock").exists()
    assert intake.trouble == ""
