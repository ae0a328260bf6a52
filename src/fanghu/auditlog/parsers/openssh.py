"""What a line of OpenSSH's server log says: time, host, type, identity, place, outcome; pure."""

from __future__ import annotations

import re

from fanghu.auditlog.parsers.reading import UNREAD, Head, Outcome, Reading, head_of

_FROM = r"from (?P<place>\S+)(?: port (?P<port>\d+))?"
PROGRAMS = ("sshd", "sshd-session", "sshd-auth")
FAR = 4_000
"""Characters that a message may have: sshd writes 1,024 bytes at most (its MSGBUFSIZ), a longer one is not its own."""


# Order matters. Where a user's name is followed by " from …" the greedy ``.*`` takes the *last* " from ADDRESS", so
# that a name typed as "root from 10.0.0.1 port 22" cannot forge the address.
_LISTED: tuple[tuple[str, Outcome, str], ...] = (
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


def read(line: bytes) -> Reading:
    """Read one line (without its line feed; a carriage return at its end is allowed)."""
    head = head_of(line)
    return UNREAD if head is None else said(head) or Reading(head.stamp, head.host)


def said(head: Head) -> Reading | None:
    """What sshd said in a line with this head; None when it was not sshd."""
    if head.program not in PROGRAMS:
        return None
    times, detail = head.times, head.detail
    for type_, outcome, pattern in _MESSAGES if len(head.text) <= FAR else ():
        found = pattern.fullmatch(head.text.rstrip(" "))
        if found is None:
            continue
        got = found.groupdict()
        if got.get("port"):
            detail["port"] = int(got["port"][:9])
        if got.get("method"):
            detail["method"] = got["method"]
        if got.get("name"):
            detail["name"] = got["name"]
        if got.get("more"):
            times *= max(1, int(got["more"][:9]))
        if got.get("unknown") or type_ == "account.unknown":
            detail["unknown_user"] = 1
        return Reading(
            head.stamp, head.host, type_, outcome, got.get("actor") or "", got.get("place") or "", times, detail, "sshd"
        )
    return Reading(head.stamp, head.host, "sshd.other", times=times, detail=detail, app="sshd")
