"""Whose message it is: by the peer it came from, then by the host it states."""

from __future__ import annotations

import pytest

from fanghu.edge.syslog_senders import Senders, stated_host
from fanghu.intake.plan import Plan, Source


def source(name: str, *addresses: str, hosts: tuple[str, ...] = (), certificates: tuple[str, ...] = ()) -> Source:
    return Source(
        name, "syslog", ["syslog"], addresses=list(addresses), hosts=list(hosts), certificates=list(certificates)
    )


@pytest.mark.parametrize(
    ("message", "host"),
    [
        (b"<34>1 2003-10-11T22:14:15.003Z Web-1.example.net su - ID47 - x", "web-1.example.net"),
        (b"<34>Oct 11 22:14:15 mymachine su: 'su root' failed", "mymachine"),
        (b"<34>Oct  1 22:14:15 192.0.2.9 su: x", "192.0.2.9"),
        (b"<13>2026-11-22T10:00:00.5+08:00 db7 app[1]: x", "db7"),
        (b"<34>1 - - su - - - x", ""),
        (b"<34>Oct 11 22:14:15 su: without a host", ""),
        (b"nothing of the kind", ""),
        (b"", ""),
    ],
)
def test_the_host_a_message_states(message: bytes, host: str) -> None:
    assert stated_host(message) == host


def test_the_narrower_network_wins_then_the_declared_host() -> None:
    senders = Senders(Plan(sources=[
        source("all", "10.0.0.0/8", "fd00::/8"), source("web", "10.1.1.1/32", hosts=("web1", "web2")), source("one", "10.1.1.1"),
    ]))  # fmt: skip

    def whose(peer: str, host: str) -> str | None:
        sender = senders.of(peer)
        found = sender and sender.source_of(f"<1>1 - {host} - - - - x".encode())
        return found.name if found else None

    assert whose("10.1.1.1", "web2.example.net") == "web"
    assert whose("10.1.1.1", "db") == "one"
    assert whose("10.9.9.9", "web1") == "all"
    assert whose("::ffff:10.9.9.9", "web1") == "all"
    assert whose("fd00::1", "x") == "all"
    assert whose("192.0.2.1", "web1") is None


def test_a_host_nobody_declared_is_nobodys_but_a_message_without_one_is_kept() -> None:
    sender = Senders(Plan(sources=[source("web", "10.1.1.1", hosts=("web1",))])).of("10.1.1.1")
    assert sender
    assert sender.source_of(b"<1>1 - web9 - - - - x") is None
    assert sender.source_of(b"garbage") is not None


def test_who_must_show_a_certificate_is_not_let_in_without() -> None:
    senders = Senders(
        Plan(sources=[source("sealed", certificates=("ab",)), source("bound", "10.0.0.1", certificates=("cd",))])
    )
    assert senders.of("192.0.2.1") is None
    assert senders.of("192.0.2.1", "cd") is None
    sealed, bound = senders.of("192.0.2.1", "ab"), senders.of("10.0.0.1", "cd")
    assert sealed and sealed.sources[0].name == "sealed"
    assert bound and bound.sources[0].name == "bound"


def test_a_source_without_syslog_lets_nobody_in() -> None:
    assert Senders(Plan(sources=[Source("http", "plain", ["http"], addresses=["10.0.0.1"])])).of("10.0.0.1") is None
