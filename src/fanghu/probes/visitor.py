"""A visitor over HTTPS with cookies and forms, as a browser without script would be."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.client import HTTPException
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, HTTPSHandler, OpenerDirector, ProxyHandler, Request, build_opener

MOST = 2_000_000


class Unreachable(Exception):
    """The system did not answer; a drill that meets this is not_reached, never passed."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer after redirects: final address, status, and text (at most 2 MB)."""

    url: str
    status: int
    text: str


class _Hidden(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "input" and named.get("type") == "hidden" and named.get("name"):
            self.fields.setdefault(named["name"] or "", named.get("value") or "")


@dataclass(slots=True)
class Visitor:
    """Keeps cookies between calls. ``authority`` is the CA file to trust beside the machine's own."""

    base_url: str
    authority: Path | None = None
    timeout: float = 15.0
    _opener: OpenerDirector = field(init=False)

    def __post_init__(self) -> None:
        context = ssl.create_default_context()
        if self.authority is not None and self.authority.exists():
            context.load_verify_locations(cafile=str(self.authority))
        self._opener = build_opener(ProxyHandler({}), HTTPSHandler(context=context), HTTPCookieProcessor(CookieJar()))
        self._opener.addheaders = [("User-Agent", "fanghu-drill"), ("Accept-Language", "en")]

    def get(self, path: str) -> Answer:
        """Fetch a page; Unreachable when nothing answers."""
        return self._send(self._ask(urljoin(self.base_url, path)))

    def submit(self, path: str, fields: dict[str, str]) -> Answer:
        """Load the page at ``path`` and send its (only) form with its hidden fields and ``fields``."""
        page = self.get(path)
        hidden = _Hidden()
        hidden.feed(page.text)
        body = urlencode({**hidden.fields, **fields}).encode()
        return self._send(self._ask(page.url, body))

    def _ask(self, url: str, body: bytes | None = None) -> Request:
        if not url.startswith(self.base_url):  # also keeps file: and other schemes out
            raise Unreachable(f"led away from {self.base_url}")
        return Request(url, data=body, headers={"Referer": url})  # noqa: S310 - the scheme is that of base_url

    def _send(self, request: Request) -> Answer:
        try:
            with self._opener.open(request, timeout=self.timeout) as answer:
                return Answer(answer.url, answer.status, answer.read(MOST).decode("utf-8", "replace"))
        except HTTPError as refused:
            return Answer(refused.url, refused.code, refused.read(MOST).decode("utf-8", "replace"))
        except (URLError, HTTPException, OSError) as error:
            raise Unreachable(str(error)) from error
