"""Access and error logs of nginx and Apache (combined format); pure.

What an outsider types (path, referrer, agent) stands in quotes that the servers escape, so it cannot forge a field. The
index keeps the path without its query, which may carry secrets; the line itself stays as evidence.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

from fanghu.auditlog.parsers.reading import MONTHS, UNREAD, Reading, Stamp, Values

_ACCESS = re.compile(
    r'(?P<place>[^\s"]+) \S+ (?P<actor>[^"\[]*?) \[(?P<time>[^\]]{20,30})\] "(?P<asked>(?:[^"\\]|\\.)*)" '
    r"(?P<status>\d{3}) (?P<size>\d+|-)(?P<rest>.*)",
    re.DOTALL,
)
_TIME = re.compile(r"(\d\d)/([A-Z][a-z]{2})/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)")
_NGINX_ERROR = re.compile(
    r"(?P<time>\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) \[(?P<level>\w+)\] (?P<pid>\d{1,10})#\d+: (?:\*\d+ )?(?P<text>.*)",
    re.DOTALL,
)
_NGINX_CLIENT = re.compile(r", client: (?P<place>[0-9A-Fa-f:.]+), server: ")
_APACHE_ERROR = re.compile(
    r"\[(?P<time>[A-Z][a-z]{2} (?P<month>[A-Z][a-z]{2}) (?P<day>\d\d) (?P<clock>\d\d:\d\d:\d\d)(?:\.\d{1,6})? (?P<year>\d{4}))\] "
    r"\[(?:\w+:)?(?P<level>\w+)\](?: \[pid (?P<pid>\d{1,10})[^\]]*\])?(?: \[client (?P<place>[^\]\s]+)\])? ?(?P<text>.*)",
    re.DOTALL,
)
_PORT = re.compile(r"(?P<place>.+):\d{1,5}")


def nginx(line: bytes) -> Reading:
    """One line of an access or error log of nginx."""
    text = _text(line)
    return _access(text, "nginx") or _nginx_error(text) or UNREAD


def apache(line: bytes) -> Reading:
    """One line of an access or error log of Apache."""
    text = _text(line)
    return _access(text, "apache") or _apache_error(text) or UNREAD


def _text(line: bytes) -> str:
    return line.decode("utf-8", "backslashreplace").rstrip("\r\n")


def _access(text: str, app: str) -> Reading | None:
    found = _ACCESS.fullmatch(text)
    stamp = _moment(found["time"]) if found else None
    if found is None or stamp is None:
        return None
    status = int(found["status"])
    method, _space, asked = found["asked"].partition(" ")
    detail: Values = {"status": status, "method": method[:20]}
    if found["size"] != "-":
        detail["bytes"] = int(found["size"][:15])
    actor = found["actor"] if found["actor"] != "-" else ""
    path = asked.rsplit(" ", 1)[0].partition("?")[0]
    return Reading(
        stamp,
        "",
        "page.requested",
        "success" if status < 400 else "failure",
        actor,
        found["place"],
        1,
        detail,
        app,
        path,
    )


def _moment(text: str) -> Stamp | None:
    found = _TIME.fullmatch(text)
    if found is None or found[2] not in MONTHS:
        return None
    day, _month, year, hour, minute, second, sign, hours, minutes = found.groups()
    ahead = timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == "-" else 1)
    try:
        return Stamp(
            at=datetime(
                int(year), MONTHS[found[2]], int(day), int(hour), int(minute), int(second), tzinfo=timezone(ahead)
            )
        )
    except ValueError:
        return None


def _nginx_error(text: str) -> Reading | None:
    found = _NGINX_ERROR.fullmatch(text)
    if found is None:
        return None
    try:
        stamp = Stamp(at=datetime.strptime(found["time"], "%Y/%m/%d %H:%M:%S"))  # noqa: DTZ007 - nginx states no zone
    except ValueError:
        return None
    clients = list(_NGINX_CLIENT.finditer(found["text"]))
    place = clients[0]["place"] if len(clients) == 1 else ""  # a path may hold the same words: then nobody is named
    return Reading(
        stamp,
        "",
        "server.error",
        "failure",
        place=place,
        detail={"level": found["level"], "pid": int(found["pid"])},
        app="nginx",
    )


def _apache_error(text: str) -> Reading | None:
    found = _APACHE_ERROR.fullmatch(text)
    if found is None or found["month"] not in MONTHS:
        return None
    hour, minute, second = (int(part) for part in found["clock"].split(":"))
    try:
        at = datetime(int(found["year"]), MONTHS[found["month"]], int(found["day"]), hour, minute, second)  # noqa: DTZ001
    except ValueError:
        return None
    detail: Values = {"level": found["level"]}
    if found["pid"]:
        detail["pid"] = int(found["pid"])
    failed = found["level"] in ("error", "crit", "alert", "emerg")
    place = found["place"] or ""
    with_port = _PORT.fullmatch(place) if place.count(":") == 1 or place.startswith("[") else None
    return Reading(
        Stamp(at=at), "", "server.error" if failed else "server.notice", "failure" if failed else "",
        place=with_port["place"] if with_port else place, detail=detail, app="apache",
    )  # fmt: skip
