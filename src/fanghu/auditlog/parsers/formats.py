"""The formats that records may come in, by the name a source declares; pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from fanghu.auditlog.parsers import journal, linux_auth, ndjson, openssh, postgresql, syslog, web, windows
from fanghu.auditlog.parsers.reading import UNREAD, Reading, Stamp, stamp_of
from fanghu.testimony import _

_PRIORITY = re.compile(rb"<\d{1,3}>")


@dataclass(frozen=True, slots=True)
class Format:
    """How lines of a format are read; ``stamp`` reads their time alone, for a first pass over a file."""

    name: str
    label: str
    read: Callable[[bytes], Reading]
    stamp: Callable[[bytes], Stamp | None]


def _sent(read: Callable[[bytes], Reading]) -> Callable[[bytes], Reading]:
    """Reads a line as a file has it; one that syslog brought, with ``<PRI>`` before it, is read as syslog is."""
    return lambda line: (syslog.read if _PRIORITY.match(line) else read)(line)


def _plain(_line: bytes) -> Reading:
    return UNREAD


def _within(read: Callable[[bytes], Reading]) -> Callable[[bytes], Stamp | None]:
    """The stamp of a format whose lines must be read to know it."""
    return lambda line: read(line).stamp


def _none(_line: bytes) -> Stamp | None:
    return None


FORMATS: Mapping[str, Format] = {
    each.name: each
    for each in (
        Format("openssh", _("OpenSSH server"), _sent(openssh.read), stamp_of),
        Format("linux-auth", _("Linux sign-in and rights (PAM, sudo, su)"), _sent(linux_auth.read), stamp_of),
        Format("syslog", _("syslog (RFC 5424 or 3164)"), syslog.read, stamp_of),
        Format("syslog-json", _("syslog whose programs write JSON"), syslog.read_with_json, stamp_of),
        Format("journal", _("journald (export format or JSON)"), journal.read, journal.stamp),
        Format("nginx", _("nginx access or error log"), _sent(web.nginx), _within(web.nginx)),
        Format("apache", _("Apache access or error log"), _sent(web.apache), _within(web.apache)),
        Format("windows", _("Windows security events (JSON or XML)"), _sent(windows.read), _none),
        Format("postgresql", _("PostgreSQL jsonlog, with pgaudit"), _sent(postgresql.read), _within(postgresql.read)),
        Format("ndjson", _("JSON, one object a line"), _sent(ndjson.read), _none),
        Format("plain", _("anything else, kept as it comes"), _plain, _none),
    )
}


def read(format_: str, line: bytes) -> Reading:
    """Read a line of a format; one of a format nobody knows is kept as it stands."""
    found = FORMATS.get(format_)
    return found.read(line) if found else UNREAD
