"""Which ways into the log stand open, each with the words a drill's steps use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fanghu.intake import rules
from fanghu.intake.plan import Listeners
from fanghu.testimony import _


@dataclass(frozen=True, slots=True)
class Way:
    """A way in: the way of a source that it belongs to, its name in any language, and the names of what is tried on it."""

    of: str
    label: str
    sealed: str
    found: str


WAYS: Mapping[str, Way] = {
    "https": Way("http", "HTTPS", _("a record over HTTPS is sealed"), _("the record over HTTPS is found")),
    "certificate": Way(
        "http",
        "HTTPS/mTLS",
        _("a record over HTTPS with a client certificate is sealed"),
        _("the record over HTTPS with a client certificate is found"),
    ),
    "otlp": Way("otlp", "OTLP", _("a record over OTLP is sealed"), _("the record over OTLP is found")),
    "tls": Way(
        "syslog", "syslog/TLS", _("a record over syslog (TLS) is sealed"), _("the record over syslog (TLS) is found")
    ),
    "tcp": Way(
        "syslog", "syslog/TCP", _("a record over syslog (TCP) is sealed"), _("the record over syslog (TCP) is found")
    ),
    "udp": Way(
        "syslog", "syslog/UDP", _("a record over syslog (UDP) is sealed"), _("the record over syslog (UDP) is found")
    ),
    "file": Way(
        "follow", "file", _("a record in a followed file is sealed"), _("the record in a followed file is found")
    ),
    "journal": Way("journal", "journald", _("a record in journald is sealed"), _("the record in journald is found")),
}
"""In the order in which they are tried."""

ANY = frozenset({"http", "otlp", "syslog", "follow"})
"""What is opened on this machine for a run where the firm has declared no source yet."""


def open_ways(declared: Iterable[Iterable[str]], listen: Listeners | None, *, certificates: bool) -> list[str]:
    """The ways open to the sources that the firm declared, by the ways of each; without any source, those of `ANY`.

    ``listen``: where the firm says the intake listens, None while it has said nothing. A source whose listener is closed
    can send nothing: its way is among them, so that it is missed. ``certificates``: whether they are accepted. Syslog
    knows its senders by address, and a canary has none of its own in IPv6: such a listener is not among them.

    >>> open_ways([["http"]], None, certificates=False)
    ['https']
    >>> open_ways([["syslog", "import"]], Listeners(syslog_tls="0.0.0.0:6514"), certificates=True)
    ['tls']
    """
    ways = {way for each in declared for way in each} & rules.LIVE or ANY
    found: set[str] = set()
    if "http" in ways:
        found |= {"https", "certificate"} if certificates else {"https"}
    if "otlp" in ways:
        found.add("otlp")
    if "syslog" in ways:
        found |= _syslog(listen)
    found |= {"file"} if "follow" in ways else set()
    found |= {"journal"} if "journal" in ways else set()
    return [way for way in WAYS if way in found]


def _syslog(listen: Listeners | None) -> set[str]:
    if listen is None:
        return {"tls", "tcp", "udp"}
    where = {"tls": listen.syslog_tls, "tcp": listen.syslog_tcp, "udp": listen.syslog_udp}
    found = {way: at for way, at in where.items() if at} or {"tls": ""}
    return {way for way, at in found.items() if not at.startswith("[")}
