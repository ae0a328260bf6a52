"""Sign-in: how much of its CPU is the password hash, what a refused attempt costs, and whether time tells who exists.

CPU is that of the whole application behind the server's socket (WSGI), in this process; time is measured over TLS
against the real server, by connections that stand already.
"""

from __future__ import annotations

import io
import json
import os
import random
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parents[1]
ATTEMPTS = 2_000
"""Over the wire, for each of known, unknown and locked ids."""
TRIES = 300
"""In process, for each kind of attempt."""
A_CONNECTION = 15
"""Attempts of one source, below its limit."""
WORKERS, THREADS, RESAMPLES = 6, 8, 2_000
PASSWORD = "Quiet-River-7-Stones"
FORM = "application/x-www-form-urlencoded"


def measure() -> list[dict[str, Any]]:
    """Run in a data folder of its own."""
    with tempfile.TemporaryDirectory(prefix="fanghu-bench-") as home:
        environment = os.environ | {
            "FANGHU_HOME": home,
            "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
            "DJANGO_SETTINGS_MODULE": "fanghu.settings",
            "DATABASE_URL": "",
        }
        run = subprocess.run([sys.executable, __file__], env=environment, stdout=subprocess.PIPE, check=True)
    found: list[dict[str, Any]] = json.loads(run.stdout)
    return found


def main() -> None:
    """Measure in the data folder of this process and print the rows."""
    import django

    django.setup()
    from django.core.management import call_command

    from fanghu.auditlog.actions import open_log

    call_command("migrate", verbosity=0)
    Path(os.environ["FANGHU_HOME"], "static").mkdir(exist_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0)
    open_log(datetime.now(UTC))
    known = [f"known-{number}" for number in range(ATTEMPTS)]
    furnish(known)
    rows = cpu(known[-TRIES:])
    rows.extend(timing(known))
    print(json.dumps(rows))


def furnish(known: list[str]) -> None:
    """Accounts with one password, and a lock on "locked" that outlasts the measurement."""
    from django.apps import apps
    from django.contrib.auth.hashers import make_password

    from fanghu.accounts.models import Account
    from fanghu.signin.attempts import hash_of
    from fanghu.signin.models import Lock

    now, password = datetime.now(UTC), make_password(PASSWORD)
    week = now - timedelta(days=7)
    person = apps.get_model("register", "Person").objects.create(number="S-1", name="Everybody")
    Account.objects.bulk_create(
        Account(
            login_id=name,
            person=person,
            password=password,
            display_name=name,
            valid_from=week,
            created_at=week,
            password_set_at=week,
        )
        for name in known
    )
    Lock.objects.create(
        id_hash=hash_of("locked"), reason="password", from_at=now, until=now + timedelta(hours=6), failures=3
    )


def body(login_id: str, password: str = "wrong") -> bytes:  # noqa: S107 - wrong on purpose
    """A form with a proof as good as one that was worked for."""
    from fanghu.signin.challenge import Purpose, bound_to, key
    from fanghu.signin.proof_of_work import given

    proof = given(key(), "sign-in", bound_to(Purpose.SIGN_IN, login_id), 10**9, datetime.now(UTC))
    return urlencode({"csrfmiddlewaretoken": TOKEN, "login": login_id, "password": password, "proof": proof}).encode()


TOKEN = "b" * 32  # Django's CSRF pair: a cookie and a field with the same secret
HEADERS = {"Cookie": f"__Host-fanghu-csrf={TOKEN}", "Content-Type": FORM, "Accept-Language": "zh-TW"}


def cpu(known: list[str]) -> list[dict[str, Any]]:
    """CPU of attempts through the whole application, beside that of one hash."""
    from django.conf import settings
    from django.contrib.auth.hashers import check_password, make_password
    from django.core.wsgi import get_wsgi_application

    settings.FANGHU_SIGNIN_DEADLINE = 0
    application = get_wsgi_application()
    sources = iter(f"10.{number // 65_536}.{number // 256 % 256}.{number % 256}" for number in range(10**6))

    def attempt(sent: bytes) -> None:
        answer = application(environ(sent, next(sources)), lambda status, *_rest: statuses.append(status))
        b"".join(answer)
        answer.close()

    statuses: list[str] = []
    stored = make_password(PASSWORD)
    trial = [body(name) for name in known]
    for sent in trial[:5]:
        attempt(sent)
    hashing = spent(lambda _none: check_password("wrong", stored), [None] * 60)
    tried = spent(attempt, trial[5:])
    entered = spent(attempt, [body(name, PASSWORD) for name in known[: len(known) // 3]])
    locked = spent(attempt, [body("locked") for _number in range(TRIES)])
    bare = urlencode({"csrfmiddlewaretoken": TOKEN, "login": known[0], "password": "wrong"}).encode()
    challenged = spent(attempt, [bare] * TRIES)
    assert {status[:3] for status in statuses} == {"302"}, set(statuses)
    return [
        share("an attempt to sign in", hashing, tried),
        share("a sign-in with the right password and its session", hashing, entered),
        row("refused for a missing proof: CPU", round(challenged, 2), "ms", 1, f"a hash would be {hashing:.1f} ms"),
        row("refused by a lock: CPU", round(locked, 2), "ms", 1, f"a hash would be {hashing:.1f} ms"),
    ]  # fmt: skip


def share(name: str, hashing: float, whole: float) -> dict[str, Any]:
    """How much of the CPU of ``name`` is the hash, in per cent."""
    found = round(100 * hashing / whole)
    beside = f"one Argon2id hash: {hashing:.1f} ms of CPU, the whole: {whole:.1f} ms"
    name = f"{name}: share of the hash in its CPU"
    return {"name": name, "value": found, "unit": "%", "target": ">=70", "met": found >= 70, "peer": beside}


def environ(sent: bytes, source: str) -> dict[str, Any]:
    """One POST to the sign-in page as the server hands it over."""
    return {
        "REQUEST_METHOD": "POST", "PATH_INFO": "/sign-in/", "SCRIPT_NAME": "", "QUERY_STRING": "",
        "SERVER_NAME": "localhost", "SERVER_PORT": "443", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(sent), "wsgi.errors": sys.stderr, "wsgi.version": (1, 0), "wsgi.multithread": True,
        "wsgi.multiprocess": False, "wsgi.run_once": False, "CONTENT_TYPE": FORM, "CONTENT_LENGTH": str(len(sent)),
        "REMOTE_ADDR": source, "HTTP_HOST": "localhost", "HTTP_REFERER": "https://localhost/sign-in/",
        "HTTP_COOKIE": HEADERS["Cookie"], "HTTP_ACCEPT_LANGUAGE": "zh-TW",
    }  # fmt: skip


def spent(deed: Callable[[Any], Any], things: list[Any]) -> float:
    """Milliseconds of CPU that ``deed`` takes for one of ``things``, on average."""
    began = time.process_time()
    for thing in things:
        deed(thing)
    return (time.process_time() - began) / len(things) * 1_000


def timing(known: list[str]) -> list[dict[str, Any]]:
    """Times over TLS for known, unknown and locked ids in mixed order; how far apart their medians can be."""
    from fanghu.cli.up import server_command
    from fanghu.keys.authority import ensure_certificate

    home = Path(os.environ["FANGHU_HOME"])
    port = random.randint(20_000, 50_000)
    certificate = ensure_certificate(home, ["127.0.0.1"], datetime.now(UTC))
    command = server_command("127.0.0.1", port, certificate)
    command[command.index("--blocking-threads") + 1] = str(THREADS)
    server = subprocess.Popen(command, stdout=sys.stderr)
    context = ssl.create_default_context(cafile=str(certificate.authority))
    over = threading.Event()
    sealer = threading.Thread(target=keep_sealing, args=[over])
    try:
        wait_for(port, context)
        sealer.start()
        jobs = [("known", known[number // 2]) for number in range(ATTEMPTS)]
        jobs += [("unknown", f"nobody-{number // 2}") for number in range(ATTEMPTS)]
        jobs += [("locked", "locked")] * ATTEMPTS
        random.Random(7).shuffle(jobs)
        parts = [jobs[start : start + A_CONNECTION] for start in range(0, len(jobs), A_CONNECTION)]
        with ThreadPoolExecutor(WORKERS) as pool:
            found = list(pool.map(lambda part: list(visit(port, context, *part)), enumerate(parts)))
    finally:
        over.set()
        if sealer.ident:
            sealer.join()
        server.terminate()
        server.wait(10)
    times: dict[str, list[float]] = {}
    for kind, took in (each for part in found for each in part):
        times.setdefault(kind, []).append(took)
    return [
        compared(times, one, two) for one, two in (("known", "unknown"), ("known", "locked"), ("unknown", "locked"))
    ]


def wait_for(port: int, context: ssl.SSLContext) -> None:
    """Return when the server answers."""
    for _second in range(60):
        try:
            line = HTTPSConnection("127.0.0.1", port, context=context, timeout=5)
            line.request("GET", "/sign-in/")
            line.getresponse().read()
        except OSError:
            time.sleep(0.5)
        else:
            return
    raise RuntimeError("the server did not come to serve")


def keep_sealing(over: threading.Event) -> None:
    """Seal what the attempts leave, as the keeper does."""
    from fanghu.auditlog.actions import seal_now

    while not over.wait(3):
        seal_now(wait=True)


def visit(port: int, context: ssl.SSLContext, number: int, part: list[tuple[str, str]]) -> Iterator[tuple[str, float]]:
    """One source's attempts over one connection: which kind of id, and the milliseconds to the answer."""
    source = f"127.{64 + number // 250}.{number % 250}.1"
    line = HTTPSConnection("127.0.0.1", port, context=context, timeout=30, source_address=(source, 0))
    headers = {**HEADERS, "Referer": f"https://127.0.0.1:{port}/sign-in/"}
    line.connect()
    for kind, login_id in part:
        sent = body(login_id)
        began = time.perf_counter()
        line.request("POST", "/sign-in/", sent, headers)
        answer = line.getresponse()
        answer.read()
        took = time.perf_counter() - began
        assert answer.status == 302, answer.status
        assert "again=FH-SGN-0" in answer.headers["Location"], answer.headers["Location"]
        yield kind, took * 1_000
    line.close()


def compared(times: dict[str, list[float]], one: str, two: str) -> dict[str, Any]:
    """How far from zero the 95 % interval of the difference of two medians reaches (bootstrap)."""
    chance = random.Random(7)
    differences = sorted(
        statistics.median(chance.choices(times[one], k=ATTEMPTS))
        - statistics.median(chance.choices(times[two], k=ATTEMPTS))
        for _resample in range(RESAMPLES)
    )
    low, high = differences[int(0.025 * RESAMPLES)], differences[int(0.975 * RESAMPLES) - 1]
    middles = f"medians {statistics.median(times[one]):.1f} and {statistics.median(times[two]):.1f} ms"
    beside = f"95 % interval {low:+.2f} … {high:+.2f} ms; {middles}; {ATTEMPTS} attempts each"
    return row(f"{one} against {two} ids: time apart at most", round(max(abs(low), abs(high)), 2), "ms", 1, beside)


def row(name: str, value: float, unit: str, target: float, peer: str) -> dict[str, Any]:
    """One line of the benchmark."""
    return {"name": name, "value": value, "unit": unit, "target": target, "met": value <= target, "peer": peer}


if __name__ == "__main__":
    main()
