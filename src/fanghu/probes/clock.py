"""How well a clock is kept: the kernel's own word, a time daemon's, and the offset from a server (RFC 5905 client).

None of it needs root. The kernel's word is adjtimex(2) read only; the daemon's is ``chronyc -c tracking``.
"""

from __future__ import annotations

import ctypes
import shutil
import socket
import struct
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

UNSYNCHRONISED = 0x0040  # STA_UNSYNC
ERROR = 5  # TIME_ERROR
ERA = 2_208_988_800  # seconds from 1900 (NTP) to 1970
PACKET = struct.Struct(">BBbbIII8s8s8s8s")
CLIENT, SERVER, VERSION = 3, 4, 4
UNKNOWN_LEAP, DEAF_STRATUM = 3, 16
ADDRESSES = 3
FARTHEST = 1.0
"""Seconds that a server may itself be away from its reference before its word is worth nothing."""

Problem = Literal["", "unreachable", "garbled", "not_ours", "refused", "unsynchronised"]


@dataclass(frozen=True, slots=True)
class KernelClock:
    """What the kernel says: whether something keeps it synchronised, and the largest error it reckons with, seconds."""

    synchronised: bool
    max_error: float


@dataclass(frozen=True, slots=True)
class DaemonClock:
    """What chrony says: whether it is synchronised, to what, how far off it is, and when it last heard, as a timestamp."""

    synchronised: bool
    reference: str
    stratum: int
    offset: float
    heard_at: float


@dataclass(frozen=True, slots=True)
class ServerAnswer:
    """One server's answer: ``offset`` is how far our clock is behind it, in seconds, known to ``delay``/2 and its distance.

    ``problem`` is "" for an answer that counts; ``detail`` a server's refusal code (kiss of death) or the error.
    """

    server: str
    problem: Problem
    offset: float = 0.0
    delay: float = 0.0
    stratum: int = 0
    detail: str = ""


class _Timex(ctypes.Structure):
    _fields_ = [
        ("modes", ctypes.c_uint), ("offset", ctypes.c_long), ("freq", ctypes.c_long), ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long), ("status", ctypes.c_int), ("rest", ctypes.c_char * 256),
    ]  # fmt: skip


def kernel_clock() -> KernelClock | None:
    """The kernel's word; None where there is no adjtimex (other than Linux)."""
    try:
        asked = _Timex(modes=0)
        answer = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(asked))
    except (OSError, AttributeError):
        return None
    if answer < 0:
        return None
    return KernelClock(answer != ERROR and not asked.status & UNSYNCHRONISED, asked.maxerror / 1e6)


def daemon_clock(command: str = "chronyc", *options: str) -> DaemonClock | None:
    """chrony's word; None where it is not installed or not running."""
    path = shutil.which(command)
    if path is None:
        return None
    try:
        told = subprocess.run(
            [path, "-n", *options, "-c", "tracking"], capture_output=True, text=True, timeout=5, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return parse_tracking(told.stdout) if told.returncode == 0 else None


def parse_tracking(line: str) -> DaemonClock | None:
    """Read the 14 fields of ``chronyc -c tracking``; None when they are not those."""
    fields = line.strip().split(",")
    try:
        reference, stratum, heard, offset, leap = (
            fields[1],
            int(fields[2]),
            float(fields[3]),
            float(fields[4]),
            fields[13],
        )
    except (IndexError, ValueError):
        return None
    good = leap != "Not synchronised" and 0 < stratum < DEAF_STRATUM and bool(reference)
    return DaemonClock(good, reference, stratum, offset, heard)


def ask_server(
    server: str, *, port: int = 123, timeout: float = 1.5, clock: Callable[[], float] = time.time
) -> ServerAnswer:
    """Ask a time server once, at the first of its addresses that answers; what makes an answer worthless is named."""
    try:
        found = socket.getaddrinfo(server, port, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError) as why:
        return ServerAnswer(server, "unreachable", detail=str(why))
    told = "no address"
    for family, kind, protocol, _name, address in found[:ADDRESSES]:
        try:
            with socket.socket(family, kind, protocol) as wire:
                wire.settimeout(timeout)
                wire.connect(address)
                sent = clock()
                ours = _stamp(sent)
                wire.send(PACKET.pack(VERSION << 3 | CLIENT, 0, 0, 0, 0, 0, 0, bytes(8), bytes(8), bytes(8), ours))
                return read_answer(server, wire.recv(1024), ours, sent, clock())
        except OSError as why:
            told = str(why)
    return ServerAnswer(server, "unreachable", detail=told)


def read_answer(server: str, data: bytes, ours: bytes, sent: float, received: float) -> ServerAnswer:
    """Judge one packet as RFC 5905 section 8 and 7.4 do: ours, from a server, synchronised, near its reference."""
    if len(data) < PACKET.size:
        return ServerAnswer(server, "garbled", detail=f"{len(data)} bytes")
    head, stratum, _poll, _precision, delay, dispersion, reference, _refers, origin, came, went = PACKET.unpack_from(
        data
    )
    leap, version, mode = head >> 6, head >> 3 & 7, head & 7
    if mode != SERVER or not 3 <= version <= 4:
        return ServerAnswer(server, "garbled", detail=f"mode {mode}, version {version}")
    if origin != ours:
        return ServerAnswer(server, "not_ours")
    if stratum == 0:
        code = reference.to_bytes(4).rstrip(b"\0").decode("ascii", "replace")
        return ServerAnswer(server, "refused", detail=code)
    distance = (delay / 2 + dispersion) / 65_536
    if leap == UNKNOWN_LEAP or stratum >= DEAF_STRATUM or distance > FARTHEST or went == bytes(8):
        return ServerAnswer(server, "unsynchronised", stratum=stratum, detail=f"leap {leap}, stratum {stratum}")
    came_at, went_at = _seconds(came, near=sent), _seconds(went, near=sent)
    offset = ((came_at - sent) + (went_at - received)) / 2
    travelled = max(0.0, (received - sent) - (went_at - came_at))
    return ServerAnswer(server, "", offset, travelled, stratum)


def _stamp(at: float) -> bytes:
    """A time as NTP writes it: seconds since 1900, 32 bits, and 32 bits of fraction."""
    return ((int(at) + ERA & 0xFFFFFFFF) << 32 | int(at % 1 * 2**32)).to_bytes(8)


def _seconds(stamp: bytes, *, near: float) -> float:
    """The time of a stamp, in whichever era of 136 years lies nearest."""
    whole, part = divmod(int.from_bytes(stamp), 2**32)
    seconds = whole - ERA + part / 2**32
    return seconds + round((near - seconds) / 2**32) * 2**32
