"""``fanghu up``: make the data folder ready, then serve until SIGTERM. Only its preparing child loads Django."""

from __future__ import annotations

import argparse
import errno
import fcntl
import ipaddress
import json
import os
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fanghu.cli.supervisor import Child, Supervisor
from fanghu.faults import Exit, Fault
from fanghu.keys.authority import Certificate, ensure_certificate

CHECKOUT = Path(__file__).resolve().parents[3]


def add(verbs: Any) -> None:
    """Add ``up [--port N] [--host H]``."""
    up = verbs.add_parser("up", help="serve the console / 啟動主控台")
    up.add_argument("--port", type=int, default=8443)
    up.add_argument("--host", default="127.0.0.1", help="address to listen on, or a host name of this machine")
    up.set_defaults(run=run)


def home_folder() -> Path:
    """The data folder (FANGHU_HOME, else ``var/`` in the checkout), made with mode 0700."""
    home = Path(os.environ.get("FANGHU_HOME") or CHECKOUT / "var")
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        home.chmod(0o700)
    except OSError as error:
        raise Fault(
            "FH-UP-01",
            f"The data folder {home} cannot be used ({error.strerror}); choose another with FANGHU_HOME.",
            f"資料夾 {home} 無法使用；請以 FANGHU_HOME 指定其他位置。",
        ) from error
    return home.resolve()


def hold(home: Path) -> int:
    """Take the data folder's lock, so that only one ``up`` serves from it; the lock dies with the process."""
    (home / "run").mkdir(mode=0o700, exist_ok=True)
    handle = os.open(home / "run" / "up.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Fault(
            "FH-UP-02",
            f"Fanghu is already running from {home}; stop it first.",
            f"防護已從 {home} 執行中；請先停止。",
            exit_code=Exit.BUSY,
        ) from None
    return handle


def check_port(host: str, port: int) -> str:
    """Return the numeric address of ``host`` after binding it once; Fault when the port cannot be had."""
    try:
        if not 0 < port < 65_536:
            raise OverflowError(port)
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except (OSError, OverflowError) as error:
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            raise Fault(
                "FH-UP-03",
                f"Port {port} is in use; stop the other program or choose another with --port.",
                f"連接埠 {port} 已被使用；請停止該程式，或以 --port 指定其他連接埠。",
                exit_code=Exit.BUSY,
            ) from error
        raise Fault(
            "FH-UP-04",
            f"Cannot listen on {host}:{port}; give an address of this machine and a port from 1 to 65535.",
            f"無法在 {host}:{port} 提供服務；請指定本機位址與 1 到 65535 的連接埠。",
        ) from error
    return str(address[0])


def base_url(host: str, port: int) -> str:
    """``https://host:port``, with brackets for an IPv6 address."""
    shown = f"[{host}]" if ":" in host else host
    return f"https://{shown}:{port}"


def prepare(environment: dict[str, str]) -> dict[str, Any]:
    """Run ``fanghu.cli.prepare`` and return what it prints: the enrolment path, if one was made, and warnings."""
    ended = subprocess.run(
        [sys.executable, "-m", "fanghu.cli.prepare"], env=environment, stdout=subprocess.PIPE, check=False
    )
    told: dict[str, Any] = json.loads(ended.stdout or b"{}")
    if "fault" in told:
        raise Fault(told["fault"], told["en"], told["zh"], exit_code=Exit(told["exit"]))
    if ended.returncode:
        raise Fault(
            "FH-UP-05",
            "The data folder could not be made ready; see the lines above, or restore it from a backup.",
            "資料夾無法準備完成；請查看上方訊息，或自備份還原。",
        )
    return told


def serves(address: str, port: int, certificate: Certificate) -> bool:
    """Whether a TLS handshake with our certificate and a request for the sign-in page succeed."""
    context = ssl.create_default_context(cafile=str(certificate.authority) if certificate.authority.exists() else None)
    context.check_hostname = False
    if not certificate.authority.exists():
        context.verify_mode = ssl.CERT_NONE
    try:
        with (
            socket.create_connection((address, port), timeout=2) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as secure,
        ):
            secure.sendall(b"GET /sign-in/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return secure.recv(12).startswith(b"HTTP/1.1 ")
    except OSError:
        return False


def server_command(address: str, port: int, certificate: Certificate) -> list[str]:
    """granian with TLS inside: one worker, a few threads."""
    return [
        sys.executable, "-m", "granian", "--interface", "wsgi", "fanghu.console.wsgi:application",
        "--host", address, "--port", str(port), "--workers", "1", "--blocking-threads", "4", "--no-ws",
        "--ssl-certificate", str(certificate.chain), "--ssl-keyfile", str(certificate.key),
        "--log-level", "warning", "--no-access-log", "--backlog", "256",
        "--workers-kill-timeout", "2",
    ]  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM."""
    return serve(home_folder(), arguments.host, arguments.port)


def serve(
    home: Path,
    host: str,
    port: int,
    *,
    settings: str = "fanghu.settings",
    tell: Callable[[str], Iterable[str]] = lambda _url: (),
) -> int:
    """Serve ``home`` at ``host:port`` with the ``settings`` module until SIGTERM; ``tell(url)`` gives lines to print."""
    began = time.monotonic()
    lock = hold(home)
    address = check_port(host, port)
    names = [name for name in (host, address) if not _is_unspecified(name)]
    if _is_unspecified(address):
        names.append(socket.gethostname())
    certificate = ensure_certificate(home, names, datetime.now(UTC))
    shown = host if not _is_unspecified(host) else names[-1]
    url = base_url(shown, port)
    environment = {
        **os.environ,
        "FANGHU_HOME": str(home),
        "FANGHU_BASE_URL": url,
        "FANGHU_HOSTS": ",".join([*names, shown]),
        "DJANGO_SETTINGS_MODULE": settings,
        "PYTHONUNBUFFERED": "1",
    }
    os.environ.update(environment)
    told = prepare(environment)
    for line in told.get("warnings", []):
        print(line, flush=True)
    print(f"certificate SHA-256 {certificate.fingerprint}", flush=True)
    print(f"authority   {certificate.authority}", flush=True)
    print(f"log key     {(home / 'log-key.pub').read_text().strip()}", flush=True)  # to pin elsewhere

    def ready() -> None:
        (home / "run" / "url").write_text(url, "utf-8")  # where `fanghu enrol` points its links
        if told.get("enrol"):
            print(f"enrol       {url}{told['enrol']}   (60 min / 60 分鐘)", flush=True)
        for line in tell(url):
            print(line, flush=True)
        print(f"ready {url}", flush=True)
        print(f"            {time.monotonic() - began:.1f} s", file=sys.stderr, flush=True)

    children = [
        Child("server", server_command(address, port, certificate)),
        Child("keeper", [sys.executable, "-m", "fanghu.cli.keeper"]),
        Child("indexer", [sys.executable, "-m", "fanghu.cli.indexer"]),
        Child("intake", [sys.executable, "-m", "fanghu.edge"]),
    ]
    code = Supervisor(children, lambda: serves(address, port, certificate), ready).run()
    os.close(lock)
    if code:
        raise Fault(
            "FH-UP-06",
            "The server did not come to serve; see the lines above.",
            "伺服器未能啟動；請查看上方訊息。",
        )
    return code


def _is_unspecified(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_unspecified
    except ValueError:
        return False
