"""Declares a run's canary sources, so that its records are let in by the open ways, and takes them back."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from fanghu.events.doer import Doer
from fanghu.intake import actions, reading, rules
from fanghu.intake.canaries.sending import JOURNAL, Sender
from fanghu.intake.canaries.ways import WAYS, open_ways
from fanghu.intake.models import ListenAddresses, Source
from fanghu.intake.plan import Listeners
from fanghu.keys import client_certificate

SYSTEM = "fanghu"
MISSED_AFTER = 86_400
"""Seconds: no canary is expected twice, and none lives so long."""
TOKEN_HELD = timedelta(hours=1)


def ways_now() -> list[str]:
    """The ways that are open to the firm's sources; where it declared none, those that are opened for a run."""
    declared, listen, certificates = _declared()
    return open_ways([ways for _slug, ways in declared], listen, certificates=certificates)


def expected_ways() -> Mapping[str, list[str]]:
    """The ways open to the sources that send as things happen, by their system; those of all under ""."""
    declared, listen, certificates = _declared()
    live = [(slug, ways) for slug, ways in declared if rules.LIVE & set(ways)]
    slugs = {"", *(slug for slug, _ways in live)} if live else set()
    return {
        slug: open_ways([ways for of, ways in live if slug in ("", of)], listen, certificates=certificates)
        for slug in slugs
    }


def _declared() -> tuple[list[tuple[str, list[str]]], Listeners | None, bool]:
    """Each source's system and ways, where the firm says the intake listens, and whether it accepts certificates."""
    rows = Source.objects.filter(removed_at=None, run="").values_list("system__slug", "ways")
    row = ListenAddresses.objects.filter(pk=1).first()
    if row is None:
        return list(rows), None, False
    at = Listeners(http=row.http, syslog_tcp=row.syslog_tcp, syslog_tls=row.syslog_tls, syslog_udp=row.syslog_udp)
    return list(rows), at, bool(row.clients)


def names_of(label: str) -> tuple[str, str, str]:
    """What canary sources are called: of lines of JSON, of syslog, of a client certificate.

    The same for every run of a ``label``, so that the log's sources do not become more by them.
    """
    name = f"canary-{label}"
    return name, f"{name}-syslog", f"{name}-cert"


def place_of(run: str) -> Path:
    """What a run keeps on the disk for so long as it lasts."""
    return Path(settings.HOME) / "drills" / run


def file_of(label: str) -> Path:
    """The file that a canary is written to; the same for every run, so that what is followed does not grow with them."""
    return Path(settings.HOME) / "run" / f"canary-{label}.ndjson"


def prepare(
    run: str,
    ways: list[str],
    address: str,
    label: str,
    *,
    by: Doer,
    clock: Callable[[], datetime],
    journal: Path = JOURNAL,
) -> Sender:
    """Let the run's records in by ``ways``. Faults FH-SRC-01 … 19, FH-TLS-02."""
    now, wanted = clock(), {WAYS[way].of for way in ways if way != "certificate"}
    lines, syslog, shown = names_of(label)
    for left in Source.objects.filter(name__in=names_of(label), removed_at=None).exclude(run=""):
        actions.forget_run(left.run, by=by, now=now)  # of a run that was cut off
    file = file_of(label)
    token, certificate = "", None
    if "follow" in wanted:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.write_bytes(b"")
    if "certificate" in ways:
        certificate = client_certificate.issue(Path(settings.HOME), shown, place_of(run), now)
        _declare(shown, "ndjson", {"http"}, by, now, run, certificates=[certificate.fingerprint])
    if over := wanted & {"syslog", "journal"}:
        match = f"SYSLOG_IDENTIFIER={syslog}" if "journal" in over else ""
        addresses = [address] if "syslog" in over else []
        _declare(syslog, "syslog", over, by, now, run, addresses=addresses, journal=match)
    if over := wanted & {"http", "otlp", "follow"}:
        paths = [str(file)] if "follow" in over else []
        row = _declare(lines, "ndjson", over, by, now, run, paths=paths)
        if over & {"http", "otlp"}:
            token = actions.make_token(row.pk, "canary", now + TOKEN_HELD, by=by, now=now)
    home = Path(settings.HOME)
    return Sender(home, reading.plan().listen, address, syslog, token, certificate, file, clock, journal)


def take_back(run: str, label: str, *, by: Doer, now: datetime) -> list[str]:
    """Remove the run's sources and files; what is left. Safe to repeat."""
    left = actions.forget_run(run, by=by, now=now)
    file_of(label).unlink(missing_ok=True)
    shutil.rmtree(place_of(run), ignore_errors=True)
    return left + [path.name for path in (file_of(label), place_of(run)) if path.exists()]


def _declare(
    name: str, format_: str, ways: set[str], by: Doer, now: datetime, run: str, **more: object
) -> Source:  # fmt: skip
    values = {"system": SYSTEM, "format": format_, "ways": sorted(ways), "every_seconds": MISSED_AFTER, **more}
    return actions.declare(name, values, by=by, now=now, run=run)
