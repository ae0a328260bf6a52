"""A visitor over HTTPS with cookies and forms, as a browser without script would be."""

from __future__ import annotations

import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from html.parser import HTMLParser
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urljoin
from urllib.request import (
    HTTPCookieProcessor,
    HTTPHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    build_opener,
)

MOST = 2_000_000


class Unreachable(Exception):
    """The system did not answer; a drill that meets this is not_reached, never passed."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer after redirects: final address, status, text (at most 2 MB) and headers (names in lower case)."""

    url: str
    status: int
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)


class _Hidden(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "input" and named.get("type") == "hidden" and named.get("name"):
            self.fields.setdefault(named["name"] or "", named.get("value") or "")


def hidden_fields(page: str) -> dict[str, str]:
    """The hidden fields of a page's forms; of two with one name the first."""
    found = _Hidden()
    found.feed(page)
    return found.fields


def _answer(url: str, status: int, sent: HTTPResponse | HTTPError) -> Answer:
    headers = {name.lower(): value for name, value in sent.headers.items()}
    return Answer(url, status, sent.read(MOST).decode("utf-8", "replace"), headers)


class _FromSource(HTTPSHandler):
    """HTTPS from a chosen address of this machine."""

    def __init__(self, context: ssl.SSLContext, source: str) -> None:
        super().__init__(context=context)
        self._made = partial(HTTPSConnection, context=context, source_address=(source, 0) if source else None)

    def https_open(self, request: Request) -> HTTPResponse:
        return self.do_open(self._made, request)  # type: ignore[arg-type, return-value]


class _PlainFromSource(HTTPHandler):
    """HTTP from a chosen address of this machine."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self._made = partial(HTTPConnection, source_address=(source, 0) if source else None)

    def http_open(self, request: Request) -> HTTPResponse:
        return self.do_open(self._made, request)  # type: ignore[arg-type, return-value]


def _trusting(authority: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if authority is not None and authority.exists():
        context.load_verify_locations(cafile=str(authority))
    return context


@dataclass(slots=True)
class Visitor:
    """Keeps cookies between calls. ``authority`` is the CA file to trust beside the machine's own.

    ``source`` is the address of this machine to call from ("" leaves it to the system).
    """

    base_url: str
    authority: Path | None = None
    timeout: float = 15.0
    source: str = ""
    cookies: CookieJar = field(default_factory=CookieJar)
    _opener: OpenerDirector = field(init=False)

    def __post_init__(self) -> None:
        self._opener = build_opener(
            ProxyHandler({}),
            _PlainFromSource(self.source),
            _FromSource(_trusting(self.authority), self.source),
            HTTPCookieProcessor(self.cookies),
        )
        self._opener.addheaders = [("User-Agent", "fanghu-drill"), ("Accept-Language", "en")]

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Fetch a page; Unreachable when nothing answers."""
        return self._send(self._ask(urljoin(self.base_url, path), headers=headers))

    def post(self, path: str, fields: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Answer:
        """Send fields as they are, without loading a form first."""
        return self._send(self._ask(urljoin(self.base_url, path), urlencode(fields).encode(), headers))

    def post_once(self, path: str, fields: Mapping[str, str]) -> tuple[Answer, float]:
        """Send fields as they are, go nowhere the answer leads; with the seconds it took, connecting left out."""
        request = self._ask(urljoin(self.base_url, path), urlencode(fields).encode())
        self.cookies.add_cookie_header(request)
        headers = {**dict(self._opener.addheaders), **dict(request.header_items())}
        headers |= {"Content-Type": "application/x-www-form-urlencoded"}
        try:
            line = self._line(request)
            line.connect()
            began = time.monotonic()
            line.request("POST", request.selector, request.data, headers)
            sent = line.getresponse()
            answer = _answer(request.full_url, sent.status, sent)
            took = time.monotonic() - began
            self.cookies.extract_cookies(sent, request)
            line.close()
        except (HTTPException, OSError) as error:
            raise Unreachable(str(error)) from error
        return answer, took

    def _line(self, request: Request) -> HTTPConnection:
        source = (self.source, 0) if self.source else None
        if request.type == "https":
            return HTTPSConnection(
                request.host, timeout=self.timeout, source_address=source, context=_trusting(self.authority)
            )
        return HTTPConnection(request.host, timeout=self.timeout, source_address=source)

    def submit(self, path: str, fields: Mapping[str, str]) -> Answer:
        """Load the page at ``path`` and send its (only) form with its hidden fields and ``fields``."""
        page = self.get(path)
        return self._send(self._ask(page.url, urlencode({**hidden_fields(page.text), **fields}).encode()))

    def _ask(self, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Request:
        if not url.startswith(self.base_url):  # also keeps file: and other schemes out
            raise Unreachable(f"led away from {self.base_url}")
        return Request(url, data=body, headers={"Referer": url, **(headers or {})})  # noqa: S310 - base_url's scheme

    def _send(self, request: Request) -> Answer:
        try:
            with self._opener.open(request, timeout=self.timeout) as answer:
                return _answer(answer.url, answer.status, answer)
        except HTTPError as refused:
            return _answer(refused.url, refused.code, refused)
        except (URLError, HTTPException, OSError) as error:
            raise Unreachable(str(error)) from error
