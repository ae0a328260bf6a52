"""System one behind a TLS front whose strength can change while it serves, probed as the keeper probes it."""

from __future__ import annotations

import io
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.core.wsgi import get_wsgi_application
from django.utils import timezone

from fanghu.endpoints.actions import follow_what_runs, keep
from fanghu.endpoints.jobs import probe_one
from fanghu.endpoints.models import Endpoint
from fanghu.events.doer import KEEPER
from fanghu.keys.authority import Certificate
from tests.honesty.planting import House
from tests.probes.front import certificate, front, strong


@dataclass(slots=True)
class Stage:
    """What stands before the program: the TLS it speaks (None: none), and what it does to answers."""

    held: Certificate
    context: ssl.SSLContext | None
    alter: Callable[[bytes], bytes] = lambda answer: answer


stages: dict[int, Stage] = {}
"""The stage of each house, for its plants."""


def stage(house: House) -> Stage:
    """What stands before this house."""
    return stages[id(house)]


@contextmanager
def served(house: House, settings: Any) -> Iterator[House]:
    """Serve the program itself, middleware and views, on a port of this machine, and probe it once."""
    held = certificate(house.home)
    mine = stages[id(house)] = Stage(held, strong(held))
    with front(lambda request: mine.alter(answer(request)), lambda: mine.context) as port:
        settings.BASE_URL = f"https://127.0.0.1:{port}"
        follow_what_runs(timezone.now())
        probe(house)
        house.now = timezone.now()
        yield house
    del stages[id(house)]


def probe(house: House) -> None:
    """Probe every address again, now."""
    keep([probe_one(row) for row in Endpoint.objects.all()], by=KEEPER, now=timezone.now())
    house.now = timezone.now()


def changed(house: House, **to: Any) -> None:
    """Change what stands before the program, and probe again."""
    here = stage(house)
    for name, value in to.items():
        before = getattr(here, name)
        house.undo.append(lambda name=name, before=before: setattr(here, name, before))  # type: ignore[misc]
        setattr(here, name, value)
    probe(house)


def setting(house: House, name: str, value: Any) -> None:
    """Set a setting, and probe again."""
    house.setting(name, value)
    probe(house)


def answer(request: bytes) -> bytes:
    """The program's own answer to one request, through every middleware as they are set just now."""
    head, _blank, body = request.partition(b"\r\n\r\n")
    line, *lines = head.decode("latin-1").split("\r\n")
    method, target, _version = [*line.split(" "), "", ""][:3]
    path, _mark, query = target.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method, "PATH_INFO": _unquoted(path), "QUERY_STRING": query, "SCRIPT_NAME": "",
        "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "443", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "https", "wsgi.input": io.BytesIO(body), "wsgi.errors": io.StringIO(), "wsgi.version": (1, 0),
        "wsgi.multithread": True, "wsgi.multiprocess": False, "wsgi.run_once": False,
    }  # fmt: skip
    for name, _colon, value in (each.partition(":") for each in lines):
        key = name.upper().replace("-", "_")
        environ[key if key in {"CONTENT_LENGTH", "CONTENT_TYPE"} else f"HTTP_{key}"] = value.strip()
    told: list[str] = []

    def start(status: str, headers: list[tuple[str, str]]) -> None:
        told.extend([f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers), "Connection: close"])

    content = b"".join(get_wsgi_application()(environ, start))
    return "\r\n".join([*told, "", ""]).encode("latin-1") + content


def _unquoted(path: str) -> str:
    from urllib.parse import unquote_to_bytes

    return unquote_to_bytes(path).decode("latin-1")
