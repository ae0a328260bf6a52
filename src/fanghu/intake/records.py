"""Sources as plain values: for forms, for requests, and for the hash that a second person approves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cryptography import x509
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from fanghu.auditlog.parsers.formats import FORMATS
from fanghu.intake import rules
from fanghu.intake.models import ListenAddresses, Source
from fanghu.intake.problems import fault
from fanghu.register.reading import system as registered

FIELDS = (
    "system", "format", "zone", "ways", "addresses", "hosts", "paths", "journal", "certificates", "every_seconds",
    "hours_from", "hours_until", "most_per_second",
)  # fmt: skip
LISTENERS = ("http", "syslog_tls", "syslog_tcp", "syslog_udp", "clients")
LABELS: Mapping[str, Any] = {
    "name": gettext_lazy("Name"),
    "system": gettext_lazy("System"),
    "format": gettext_lazy("Format"),
    "zone": gettext_lazy("Time zone where a record states none"),
    "ways": gettext_lazy("Ways in"),
    "addresses": gettext_lazy("Addresses it sends syslog from"),
    "hosts": gettext_lazy("Host names it states in syslog"),
    "paths": gettext_lazy("Files to follow on this machine"),
    "journal": gettext_lazy("What to match in journald"),
    "certificates": gettext_lazy("Client certificates (SHA-256)"),
    "every_seconds": gettext_lazy("A record is expected at least every"),
    "hours_from": gettext_lazy("Expected from (hour)"),
    "hours_until": gettext_lazy("Expected until (hour)"),
    "most_per_second": gettext_lazy("Records a second at most"),
    "http": gettext_lazy("HTTPS and OTLP"),
    "syslog_tls": gettext_lazy("Syslog over TLS"),
    "syslog_tcp": gettext_lazy("Syslog over TCP, this machine only"),
    "syslog_udp": gettext_lazy("Syslog over UDP, this machine only"),
    "clients": gettext_lazy("Authority of client certificates"),
}
WAYS: Mapping[str, Any] = {
    "http": gettext_lazy("HTTPS (NDJSON)"),
    "otlp": gettext_lazy("OTLP over HTTPS"),
    "syslog": gettext_lazy("syslog"),
    "follow": gettext_lazy("following files"),
    "journal": gettext_lazy("journald"),
    "import": pgettext_lazy("way in", "import"),
}


def found(pk: int, *, lock: bool = False) -> Source:
    """The source; Fault FH-SRC-02 when it is gone."""
    rows = Source.objects.select_related("system").filter(pk=pk, removed_at=None)
    row: Source | None = (rows.select_for_update(of=("self",)) if lock else rows).first()
    if row is None:
        raise fault("FH-SRC-02")
    return row


def record_of(row: Source) -> dict[str, Any]:
    """A source's values by field, the system by its slug."""
    return {name: row.system.slug if name == "system" else getattr(row, name) for name in FIELDS}


def listening(row: ListenAddresses | None) -> dict[str, str]:
    """Where the firm says the intake listens; all "" while it has said nothing."""
    return {name: getattr(row, name) if row else "" for name in LISTENERS}


def put(row: Source, values: Mapping[str, Any]) -> None:
    """Set values and refuse what cannot be; Faults FH-SRC-01 … 19."""
    for name, value in values.items():
        if name == "system":
            system = registered(value)
            if system is None:
                raise fault("FH-SRC-01")
            row.system = system
        else:
            setattr(row, name, value)
    check(row)


def check(row: Source) -> None:
    """Bring lists into canonical form; Faults FH-SRC-05 … 19."""
    if row.format not in FORMATS:
        raise fault("FH-SRC-19")
    try:
        ZoneInfo(row.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise fault("FH-SRC-18") from None
    row.ways = [way for way in rules.WAYS if way in row.ways]
    if not row.ways:
        raise fault("FH-SRC-06")
    row.addresses = sorted(_each(row.addresses, rules.network, "FH-SRC-05"))
    row.certificates = sorted(_each(row.certificates, rules.fingerprint, "FH-SRC-12"))
    row.hosts = sorted(set(row.hosts))
    for path in row.paths:
        if not path.startswith("/") or "\0" in path:
            raise fault("FH-SRC-15", what=path)
    if "syslog" in row.ways and not (row.addresses or row.certificates):
        raise fault("FH-SRC-07")
    if ("follow" in row.ways and not row.paths) or ("journal" in row.ways and not row.journal):
        raise fault("FH-SRC-16")
    if not 1 <= row.every_seconds <= rules.LONGEST_SILENCE.total_seconds():
        raise fault("FH-SRC-08")
    hours = (row.hours_from, row.hours_until)
    if any(hours) and not all(rules.HOUR.fullmatch(hour) for hour in hours):
        raise fault("FH-SRC-09")


def check_listening(values: Mapping[str, str]) -> None:
    """Faults FH-SRC-14, 17, 20."""
    for name in ("http", "syslog_tls", "syslog_tcp", "syslog_udp"):
        if values[name] and rules.listener(values[name]) is None:
            raise fault("FH-SRC-14", what=values[name])
    if not all(rules.stays_inside(values[name]) for name in ("syslog_tcp", "syslog_udp")):
        raise fault("FH-SRC-17")
    if values["clients"]:
        try:
            x509.load_pem_x509_certificates(values["clients"].encode())
        except ValueError:
            raise fault("FH-SRC-20") from None


def check_token(expires_at: datetime, now: datetime) -> None:
    """Fault FH-SRC-13."""
    if not now < expires_at <= now + rules.LONGEST_TOKEN:
        raise fault("FH-SRC-13")


def worded(name: str, value: Any) -> str:
    """A value as people read it."""
    if name == "ways":
        return ", ".join(str(WAYS[way]) for way in value)
    if name == "format":
        return _(FORMATS[value].label) if value in FORMATS else str(value)
    if name == "every_seconds":
        return _("{minutes} min").format(minutes=f"{value / 60:g}")
    if name == "most_per_second" and not value:
        return _("no limit")
    if name == "clients":
        return _("given") if value else "–"
    if isinstance(value, list):
        return ", ".join(value) or "–"
    return str(value) if value not in ("", None) else "–"


def _each(values: list[str], canonical: Any, code: str) -> set[str]:
    seen = set()
    for value in values:
        right = canonical(value)
        if right is None:
            raise fault(code, what=value)
        seen.add(right)
    return seen
