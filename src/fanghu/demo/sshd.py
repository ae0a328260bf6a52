"""Made-up OpenSSH lines of the sample's hosts: daily work, and now and then somebody guessing; no Django."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

STAFF = ("wlin", "hchen", "ops1", "deploy", "tchang")
GUESSED = ("root", "admin", "oracle", "test", "postgres", "ubuntu", "git")
HOSTS = ("web1", "web2", "ord1", "gw1")


def week(first: date, rng: random.Random) -> str:
    """The lines of seven days from ``first``, in order, as syslog writes them (RFC 3164, Taipei time)."""
    return "".join(f"{line}\n" for day in range(7) for line in _day(first + timedelta(days=day), rng))


def _day(day: date, rng: random.Random) -> Iterator[str]:
    lines = [line for _visit in range(rng.randint(6, 14)) for line in _work(day, rng)]
    if rng.random() < 0.3:
        lines += _guessing(day, rng)
    if day.weekday() == 0:
        lines += _maintenance(day)
    for at, host, pid, text in sorted(lines):
        yield f"{at:%b} {at.day:>2} {at:%H:%M:%S} {host} sshd[{pid}]: {text}"


def _work(day: date, rng: random.Random) -> list[tuple[datetime, str, int, str]]:
    who, host, pid = rng.choice(STAFF), rng.choice(HOSTS), rng.randint(2_000, 60_000)
    at = datetime.combine(day, time(rng.randint(8, 18), rng.randint(0, 59), rng.randint(0, 59)))
    source = f"192.0.2.{rng.randint(10, 60)} port {rng.randint(40_000, 60_000)}"
    lines = []
    if rng.random() < 0.08:
        lines.append((at, host, pid, f"Failed password for {who} from {source} ssh2"))
    lines.append((at + timedelta(seconds=6), host, pid, f"Accepted publickey for {who} from {source} ssh2"))
    lines.append(
        (at + timedelta(seconds=6), host, pid, f"pam_unix(sshd:session): session opened for user {who} by (uid=0)")
    )
    gone = at + timedelta(minutes=rng.randint(3, 90))
    lines.append((gone, host, pid, f"pam_unix(sshd:session): session closed for user {who}"))
    return lines


def _maintenance(day: date) -> list[tuple[datetime, str, int, str]]:
    """Monday's maintenance as root, which a second person reviews."""
    at = datetime.combine(day, time(7, 40))
    texts = ("Accepted publickey for root from 192.0.2.11 port 50022 ssh2",
             "pam_unix(sshd:session): session opened for user root by (uid=0)")  # fmt: skip
    opened = [(at, "web1", 1_900, text) for text in texts]
    return [
        *opened,
        (at + timedelta(minutes=25), "web1", 1_900, "pam_unix(sshd:session): session closed for user root"),
    ]


def _guessing(day: date, rng: random.Random) -> list[tuple[datetime, str, int, str]]:
    at = datetime.combine(day, time(rng.randint(0, 5), rng.randint(0, 50)))
    source, host = f"203.0.113.{rng.randint(2, 250)}", rng.choice(HOSTS)
    lines = []
    for number in range(rng.randint(8, 30)):
        pid, who = 30_000 + number, rng.choice(GUESSED)
        moment = at + timedelta(seconds=3 * number)
        lines.append((moment, host, pid, f"Invalid user {who} from {source}"))
        text = f"Failed password for invalid user {who} from {source} port {41_000 + number} ssh2"
        lines.append((moment + timedelta(seconds=2), host, pid, text))
    return lines
