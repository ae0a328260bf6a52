"""Old records are let go by two people and the keeper; holds, youth and doubt keep them (4.1)."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fanghu.approvals.actions import decide
from fanghu.approvals.models import Approval
from fanghu.auditlog.actions import open_log, places, seal_now, search
from fanghu.auditlog.gone import missing, shortest_kept_days
from fanghu.auditlog.query import Query
from fanghu.auditlog.vault import SealedLog, opened
from fanghu.auditlog.verification import verify
from fanghu.events.doer import KEEPER, Doer
from fanghu.events.models import OutboxEvent
from fanghu.faults import Fault
from fanghu.keys.locations import LogPlaces
from fanghu.keys.log_keys import pinned
from fanghu.register.actions import register_system_one
from fanghu.register.defining import ask_to_confirm_defaults
from fanghu.retention import actions
from fanghu.retention.jobs import prune_approved
from fanghu.retention.models import Hold, Part, Pruning
from fanghu.retention.surveying import survey
from fanghu.tlog.entry import Envelope, encode
from fanghu.tlog.frames import SEGMENT
from fanghu.tlog.verify import verify_folder

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
OLD = NOW - timedelta(days=4 * 365.25)


def doer(account: Any) -> Doer:
    return Doer("console", account=str(account.pk), person=str(account.person_id), place="127.0.0.1")


@pytest.fixture(scope="module")
def aged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose log begins with one whole segment of four years ago, and one line of last year."""
    home = tmp_path_factory.mktemp("aged")

    def line(number: int, at: datetime) -> bytes:
        stamp = at.isoformat().replace("+00:00", "Z")
        return encode(Envelope(f"old/{number}", "import", "gateway", stamp, time=stamp, type="session.opened"), b"line")

    with opened(LogPlaces(home), create=True) as vault:
        vault.append([line(n, OLD) for n in range(SEGMENT)])
        vault.append([line(SEGMENT, NOW - timedelta(days=300))])
        vault.seal(NOW)
    return home


@pytest.fixture
def house(aged: Path, cast: dict[str, Any], settings: Any, tmp_path: Path) -> dict[str, Any]:
    """System one with its retention approved, upon that log."""
    shutil.copytree(aged, tmp_path, dirs_exist_ok=True)
    settings.HOME = tmp_path
    register_system_one(NOW)
    open_log(NOW)
    asked = ask_to_confirm_defaults("as shipped", by=doer(cast["erin"]), now=NOW)
    decide(asked.pk, True, "read", by=doer(cast["bob"]), now=NOW)
    seal_now(wait=True)
    survey(NOW)
    return cast


def report() -> Any:
    return verify_folder(places().folder, keys=[pinned(places().public_key)])


def asked_and_approved(cast: dict[str, Any]) -> Approval:
    asked = actions.ask_pruning("", "older than three years", by=doer(cast["alice"]), now=NOW)
    return decide(asked.pk, True, "read", by=doer(cast["bob"]), now=NOW)


def told(kind: str) -> list[str]:
    return [body for row in OutboxEvent.objects.all() if f'"{kind}"' in (body := bytes(row.body).decode())]


def test_alice_asks_bob_approves_and_the_keeper_lets_go(house: dict[str, Any]) -> None:
    before = SealedLog(places().folder).checkpoint
    assert asked_and_approved(house).state == "approved"
    assert SealedLog(places().folder).reader.first == 0, "nothing goes within a request"
    assert prune_approved(NOW) == 1
    log, row = SealedLog(places().folder), Pruning.objects.get()
    assert (log.reader.first, row.done_at) == (SEGMENT, NOW)
    assert log.extends(before.size, before.root.hex())
    detail = log.reader.entry(row.record or 0).envelope.detail
    assert detail["asked_by"] == str(house["alice"].person_id) and detail["approved_by"] == str(house["bob"].person_id)
    assert report().ok and missing() == 0
    assert 1_400 < (shortest_kept_days() or 0) < 1_500
    assert len(told("log.pruned")) == 1
    assert prune_approved(NOW) == 0
    survey(NOW)
    assert not Part.objects.exists()
    seal_now(wait=True)
    assert report().ok


def test_what_is_younger_stays(house: dict[str, Any]) -> None:
    Part.objects.update(newest_received=NOW - timedelta(days=1_095))
    with pytest.raises(Fault, match="FH-RET-01"):
        actions.ask_pruning("", "please", by=doer(house["alice"]), now=NOW)


def test_a_row_written_over_by_hand_does_not_make_a_record_old(house: dict[str, Any]) -> None:
    """The keeper reads the records themselves once more."""
    with opened(places()) as vault:
        stamp = NOW.isoformat()
        young = [encode(Envelope(f"y/{n}", "import", "gateway", stamp), b"") for n in range(SEGMENT)]
        vault.append(young)
        vault.seal(NOW)
    survey(NOW)
    Part.objects.update(newest_received=OLD)
    asked_and_approved(house)
    assert Pruning.objects.get().before == 2 * SEGMENT
    assert prune_approved(NOW) == 0
    assert Pruning.objects.get().refused == "held"
    assert SealedLog(places().folder).reader.first == 0
    assert '"failure"' in told("log.pruned")[0]


def test_a_decision_nobody_made_is_not_carried_out(house: dict[str, Any]) -> None:
    asked = actions.ask_pruning("", "older", by=doer(house["alice"]), now=NOW)
    Pruning(log="", before=SEGMENT, newest=OLD, approval=asked, approved_at=NOW).save()
    assert prune_approved(NOW) == 0
    assert SealedLog(places().folder).reader.first == 0


def test_a_hold_keeps_it_until_a_second_person_releases_it(house: dict[str, Any]) -> None:
    alice, bob, erin = doer(house["alice"]), doer(house["bob"]), doer(house["erin"])
    asked = actions.ask_pruning("", "older", by=alice, now=NOW)
    hold = actions.set_hold("letter 1150001", sources=["gateway"], since=None, until=None, by=erin, now=NOW)
    assert decide(asked.pk, True, "read", by=bob, now=NOW).state == "lapsed", "the hold came between"
    with pytest.raises(Fault, match="FH-RET-01"):
        actions.ask_pruning("", "older", by=alice, now=NOW)
    release = actions.ask_release(hold.pk, "case closed", by=erin, now=NOW)
    with pytest.raises(Fault):
        decide(release.pk, True, "mine", by=erin, now=NOW)
    assert Hold.objects.get().released_at is None
    decide(release.pk, True, "read", by=bob, now=NOW)
    assert Hold.objects.get().released_at == NOW
    asked_and_approved(house)
    assert prune_approved(NOW) == 1


def test_a_hold_set_after_the_approval_still_keeps_it(house: dict[str, Any]) -> None:
    asked_and_approved(house)
    actions.set_hold("letter 2", sources=[], since=None, until=None, by=doer(house["erin"]), now=NOW)
    assert prune_approved(NOW) == 0
    assert SealedLog(places().folder).reader.first == 0 and report().ok


def test_while_another_holds_the_log_the_pruning_waits(house: dict[str, Any]) -> None:
    asked_and_approved(house)
    with opened(places()):
        assert actions.carry_out(NOW, by=KEEPER, open_=opened) == 0
    assert prune_approved(NOW) == 1


@pytest.mark.parametrize(("field", "code"), [("reason", "FH-RET-02"), ("days", "FH-RET-03")])
def test_bad_input_of_a_hold(house: dict[str, Any], field: str, code: str) -> None:
    bad = {"reason": " "} if field == "reason" else {"reason": "x"}
    since, until = (NOW.date(), OLD.date()) if field == "days" else (None, None)
    with pytest.raises(Fault, match=code):
        actions.set_hold(bad["reason"], sources=[], since=since, until=until, by=doer(house["erin"]), now=NOW)
    assert not Hold.objects.exists()


def test_who_lets_go_behind_the_product_is_seen(house: dict[str, Any]) -> None:
    """With the log's own key, but with no word on how old the records were, or by taking files away."""
    assert shortest_kept_days() is None
    with opened(places()) as vault:
        vault.writer.prune(SEGMENT, {"newest": "long ago"}, NOW)
    assert report().ok
    assert shortest_kept_days() == 0.0, "4.1 is not met then"
    (places().folder / "pruned").write_bytes(b"fanghu/pruned/v1\n65536\n65537\n")
    assert missing() >= SEGMENT and shortest_kept_days() is None


def test_what_was_let_go_is_not_found_any_more_and_the_rest_is(house: dict[str, Any]) -> None:
    query = Query({"source": ("gateway",)})
    assert len(list(search(query, by=KEEPER, now=NOW))) == SEGMENT + 1
    asked_and_approved(house)
    prune_approved(NOW)
    seal_now(wait=True)
    assert [record.index for record in search(query, by=KEEPER, now=NOW)] == [SEGMENT]
    assert verify(by=KEEPER, now=NOW).ok
