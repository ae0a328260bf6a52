"""Events for the log's benchmarks: real sample lines made varied, as JSON of some 300 bytes each.

How varied: each event takes a line of the real samples (loghub's OpenSSH and Apache, as often as it stands there) and puts
into it a user name of 5,000, an address of 60,000 and a host of 40, all drawn by a Zipf law, a random port, a process
number that wanders, and a time that goes on by exponential steps (20 a second on average). So no two events are alike
and none is a sample repeated; what real lines share, these share.
"""

from __future__ import annotations

import json
import random
import re
from bisect import bisect
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import accumulate
from pathlib import Path

SAMPLES = Path(__file__).resolve().parents[2] / "shared" / "data"
BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
A_SECOND = 20.0
OWN = (  # where the samples are not at hand
    "Failed password for invalid user {user} from {ip} port {port} ssh2",
    "Failed password for {user} from {ip} port {port} ssh2",
    "Accepted publickey for {user} from {ip} port {port} ssh2: ED25519 SHA256:0nVfC1b9fJ9o0Y4mC",
    "Received disconnect from {ip}: 11: Bye Bye [preauth]",
    "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost={ip}  user={user}",
    "pam_unix(sshd:session): session opened for user {user} by (uid=0)",
    "[client {ip}] Directory index forbidden by rule: /srv/www/html/",
)
_HEAD = re.compile(r"[A-Z][a-z]{2} +\d+ [\d:]+ \S+ sshd\[\d+\]: |\[[^\]]+\] \[\w+\] ")
_VARIED = (
    (re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b"), "{ip}"),
    (re.compile(r"(?<=port )\d+"), "{port}"),
    (re.compile(r"(?<=user )[\w.-]+|(?<=user=)[\w.-]+|(?<=password for )(?!invalid)[\w.-]+"), "{user}"),
    (re.compile(r"\d{4,}"), "{number}"),
)


def templates() -> list[tuple[str, str]]:
    """Program and text with its places for what varies, one for each line of the samples."""
    found = []
    for name, program in (("openssh-2k.log", "sshd"), ("apache-2k.log", "httpd")):
        path = SAMPLES / name
        for line in path.read_text("utf-8", "replace").splitlines() if path.exists() else ():
            text = _HEAD.sub("", line, count=1).replace("{", "(").replace("}", ")")
            for pattern, place in _VARIED:
                text = pattern.sub(place, text)
            found.append((program, text))
    return found or [("sshd", text) for text in OWN]


def _drawer(names: list[str], chance: random.Random) -> Iterator[str]:
    """Names by a Zipf law with exponent 1."""
    weights = list(accumulate(1 / rank for rank in range(1, len(names) + 1)))
    while True:
        yield names[bisect(weights, chance.random() * weights[-1])]


def events(count: int, seed: int = 4, begin: datetime = BEGIN) -> Iterator[bytes]:
    """``count`` events as lines of JSON, without line feeds, in the order of their times.

    Other seeds draw otherwise from the same hosts, users and addresses.
    """
    users, addresses, hosts = _cast()
    chance = random.Random(seed)
    lines = templates()
    user, address, host = _drawer(users, chance), _drawer(addresses, chance), _drawer(hosts, chance)
    at, pid = begin, 24_200
    for _number in range(count):
        program, text = chance.choice(lines)
        at += timedelta(seconds=chance.expovariate(A_SECOND))
        pid = (pid + chance.randrange(4)) % 65_536
        who, where, port = next(user), next(address), chance.randrange(1_024, 65_536)
        action, outcome = _kind(text)
        yield json.dumps({
            "@timestamp": at.isoformat(timespec="milliseconds"), "host": {"name": next(host)},
            "process": {"name": program, "pid": pid}, "event": {"action": action, "outcome": outcome},
            "user": {"name": who}, "source": {"ip": where, "port": port},
            "message": text.format(user=who, ip=where, port=port, number=chance.randrange(10_000)),
        }, separators=(",", ":")).encode()  # fmt: skip


@cache
def _cast() -> tuple[list[str], list[str], list[str]]:
    """Users, addresses and hosts."""
    chance = random.Random(4)
    users = [f"{first}.{last}{n or ''}" for n in range(10) for first in FIRST for last in LAST][:5_000]
    chance.shuffle(users)
    addresses = [".".join(str(chance.randrange(1, 255)) for _part in range(4)) for _number in range(60_000)]
    hosts = [f"{role}{n:02d}.fep.example.tw" for role in ("gw", "web", "db", "adm") for n in range(1, 11)]
    return users, addresses, hosts


def _kind(text: str) -> tuple[str, str]:
    """What happened, roughly, as a shipper of logs would tag it."""
    if text.startswith("Accepted") or "session opened" in text:
        return "ssh_login", "success"
    if "ail" in text or "nvalid" in text or "rror" in text:
        return "ssh_login" if "[client" not in text else "http_request", "failure"
    return "log_line", "unknown"


FIRST = ("wei", "mei", "chun", "hao", "ting", "yu", "jun", "lin", "hui", "kai", "an", "bo", "chi", "da", "en", "fang",
         "guo", "hong", "ming", "ping", "qing", "rui", "shan", "tao", "wen")  # fmt: skip
LAST = ("chen", "lin", "huang", "chang", "lee", "wang", "wu", "liu", "tsai", "yang", "hsu", "cheng", "hsieh", "kuo", "hung",
        "chiu", "tseng", "liao", "lai", "chou")  # fmt: skip
