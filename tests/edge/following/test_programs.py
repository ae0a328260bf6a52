"""nginx and PostgreSQL, the real programs: their logs are followed through their own rotation, into the real log."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import psycopg
import pytest

from fanghu.auditlog.derived import envelope_of
from fanghu.intake.plan import Source
from tests.edge.stage import soon
from tests.edge.syslog.whole import Whole, whole

NGINX = """
{user}
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log;
events {{}}
http {{
  access_log {folder}/access.log combined;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3; uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  server {{ listen unix:{folder}/http; location / {{ return 204; }} }}
}}
"""
CLUSTER = """
listen_addresses = ''
unix_socket_directories = '{folder}'
fsync = off
logging_collector = on
log_destination = 'jsonlog'
log_directory = '{folder}/logs'
log_filename = 'server.log'
log_file_mode = 0644
log_connections = on
{more}
"""


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Short, for sockets live in it; open, for PostgreSQL runs as nobody."""
    made = Path(tempfile.mkdtemp(prefix="fh-fo-", dir="/tmp"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def intake(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Iterator[Whole]:
    sources = [
        Source("web", "nginx", ["follow"], paths=[str(folder / "nginx" / "access.log")]),
        Source("base", "postgresql", ["follow"], paths=[str(folder / "pg" / "logs" / "*.json")]),
    ]
    with whole(tmp_path_factory.mktemp("whole") / "home", *sources) as running:
        yield running


@contextmanager
def nginx(folder: Path) -> Iterator[int]:
    """An nginx of our own; its process id."""
    folder.mkdir()
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "conf").write_text(NGINX.format(folder=folder, user=user))
    command = [
        "/usr/sbin/nginx",
        "-p",
        str(folder),
        "-c",
        str(folder / "conf"),
        "-e",
        str(folder / "error.log"),
        "-g",
        "daemon off;",
    ]
    with subprocess.Popen(command) as process:
        try:
            soon(lambda: (folder / "http").exists() and (folder / "pid").exists())
            yield process.pid
        finally:
            process.terminate()
            process.wait(30)


def ask(folder: Path, *paths: str) -> None:
    """Requests over nginx's socket, one connection."""
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(folder / "http"))
        for path in paths:
            line.sendall(f'GET {path} HTTP/1.1\r\nHost: till\r\nUser-Agent: "tests" \\ 測試\r\n\r\n'.encode())
            answer = b""
            while b"\r\n\r\n" not in answer:
                answer += line.recv(65_536)


def test_nginx_access_log_through_two_rotations(intake: Whole, folder: Path) -> None:
    place, asked = folder / "nginx", 1
    with nginx(place) as master:
        ask(place, "/order/0?secret=x")
        intake.arrived("web", 1)  # it is being followed from here on
        for turn in range(3):
            paths = [f"/order/{number}?secret=x" for number in range(asked, asked + 200)]
            ask(place, *paths)
            asked += 200
            if turn < 2:  # as logrotate does: rename, then ask for the log to be opened again
                (place / "access.log").rename(place / f"access.log.{2 - turn}")
                ask(place, f"/order/{asked}?secret=x")  # still into the renamed one
                asked += 1
                os.kill(master, signal.SIGUSR1)
                soon((place / "access.log").exists)
        raw = intake.arrived("web", asked)
    on_disk = [
        line
        for name in ("access.log.2", "access.log.1", "access.log")
        for line in (place / name).read_bytes().splitlines()
    ]
    assert Counter(raw) == Counter(on_disk)
    assert len(raw) == asked
    one = envelope_of(intake.entries("web")[0])
    assert (one.type, one.object) == ("page.requested", "/order/0")


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """A PostgreSQL of our own, with pgaudit; its connection string."""
    programs = max(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4])).parent
    has_pgaudit = Path(f"/usr/share/postgresql/{programs.parts[4]}/extension/pgaudit.control").exists()
    folder.mkdir()
    as_nobody: list[str] = []
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        as_nobody = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups", "--"]
        shutil.chown(folder, "nobody", "nogroup")
    data = folder / "data"
    made = [
        *as_nobody,
        str(programs / "initdb"),
        "-D",
        str(data),
        "-U",
        "auditor",
        "--auth",
        "trust",
        "-E",
        "UTF8",
        "--no-sync",
        "--locale",
        "C.UTF-8",
    ]
    subprocess.run(made, check=True, capture_output=True, cwd="/", timeout=300)
    more = "shared_preload_libraries = 'pgaudit'\npgaudit.log = 'ddl, role'" if has_pgaudit else ""
    with (data / "postgresql.conf").open("a") as settings:
        settings.write(CLUSTER.format(folder=folder, more=more))
    with subprocess.Popen(
        [*as_nobody, str(programs / "postgres"), "-D", str(data)], cwd="/", stderr=subprocess.DEVNULL
    ) as process:
        try:
            wanted = f"host={folder} user=auditor dbname=postgres"
            soon(lambda: answers(wanted), 120)
            yield wanted
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def answers(wanted: str) -> bool:
    try:
        psycopg.connect(wanted).close()
    except psycopg.OperationalError:
        return False
    return True


def test_postgresql_jsonlog_with_pgaudit(intake: Whole, folder: Path) -> None:
    place = folder / "pg"
    with postgresql(place) as wanted:
        with psycopg.connect(wanted, autocommit=True) as base:
            base.execute("CREATE ROLE teller")
            for number in range(50):
                with pytest.raises(psycopg.errors.UndefinedTable):
                    base.execute(f"SELECT {number}\n  FROM missing_{number}".encode())
            base.execute("ALTER ROLE teller CREATEDB")
            base.execute("SELECT pg_rotate_logfile()")
        soon(lambda: sum(b"missing_" in entry.raw for entry in intake.entries("base")) >= 50)
        soon(lambda: any(b"ALTER ROLE teller" in entry.raw for entry in intake.entries("base")) or not pgaudit(place))
    on_disk = (place / "logs" / "server.json").read_bytes().splitlines()
    raw = intake.arrived("base", len(on_disk))
    assert Counter(raw) == Counter(on_disk)
    assert all(isinstance(msgspec.json.decode(line), dict) for line in raw)
    types = {envelope_of(entry).type for entry in intake.entries("base")}
    assert "line.verbatim" not in types


def pgaudit(place: Path) -> bool:
    return "pgaudit.log" in (place / "data" / "postgresql.conf").read_text()


def test_what_is_missing_is_a_trouble_that_ends(intake: Whole, folder: Path) -> None:
    soon(lambda: "No such file" not in intake.trouble and "nothing is named" not in intake.trouble)
