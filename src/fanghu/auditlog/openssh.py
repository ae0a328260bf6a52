"""What a line of OpenSSH's server log says: time, host, type, identity, place, outcome; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

MONTHS = {name: number for number, name in enumerate(
    ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), 1)}  # fmt: skip

_HEAD = re.compile(
    r"(?:<\d{1,3}>)?(?:(?P<month>[A-Z][a-z]{2}) +(?P<day>\d{1,2}) (?P<clock>\d\d:\d\d:\d\d)"
    r"|(?P<iso>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:?\d\d)))"
    r" (?P<host>\S+) (?P<program>[^\s:\[]+)(?:\[(?P<pid>\d+)\])?: ?(?P<text>.*)",
    re.DOTALL,
)
_REPEATED = re.compile(r"message repeated (?P<times>\d{1,6}) times: \[ ?(?P<text>.*?)\s*\]\s*", re.DOTALL)
_FROM = r"from (?P<place>\S+)(?: port (?P<port>\d+))?"
PROGRAMS = ("sshd", "sshd-session", "sshd-auth")


@dataclass(frozen=True, slots=True)
class Stamp:
    """The time a line carries: whole (``at``), or without year and zone (month, day, clock)."""

    at: datetime | None = None
    month: int = 0
    day: int = 0
    clock: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """One line as read. ``times`` is how often it happened (``message repeated n times``)."""

    stamp: Stamp | None
    host: str = ""
    type: str = "line.verbatim"
    outcome: Literal["success", "failure", ""] = ""
    actor: str = ""
    place: str = ""
    times: int = 1
    detail: dict[str, str | int] = field(default_factory=dict)

    @property
    def verbatim(self) -> bool:
        """Whether the line could not be read as one of sshd's and is kept as it stands."""
        return self.type == "line.verbatim"


# Order matters. Where a user's name is followed by " from …" the greedy ``.*`` takes the *last* " from ADDRESS", so
# that a name typed as "root from 10.0.0.1 port 22" cannot forge the address.
_LISTED: tuple[tuple[str, Literal["success", "failure", ""], str], ...] = (
    ("signin.failed", "failure", r"Failed (?P<method>[\w/.-]+) for (?P<unknown>invalid user )?(?P<actor>.*) "
                                 r"from (?P<place>\S+) port (?P<port>\d+)(?: ssh\d?)?(?:: .*)?"),
    ("signin.succeeded", "success", r"Accepted (?P<method>[\w/.-]+) for (?P<actor>.*) "
                                    r"from (?P<place>\S+) port (?P<port>\d+)(?: ssh\d?)?(?:: .*)?"),
    ("account.unknown", "failure", r"Invalid user (?P<actor>.*?) ?from (?P<place>\S+)(?: port (?P<port>\d+))?"),
    ("account.unknown", "failure", r"input_userauth_request: invalid user (?P<actor>.*?)(?: \[preauth\])?"),
    ("account.refused", "failure", r"User (?P<actor>.*) from (?P<place>\S+) not allowed because .*"),
    ("authentication.failed", "failure", r"pam_\w+\(sshd:auth\): authentication failure;.*?rhost=(?P<place>\S*)"
                                         r"(?:\s+user=(?P<actor>.*))?"),
    ("authentication.failed", "failure", r"pam_\w+\(sshd:auth\): check pass; user unknown"),
    ("authentication.repeated", "failure", r"PAM (?P<more>\d+) more authentication failures?;.*?rhost="
                                           r"(?P<place>\S*)(?:\s+user=(?P<actor>.*))?"),
    ("authentication.exceeded", "failure", r"PAM service\(sshd\) ignoring max retries; .*"),
    ("authentication.exceeded", "failure", r"(?:error: )?maximum authentication attempts exceeded for "
                                           r"(?P<unknown>invalid user )?(?P<actor>.*) from (?P<place>\S+) "
                                           r"port (?P<port>\d+).*"),
    ("authentication.exceeded", "failure", r"Disconnecting: Too many authentication failures for "
                                           r"(?P<unknown>invalid user )?(?P<actor>.*?)(?: \[preauth\])?"),
    ("session.opened", "success", r"pam_\w+\(sshd:session\): session opened for user (?P<actor>.*?)"
                                  r"(?:\(uid=\d+\))? by .*"),
    ("session.closed", "success", r"pam_\w+\(sshd:session\): session closed for user (?P<actor>.*)"),
    ("session.opened", "success", r"Starting session: .* for (?P<actor>.*) from (?P<place>\S+) port "
                                  r"(?P<port>\d+).*"),
    ("connection.opened", "", rf"Connection {_FROM} on .*"),
    ("connection.closed", "", r"(?:error: )?Received disconnect " + _FROM + r":.*"),
    ("connection.closed", "", r"(?:Connection (?:closed|reset) by|Disconnected from|Disconnecting) "
                              r"(?:(?P<unknown>invalid user )|authenticating user |user )?(?:(?P<actor>.*) )?"
                              r"(?P<place>[0-9A-Fa-f:.]*[:.][0-9A-Fa-f:.]*|UNKNOWN)"
                              r"(?: port (?P<port>\d+))?(?:: .*)?(?: \[preauth\])?"),
    ("connection.failed", "failure", r"(?:error: kex_exchange_identification: .*|"
                                     r"Did not receive identification string " + _FROM + r".*)"),
    ("connection.failed", "failure", r"(?:Unable to negotiate with|Bad protocol version identification .* from|"
                                     r"banner exchange: Connection from|ssh_dispatch_run_fatal: Connection from) "
                                     r"(?P<place>\S+)(?: port (?P<port>\d+))?.*"),
    ("connection.failed", "failure", r"fatal: (?:Write failed|Read from socket failed|Timeout before "
                                     r"authentication for (?P<place>\S+)).*"),
    ("address.mismatch", "failure", r"reverse mapping checking getaddrinfo for (?P<name>\S+) \[(?P<place>[^\]]+)\] "
                                    r"failed.*"),
    ("address.mismatch", "failure", r"Address (?P<place>\S+) maps to (?P<name>\S+), but this does not map back.*"),
    ("service.started", "success", r"Server listening on (?P<place>\S+) port (?P<port>\d+)\."),
    ("service.stopped", "success", r"Received signal 15; terminating\."),
    ("service.reloaded", "success", r"Received SIGHUP; restarting\."),
)  # fmt: skip
_MESSAGES = tuple((type_, outcome, re.compile(pattern, re.DOTALL)) for type_, outcome, pattern in _LISTED)


def stamp_of(line: bytes) -> Stamp | None:
    """The time at the head of ``line``, or None; cheap, for a first pass over a file."""
    head = _HEAD.fullmatch(line[:160].decode("latin-1").rstrip("\r\n"))
    return _stamp(head) if head else None


def read(line: bytes) -> Reading:
    """Read one line (without its line feed; a carriage return at its end is allowed)."""
    text = line.decode("utf-8", "backslashreplace").rstrip("\r\n")
    head = _HEAD.fullmatch(text)
    stamp = _stamp(head) if head else None
    if head is None or stamp is None:
        return Reading(stamp=None)
    host, program = head["host"], head["program"].rsplit("/", 1)[-1]
    if program not in PROGRAMS:
        return Reading(stamp, host)
    times, said = 1, head["text"]
    repeated = _REPEATED.fullmatch(said)
    if repeated:
        times, said = max(1, int(repeated["times"])), repeated["text"]
    detail: dict[str, str | int] = {"pid": int(head["pid"])} if head["pid"] else {}
    for type_, outcome, pattern in _MESSAGES:
        found = pattern.fullmatch(said.rstrip(" "))
        if found is None:
            continue
        got = found.groupdict()
        if got.get("port"):
            detail["port"] = int(got["port"])
        if got.get("method"):
            detail["method"] = got["method"]
        if got.get("name"):
            detail["name"] = got["name"]
        if got.get("more"):
            times *= max(1, int(got["more"]))
        if got.get("unknown") or type_ == "account.unknown":
            detail["unknown_user"] = 1
        return Reading(stamp, host, type_, outcome, got.get("actor") or "", got.get("place") or "", times, detail)
    return Reading(stamp, host, "sshd.other", times=times, detail=detail)


def _stamp(head: re.Match[str]) -> Stamp | None:
    if head["iso"]:
        try:
            return Stamp(at=datetime.fromisoformat(head["iso"]))
        except ValueError:
            return None
    month, day = MONTHS.get(head["month"], 0), int(head["day"])
    hour, minute, second = (int(part) for part in head["clock"].split(":"))
    if not month or not 1 <= day <= 31 or hour > 23 or minute > 59 or second > 60:
        return None
    return Stamp(month=month, day=day, clock=head["clock"])
