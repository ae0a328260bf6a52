"""Every event reaches the log exactly once, whatever dies on the way."""

from __future__ import annotations

import errno
import shutil
from contextlib import suppress

import pytest
from django.db import transaction

from fanghu.auditlog.actions import deliver, open_log, places, prune_outbox, seal_now
from fanghu.auditlog.checkpoints import settle_finding
from fanghu.auditlog.models import RelayState
from fanghu.auditlog.reading import events, state
from fanghu.auditlog.vault import opened
from fanghu.events.actions import BACKLOG, record
from fanghu.events.doer import KEEPER
from fanghu.events.models import OutboxEvent
from fanghu.faults import Exit, Fault
from fanghu.tlog.files import Files
from tests.auditlog.conftest import NOW, KilledError, dying, ids_in, types_in


def test_an_event_is_sealed_with_its_bytes_and_its_row_says_where(own_log, deed):
    id_ = deed("account.created", object_="account:1", detail={"kind": "named"})
    assert deliver(NOW) == 1
    row = OutboxEvent.objects.get(pk=id_)
    assert (row.log_index, row.sealed_at) == (0, NOW)
    [(index, event)] = events("account.created")
    assert (index, event.id, event.object, event.detail) == (0, id_, "account:1", {"kind": "named"})
    assert (state().size, state().pending, state().finding) == (1, 0, "")
    assert deliver(NOW) == 0


def test_a_late_commit_with_an_older_time_is_delivered_too(own_log, deed):
    first = deed(now=NOW.replace(minute=5))
    deliver(NOW)
    late = deed(now=NOW.replace(minute=1))  # PostgreSQL commits out of order
    deliver(NOW)
    assert ids_in(own_log) == [first, late]


@pytest.mark.parametrize("step", ["before append", "after append", "after seal"])
@pytest.mark.parametrize("times", [1, 3])
def test_a_relay_killed_at_any_step_neither_drops_nor_doubles(own_log, deed, step, times):
    waiting = [deed() for _ in range(3)]
    for _ in range(times):
        with suppress(KilledError):
            deliver(NOW, open_=lambda: dying(step))
    later = deed()
    deliver(NOW)
    assert sorted(ids_in(own_log)) == sorted([*waiting, later])
    assert state().finding == ""
    assert not OutboxEvent.objects.filter(sealed_at=None).exists()
    assert {row.log_index for row in OutboxEvent.objects.all()} == {0, 1, 2, 3}


def test_a_restored_older_database_neither_drops_nor_doubles_and_is_a_finding(own_log, deed):
    kept = deed()
    deliver(NOW)
    old = RelayState.objects.get(pk=1)
    waiting = deed()  # the backup was made here: one row sealed, one waiting
    gone = deed()
    deliver(NOW)
    OutboxEvent.objects.filter(pk=gone).delete()
    OutboxEvent.objects.filter(pk=waiting).update(sealed_at=None, log_index=None)
    old.save()
    new = deed()
    deliver(NOW)
    assert "older than the log" in state().finding
    assert types_in(own_log).count("log.mismatch_found") == 1
    assert sorted(id_ for id_ in ids_in(own_log) if id_ in {kept, waiting, gone, new}) == sorted(
        [kept, waiting, gone, new]
    )
    deliver(NOW)
    assert len(ids_in(own_log)) == len(set(ids_in(own_log)))


def test_a_log_folder_put_back_stops_the_relay_until_settled_then_delivers_again(own_log, deed, tmp_path):
    first = deed()
    deliver(NOW)
    shutil.copytree(own_log, tmp_path / "copy")
    second = deed()
    deliver(NOW)
    shutil.rmtree(own_log)
    shutil.copytree(tmp_path / "copy", own_log)
    third = deed()
    with pytest.raises(Fault, match="FH-LOG-91"):
        deliver(NOW)
    assert ids_in(own_log) == [first]
    assert "shorter" in state().finding
    open_log(NOW)  # a start is not kept from happening by it
    settle_finding("restored from last night's copy", by=KEEPER, now=NOW)
    assert state().finding == ""
    deliver(NOW)
    told = ids_in(own_log)
    assert {first, second, third} <= set(told)
    assert len(told) == len(set(told))
    assert types_in(own_log).count("log.finding_settled") == 1


def test_another_log_of_the_same_length_is_found(own_log, deed):
    deed()
    deliver(NOW)
    shutil.rmtree(own_log)
    with opened(places(), create=True) as vault:
        from fanghu.auditlog.record import entry_of_event

        vault.append([entry_of_event(bytes(OutboxEvent.objects.get().body).replace(b"test.done", b"test.gone"), NOW)])
        vault.seal(NOW)
    deed()
    with pytest.raises(Fault, match="FH-LOG-91"):
        deliver(NOW)
    assert "not those this database knows" in state().finding


def test_of_two_relays_one_delivers_and_the_other_waits_its_turn(own_log, deed):
    deed()
    naps = []
    with opened(places()):
        assert deliver(NOW) == 0
        with pytest.raises(Fault, match="FH-LOG-93") as told:
            seal_now(timeout=0.5, clock=lambda: NOW, pause=naps.append)
    assert told.value.exit_code == Exit.BUSY
    assert len(naps) == 5
    assert seal_now(clock=lambda: NOW, pause=naps.append) == 1


class FullDisk(Files):
    """No byte more can be written."""

    def write(self, descriptor, *pieces):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_loses_nothing_and_past_the_backlog_refuses_deeds(own_log, deed):
    waiting = deed()
    with pytest.raises(Fault, match="No space left"):
        deliver(NOW, open_=lambda: opened(places(), files=FullDisk()))
    assert OutboxEvent.objects.filter(sealed_at=None).count() == 1
    OutboxEvent.objects.bulk_create(
        OutboxEvent(id=f"{n:032x}", body=bytes(OutboxEvent.objects.get(pk=waiting).body), created_at=NOW)
        for n in range(BACKLOG)
    )
    with pytest.raises(Fault, match="FH-LOG-90"):
        deed()
    OutboxEvent.objects.exclude(pk=waiting).delete()
    deliver(NOW)
    deed()
    deliver(NOW)
    assert ids_in(own_log)[0] == waiting
    assert state().pending == 0


def test_a_deed_whose_event_no_entry_could_hold_is_refused_before_it_is_done(own_log):
    with pytest.raises(Fault, match="FH-LOG-94"), transaction.atomic():
        record("test.done", by=KEEPER, now=NOW, detail={"much": "漢" * 30_000})
    assert not OutboxEvent.objects.exists()


def test_the_longest_event_still_fits_an_entry(own_log, deed):
    id_ = deed(object_="漢" * 9_000, detail={"much": "漢" * 10_000})
    deliver(NOW)
    assert ids_in(own_log) == [id_]


def test_a_damaged_log_is_a_finding_and_keeps_the_event_waiting(own_log, deed):
    deed()
    deliver(NOW)
    tail = own_log / "frames" / "tail"
    data = bytearray(tail.read_bytes())
    data[-5] ^= 1
    tail.write_bytes(data)
    deed()
    with pytest.raises(Fault):
        deliver(NOW)
    assert state().finding
    assert state().pending == 1


def test_delivered_rows_go_after_thirty_days_and_waiting_ones_never(own_log, deed):
    deed()
    deliver(NOW)
    waiting = deed()
    assert prune_outbox(NOW.replace(day=23)) == 0
    assert prune_outbox(NOW.replace(month=12, day=23)) == 1
    assert list(OutboxEvent.objects.values_list("id", flat=True)) == [waiting]
