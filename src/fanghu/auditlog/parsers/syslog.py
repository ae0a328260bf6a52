"""Messages of syslog: the envelope of RFC 5424 or RFC 3164, and inside it what the program said; pure.

Which parser reads a message is chosen by the program that the envelope names, never by how the message begins: programs log
what strangers typed. JSON in messages is read only of a source that is declared to write it (``syslog-json``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from msgspec.structs import replace

from fanghu.auditlog.parsers import linux_auth, ndjson, openssh, postgresql, web
from fanghu.auditlog.parsers.reading import UNREAD, Head, Reading, Values, head_of, whole

_FIVE = re.compile(
    r"<(?P<pri>\d{1,3})>1 (?P<time>\S{1,40}) (?P<host>\S{1,255}) (?P<app>\S{1,48}) (?P<pid>\S{1,128}) (?P<id>\S{1,32}) (?P<rest>.*)",
    re.DOTALL,
)
_ELEMENT = re.compile(r'\[(?P<id>[^\s=\]"]{1,32})(?P<pairs>(?: [^\s=\]"]{1,32}="(?:[^"\\\]]|\\.)*")*)\]')
_PAIR = re.compile(r' (?P<name>[^\s=\]"]{1,32})="(?P<value>(?:[^"\\\]]|\\.)*)"')
_BOM = "\ufeff"
PROGRAMS = linux_auth.PROGRAMS | {*openssh.PROGRAMS}
MOST = 20
"""Parameters of structured data that the index keeps."""

INNER: Mapping[str, Callable[[bytes], Reading]] = {
    "nginx": web.nginx, "apache2": web.apache, "httpd": web.apache, "apache": web.apache,
}  # fmt: skip
IN_JSON: Mapping[str, Callable[[bytes], Reading]] = {"postgres": postgresql.read, "postgresql": postgresql.read}


def read(line: bytes) -> Reading:
    """One message as it came (without its framing)."""
    return _read(line, said)


def read_with_json(line: bytes) -> Reading:
    """The same of a source whose programs are declared to write their messages as JSON objects."""
    return _read(line, _said_in_json)


def _read(line: bytes, inside: Callable[[Head], Reading]) -> Reading:
    text = line.decode("utf-8", "backslashreplace").rstrip("\r\n")
    five = _FIVE.fullmatch(text)
    if five is not None:
        return _five(five, inside)
    head = head_of(line)
    return UNREAD if head is None else inside(head)


def _five(found: re.Match[str], inside: Callable[[Head], Reading]) -> Reading:
    stamp = whole(found["time"]) if found["time"] != "-" else None
    detail, message = _structured(found["rest"])
    host, app, pid = (value if value != "-" else "" for value in (found["host"], found["app"], found["pid"]))
    if found["id"] != "-":
        detail["msgid"] = found["id"]
    if int(found["pri"]) < 192:
        detail["severity"] = int(found["pri"]) % 8
    number = int(pid) if pid.isascii() and pid.isdigit() and len(pid) <= 10 else 0
    if stamp is None:  # NILVALUE: whoever relays it knew no time
        return Reading(None, host, "program.said", detail=detail, app=app, times=1)
    inner = inside(Head(stamp, host, app.rsplit("/", 1)[-1], number, message, 1, -1))
    return replace(inner, stamp=stamp, host=inner.host or host, detail={**detail, **inner.detail})


def _structured(rest: str) -> tuple[Values, str]:
    """The parameters of the structured data, by ``element.name``, and the message after it."""
    detail: Values = {}
    if rest.startswith("-"):
        return detail, _message(rest[2:])
    at = 0
    while found := _ELEMENT.match(rest, at):
        at = found.end()
        for pair in _PAIR.finditer(found["pairs"]):
            if len(detail) < MOST:
                value = re.sub(r"\\([\"\\\]])", r"\1", pair["value"])
                detail[f"{found['id'].partition('@')[0]}.{pair['name']}"] = value[:255]
    return detail, _message(rest[at + 1 :])


def _message(text: str) -> str:
    """Without the byte order mark of RFC 5424, and without the blank that rsyslog keeps from the tag of RFC 3164."""
    return text.removeprefix(_BOM).lstrip(" ")


def said(head: Head) -> Reading:
    """What the program of this head said, with what the envelope knows better."""
    reader = INNER.get(head.program)
    inner = _by(reader, head) if reader else None
    return inner or linux_auth.said(head)


def _said_in_json(head: Head) -> Reading:
    """The same; PostgreSQL and programs that no parser is for may have said a JSON object."""
    known = head.program in INNER or head.program in PROGRAMS
    inner = None if known or not head.text.startswith("{") else _by(IN_JSON.get(head.program, ndjson.read), head)
    return inner or said(head)


def _by(read_: Callable[[bytes], Reading], head: Head) -> Reading | None:
    inner = read_(head.text.encode("utf-8", "surrogateescape"))
    if inner.verbatim:
        return None
    zoned = inner.stamp is not None and inner.stamp.at is not None and inner.stamp.at.tzinfo is not None
    return replace(
        inner,
        stamp=inner.stamp if zoned else head.stamp,
        host=head.host or inner.host,
        app=head.program,
        detail={**head.detail, **inner.detail},
    )
