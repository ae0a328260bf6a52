"""Entries of journald as journalctl gives them: one record of the export format, or one object of ``-o json``; pure.

systemd.io/JOURNAL_EXPORT_FORMATS: ``NAME=value`` lines; a value with line feeds or binary bytes is the bare name, a
little-endian 64-bit length, the bytes and a line feed. Fields that begin with ``_`` are journald's own and cannot be given by
a program; ``SYSLOG_IDENTIFIER`` and ``MESSAGE`` are what a program says of itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

import msgspec

from fanghu.auditlog.parsers import syslog
from fanghu.auditlog.parsers.reading import UNREAD, Head, Reading, Stamp, Values

NAME = re.compile(rb"[A-Z_][A-Z0-9_]{0,63}")
CUT = "__FANGHU_CUT"
"""Our own field of a record that was too long: name, bytes and SHA-256 of a field that was left out of it."""
FOLDERS = ("/usr/", "/bin/", "/sbin/", "/lib/", "/opt/", "/nix/")
"""Where only an administrator puts programs."""
MOST_MICROSECONDS = 253_402_300_799_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Fields = Mapping[str, bytes]


def read(line: bytes) -> Reading:
    """One entry; what its program said is read by the program that is proven to have said it."""
    found = fields(line)
    if found is None:
        return UNREAD
    stamp, host, program = _stamp(found), _text(found, "_HOSTNAME"), _program(found)
    if stamp is None or not ("MESSAGE" in found or program):
        return UNREAD
    head = Head(stamp, host, program, _number(found, "_PID", "SYSLOG_PID"), _text(found, "MESSAGE"), 1, -1)
    added = _detail(found)
    if is_proven(found, program):
        inner = syslog.said(head)
        return msgspec.structs.replace(inner, stamp=stamp, detail={**added, **inner.detail})
    return Reading(stamp, host, "program.said", detail={**head.detail, **added}, app=program)


def is_proven(found: Fields, program: str) -> bool:
    """Whether ``program`` said it, or somebody in its name (``logger -t sshd``): by what journald itself saw of the sender.

    Root may say anything. Of others the file that ran must bear the program's name and lie where only an administrator puts
    files; a sender that was gone before journald looked proves nothing.
    """
    if "_UID" not in found:
        return CUT not in found  # the kernel, or a journal that states no senders
    if found["_UID"] == b"0":
        return True
    path = _text(found, "_EXE").removesuffix(" (deleted)")
    if not path.startswith(FOLDERS) or "/../" in path:
        return False
    return path.rsplit("/", 1)[-1].casefold() == program.casefold()


def stamp(line: bytes) -> Stamp | None:
    """When it happened."""
    found = fields(line)
    return _stamp(found) if found else None


def fields(line: bytes) -> dict[str, bytes] | None:
    """The fields of an entry, of one that comes twice the first; None for what is no entry."""
    pairs = _of_json(line) if line.startswith(b"{") else _of_export(line)
    found: dict[str, bytes] = {}
    try:
        for name, value in pairs:
            if not NAME.fullmatch(name):
                return None
            found.setdefault(name.decode(), value)
    except (ValueError, IndexError, RecursionError, msgspec.DecodeError):
        return None
    return found or None


def _of_export(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at < len(data):
        end = data.find(b"\n", at)
        end = len(data) if end < 0 else end
        name, equals, value = data[at:end].partition(b"=")
        if not equals:
            start = end + 9
            stop = start + int.from_bytes(data[end + 1 : start], "little")
            if stop > len(data):
                raise ValueError("cut short")
            value, end = data[start:stop], stop
        yield name, value
        at = end + 1


def _of_json(line: bytes) -> Iterator[tuple[bytes, bytes]]:
    said = msgspec.json.decode(line)
    for name, value in said.items():
        yield name.encode(), _value(value)


def _value(value: object) -> bytes:
    """Text, a list of bytes, a list of such where a field comes more than once, null where journalctl left it out."""
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    if isinstance(value, list) and value:
        return _value(value[0]) if isinstance(value[0], str | list) else bytes(value)
    if value is None or value == []:
        return b""
    raise ValueError("no value of journald's")


def _program(found: Fields) -> str:
    said = _text(found, "SYSLOG_IDENTIFIER") or _text(found, "_COMM")
    return said.rsplit("/", 1)[-1][:255]


def _detail(found: Fields) -> Values:
    detail: Values = {}
    priority, uid = found.get("PRIORITY", b""), found.get("_UID", b"")
    if priority in (b"0", b"1", b"2", b"3", b"4", b"5", b"6", b"7"):
        detail["severity"] = int(priority)
    if uid.isdigit() and len(uid) <= 10:
        detail["uid"] = int(uid)
    if unit := _text(found, "_SYSTEMD_UNIT"):
        detail["unit"] = unit[:255]
    if CUT in found:
        detail["cut"] = 1
    return detail


def _stamp(found: Fields) -> Stamp | None:
    for name in ("_SOURCE_REALTIME_TIMESTAMP", "__REALTIME_TIMESTAMP"):
        text = found.get(name, b"")
        if text.isdigit() and len(text) <= 18 and int(text) <= MOST_MICROSECONDS:
            return Stamp(at=_EPOCH + timedelta(microseconds=int(text)))
    return None


def _number(found: Fields, *names: str) -> int:
    texts = (found.get(name, b"") for name in names)
    return next((int(text) for text in texts if text.isdigit() and len(text) <= 10), 0)


def _text(found: Fields, name: str) -> str:
    return found.get(name, b"").decode("utf-8", "backslashreplace")
