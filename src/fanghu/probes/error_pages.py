"""What a page of error says, and what it gives away (OWASP WSTG-ERRH-01, WSTG-ERRH-02)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser

LONGEST = 600  # characters a reader sees, menus included
LEAKS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("traceback", re.compile(r"Traceback \(most recent|\bat [\w.$]+\([\w.]+:\d+\)|^\s*#\d+ .+\(\d+\)", re.MULTILINE)),
    ("exception", re.compile(r"\b[A-Z]\w*(?:Error|Exception)\b")),
    ("source line", re.compile(r'File "[^"]+", line \d+|\bline \d+\b.*\b(?:in|of)\b|\.(?:py|php|java|cs|rb|go):\d+')),
    ("path", re.compile(r"(?<![\w/.:])/(?:usr|home|var|opt|srv|etc|root|tmp|work)/[\w.-]+|\b[A-Z]:\\\w+")),
    ("SQL", re.compile(r"\bSELECT\b.+\bFROM\b|\bINSERT INTO\b|SQLSTATE|ORA-\d{5}|no such (?:table|column)"
                       r"|relation \W?\w+\W? does not exist|syntax error at or near", re.IGNORECASE)),
    ("program and version", re.compile(
        r"\b(?:Python|Django|PHP|Apache|nginx|Tomcat|IIS|Jetty|Express|Werkzeug|gunicorn|granian|OpenSSL|PostgreSQL|"
        r"MySQL|SQLite|Oracle|Microsoft-IIS|ASP\.NET)[ /-]?v?\d+(?:\.\d+)+", re.IGNORECASE)),
    ("debugging page", re.compile(r"DEBUG ?= ?True|You're seeing this error because|Werkzeug Debugger|<b>Warning</b>:")),
)  # fmt: skip
"""What an attacker learns from: the name of each kind, and how it is found in the page's source and headers."""
TELLING = ("server", "x-powered-by", "x-aspnet-version", "x-generator", "x-runtime", "x-debug-token")
CODE = re.compile(r"\b(?=[A-Z0-9-]*[A-Z])(?=[A-Z0-9-]*\d)[A-Z0-9]+(?:-[A-Z0-9]+)+\b|\b[A-Z]{1,5}\d{2,6}\b")


class _Visible(HTMLParser):
    """The text a reader sees, scripts, styles and the head left out."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden += tag in {"script", "style", "head"}

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in {"script", "style", "head"} and self.hidden > 0

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.words.append(data)


@dataclass(frozen=True, slots=True)
class ErrorSeen:
    """One provoked error: what was done (``kind``), the status, the length of what a reader sees, the code, what leaked."""

    kind: str
    status: int
    length: int
    code: str
    leaks: tuple[str, ...]


def visible(page: str) -> str:
    """The text a reader sees, blanks folded."""
    reader = _Visible()
    reader.feed(page)
    return " ".join(" ".join(reader.words).split())


def leaks_of(page: str, headers: Mapping[str, str], secrets: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The kinds of detail that a page or its headers give away; ``secrets`` are words planted in the provoked error."""
    found = [name for name, pattern in LEAKS if pattern.search(page)]
    telling = " ".join(headers.get(name, "") for name in TELLING)
    if re.search(r"\d+\.\d+", telling) or headers.get("x-powered-by"):
        found.append("headers")
    if any(secret in page for secret in secrets):
        found.append("the error's own text")
    return tuple(found)


def read(kind: str, status: int, page: str, headers: Mapping[str, str], secrets: tuple[str, ...] = ()) -> ErrorSeen:
    """Judge one answer to a provoked error."""
    text = visible(page)
    code = CODE.search(text)
    return ErrorSeen(kind, status, len(text), code.group() if code else "", leaks_of(page, headers, secrets))
