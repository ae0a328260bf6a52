"""What hosts of the sample's systems send of themselves in its last weeks: sign-ins, a web server's and a database's log, clocks, configuration."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
from django.conf import settings

from fanghu.auditlog.actions import indexes
from fanghu.auditlog.host_clocks import read_host_clocks
from fanghu.auditlog.vault import opened
from fanghu.auditlog.verification import verify_others
from fanghu.edge.encoding import bundle_of, unread
from fanghu.events.doer import KEEPER, Doer
from fanghu.intake.actions import declare
from fanghu.intake.host_configs import read_host_configs
from fanghu.intake.plan import LOG, Seen, State
from fanghu.intake.plan import Source as Sender
from fanghu.intake.reading import sources as declared
from fanghu.intake.seen import note_seen
from fanghu.keys.locations import LogPlaces
from fanghu.tlog.bundle import Bundle

TAIPEI = ZoneInfo("Asia/Taipei")
BEGINS = 70
HOSTS, STAFF = ("web1", "web2", "ord1"), ("wlin", "hchen", "ops1")
SOURCES = (
    ("webtrade-hosts", {"system": "webtrade", "format": "syslog", "ways": ["syslog"], "addresses": ["192.0.2.31", "192.0.2.32", "192.0.2.33"]}),
    ("webtrade-nginx", {"system": "webtrade", "format": "nginx", "ways": ["http"]}),
    ("ledger-db", {"system": "ledger", "format": "postgresql", "ways": ["http"]}),
)  # fmt: skip
TELLS = (9, 15, 22)
"""Hours at which the hosts tell of their clocks and configuration."""
CHANGED = 84
"""The day on which an audit rule of one host changes."""
FILES = ("/etc/rsyslog.conf", "/etc/audit/rules.d/audit.rules")
Lines = list[tuple[datetime, str]]


def send(doers: Mapping[str, Doer], number: int, day: date, now: datetime) -> None:
    """What comes in on a day of the story (``number``, from 0) until ``now``, as the intake would have taken it."""
    if number < BEGINS:
        return
    if number == BEGINS:
        for name, values in SOURCES:
            declare(name, {"every_seconds": 86_400, "zone": "Asia/Taipei", **values}, by=doers["alice"], now=now)
        return
    rng = random.Random(number)  # noqa: S311 - made-up data, the same every time
    sources = {shown.row.name: shown.row for shown in declared()}
    said = {
        "webtrade-hosts": _hosts(day, number, rng),
        "webtrade-nginx": _nginx(day, rng),
        "ledger-db": _database(day, rng),
    }
    seen = {}
    places = LogPlaces(Path(settings.HOME), LOG)
    for folder in (places.folder.parent, places.private_key.parent):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with opened(places, create=True) as vault:
        for name, lines in said.items():
            come = sorted(each for each in lines if each[0] <= now)
            sender = Sender(name, sources[name].format, sources[name].ways)
            for place, (at, line) in enumerate(come, 1):
                raw = line.encode()
                bundle = bundle_of([raw], sender, f"sample-{day}", place, 0, at + timedelta(milliseconds=300))
                vault.append(list(Bundle.read(bundle)))
            if come:
                seen[name] = Seen(
                    come[-1][0].isoformat(), len(come), unread(sender.format, [line.encode() for _at, line in come])
                )
        vault.seal(now)
    state = State(at=now.isoformat(), since=now.isoformat(), sources=seen)
    list(note_seen([*sources.values()], state, now))
    indexes().catch_up()
    for hour in TELLS:
        then = _at(day, hour, 10)
        if then <= now:
            read_host_clocks(then)
            read_host_configs(then)
    verify_others(by=KEEPER, now=now)


def _at(day: date, hour: int, minute: int, second: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute, second), TAIPEI).astimezone(UTC)


def _some(day: date, rng: random.Random) -> datetime:
    return _at(day, rng.randint(8, 19), rng.randint(0, 59), rng.randint(0, 59))


def _hosts(day: date, number: int, rng: random.Random) -> Lines:
    def said(at: datetime, host: str, program: str, text: str) -> tuple[datetime, str]:
        return at, f"<38>1 {at.astimezone(TAIPEI).isoformat()} {host} {program} {rng.randint(900, 60_000)} - - {text}"

    found = []
    for _visit in range(rng.randint(5, 12)):
        at, host, who = _some(day, rng), rng.choice(HOSTS), rng.choice(STAFF)
        found.append(
            said(at, host, "sshd", f"Accepted publickey for {who} from 192.0.2.{rng.randint(10, 60)} port 50022 ssh2")
        )
        if rng.random() < 0.3:
            text = f"{who} : TTY=pts/0 ; PWD=/home/{who} ; USER=root ; COMMAND=/usr/bin/systemctl restart nginx"
            found.append(said(at + timedelta(minutes=2), host, "sudo", text))
    for hour in TELLS:
        for host in HOSTS:
            at, offset = _at(day, hour, 0, rng.randint(1, 50)), rng.uniform(-0.004, 0.004)
            found.append(
                said(
                    at,
                    host,
                    "chronyc",
                    f"C0000201,192.0.2.1,3,{at.timestamp():.9f},{offset:.9f},0.0,0.0,-12.0,0.0,0.03,0.01,0.001,64.2,Normal",
                )
            )
            for path in FILES:
                again = host == "web2" and path.endswith("rules") and number >= CHANGED
                found.append(
                    said(at, host, "sha256sum", f"{sha256(f'{host}{path}{again}'.encode()).hexdigest()}  {path}")
                )
    return found


def _nginx(day: date, rng: random.Random) -> Lines:
    found = []
    for _request in range(rng.randint(30, 60)):
        at, path = _some(day, rng), rng.choice(("/", "/login", "/orders", "/quotes", "/account"))
        status = 401 if path == "/login" and rng.random() < 0.2 else 200
        stamp = f"{at.astimezone(TAIPEI):%d/%b/%Y:%H:%M:%S %z}"
        found.append(
            (
                at,
                f'198.51.100.{rng.randint(2, 250)} - - [{stamp}] "GET {path} HTTP/2.0" {status} {rng.randint(200, 9_000)} "-" "Mozilla/5.0"',
            )
        )
    return found


def _database(day: date, rng: random.Random) -> Lines:
    found = []
    for _visit in range(rng.randint(6, 14)):
        at, who = _some(day, rng), rng.choice(("ledger_app", "dba_wlin"))
        line = {
            "timestamp": f"{at:%Y-%m-%d %H:%M:%S}.{rng.randint(100, 999)} UTC", "user": who, "dbname": "ledger",
            "pid": rng.randint(900, 60_000), "remote_host": "192.0.2.41", "session_id": f"{rng.randint(1, 2**32):x}.1",
            "error_severity": "LOG", "backend_type": "client backend",
            "message": f"connection authorized: user={who} database=ledger application_name=ledger",
        }  # fmt: skip
        if rng.random() < 0.1:
            line |= {
                "error_severity": "FATAL",
                "state_code": "28P01",
                "message": f'password authentication failed for user "{who}"',
            }
        found.append((at, msgspec.json.encode(line).decode()))
    return found
