"""Which batches are known: sent again, sent under a used number, too old, forgotten and learnt from the log again."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from fanghu.auditlog.derived import envelope_of
from fanghu.edge.clients import PROCESS, REMEMBERED, Clients, Kept, load
from fanghu.edge.encoding import bundle_of
from fanghu.edge.taker import Refused
from fanghu.edge.wire import digest_of
from fanghu.tlog.bundle import unbundled
from fanghu.tlog.entry import Entry
from tests.edge.stage import lines, source

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def kept(some: list[bytes], first: int = 0) -> Kept:
    """A batch of these lines."""
    return Kept(digest_of(some), first, len(some), 0)


def test_a_batch_is_known_by_source_client_and_number() -> None:
    clients, one = Clients(), lines(3)
    clients.keep("gate", "a", 7, kept(one, 40))
    assert clients.look("gate", "a", 7, digest_of(one)) == kept(one, 40)
    assert clients.look("gate", "a", 8, digest_of(one)) is None
    assert clients.look("door", "a", 7, digest_of(one)) is None
    with pytest.raises(Refused, match="FH-IN-08"):
        clients.look("gate", "a", 7, digest_of(lines(3, 1)))


def test_lines_cut_elsewhere_are_other_content() -> None:
    assert digest_of([b"ab", b"c"]) != digest_of([b"a", b"bc"])


def test_numbers_may_come_late_and_be_skipped_but_not_be_too_old_to_tell() -> None:
    clients, one = Clients(), lines(1)
    for number in range(2, 2 + 2 * REMEMBERED, 2):
        clients.keep("gate", "a", number, kept(one))
    assert clients.look("gate", "a", 5, kept(one).digest) is None, "late, never taken: new"
    clients.keep("gate", "a", 2_000, kept(one))
    with pytest.raises(Refused, match="FH-IN-09"):
        clients.look("gate", "a", 1, kept(one).digest)
    with pytest.raises(Refused, match="FH-IN-09"):
        clients.look("gate", "a", 2, kept(one).digest)


def test_a_number_that_is_passed_over_is_missing_until_it_comes_and_skipped_once_it_cannot() -> None:
    clients, one = Clients(), kept(lines(1))
    for number in (7, 8, 10, 12):
        clients.keep("gate", "a", number, one)
    assert clients.missing["gate"] == 2, "9 and 11; what was before 7 nobody can tell"
    clients.keep("gate", "a", 9, one)
    assert clients.missing["gate"] == 1 and not clients.drain()
    for number in range(13, 14 + REMEMBERED):
        clients.keep("gate", "a", number, one)
    assert (clients.missing["gate"], clients.drain()) == (0, {"gate": 1}) and not clients.drain()


def test_one_after_the_other_nothing_is_missing_also_when_written_down_between(tmp_path: Path) -> None:
    clients, one = Clients(), kept(lines(1))
    for number in range(1, 3 * REMEMBERED):
        clients.keep("gate", "a", number + (number == 40) - (number == 41), one)  # 41 before 40
        if number == REMEMBERED:
            (tmp_path / "kept").write_bytes(clients.saved("o", 1))
            clients, _size = load(tmp_path / "kept", "o", 1)
    assert not clients.missing.get("gate") and not clients.drain()


def test_what_is_missing_of_a_client_that_is_forgotten_can_come_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fanghu.edge.clients.MOST_CLIENTS", 1)
    clients, one = Clients(), kept(lines(1))
    for number in (1, 5):
        clients.keep("gate", "a", number, one)
    again = Clients(clients._known)
    assert again.missing == {"gate": 3}
    again.keep("gate", "b", 1, one)
    assert (again.missing["gate"], again.drain()) == (0, {"gate": 3})


def test_what_our_own_processes_number_for_senders_that_do_not_is_never_missing() -> None:
    """A process counts the batches of all its sources together, and one that was refused comes under another number."""
    clients, one = Clients(), kept(lines(1))
    for number in range(1, 3 * REMEMBERED, 2):
        clients.keep("gate", f"{PROCESS}17-1", number, one)
        clients.keep("door", f"{PROCESS}17-1", number + 1, one)
    assert not clients.missing and not clients.drain()


def entries_of(some: list[bytes], number: int) -> list[bytes]:
    return unbundled(bytes(bundle_of(some, source(), "a", number, 0, NOW)), len(some)) or []


def test_what_was_not_written_down_is_learnt_from_the_log(tmp_path: Path) -> None:
    clients, all_entries = Clients(), []
    for number in (1, 2, 5):
        some = lines(4, number * 10)
        entries = entries_of(some, number)
        clients.keep("gate", "a", number, kept(some, len(all_entries)))
        all_entries += entries
    learnt = Clients()
    learnt.learn(enumerate(map(Entry, all_entries)))
    assert learnt.saved("origin", 12) == clients.saved("origin", 12)

    place = tmp_path / "clients"
    place.write_bytes(clients.saved("origin", 12))
    again, size = load(place, "origin", 12)
    assert size == 12
    assert again.saved("origin", 12) == clients.saved("origin", 12)


@pytest.mark.parametrize(("origin", "size"), [("another log", 12), ("origin", 11)])
def test_what_was_written_of_another_log_or_a_longer_one_is_not_believed(
    tmp_path: Path, origin: str, size: int
) -> None:
    place = tmp_path / "clients"
    place.write_bytes(Clients().saved("origin", 12))
    assert load(place, origin, size)[1] == 0
    assert load(place, "origin", 12)[1] == 12
    place.write_bytes(place.read_bytes()[:-1])
    assert load(place, "origin", 12)[1] == 0


def test_the_same_batch_has_the_same_ids_again() -> None:
    some = lines(2)
    first = entries_of(some, 1)
    again = entries_of(some, 1)
    other = entries_of(some, 2)
    assert first == again
    ids = {envelope_of(Entry(entry)).id for entry in (*first, *other)}
    assert len(ids) == 4
