"""Every sign-in of the log has somebody behind it, or a person must say what it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from fanghu.accounts import actions, strays
from fanghu.accounts.canaries import make_canary, remove_canaries
from fanghu.accounts.collectors import PROVIDERS, SYSTEM_ONE
from fanghu.accounts.facts import Identities
from fanghu.accounts.models import Account, CheckOut, SignInReading, StraySignIn
from fanghu.accounts.reading import why_not
from fanghu.assurance.models import DrillRecord
from fanghu.auditlog.actions import deliver, open_log
from fanghu.auditlog.reading import events
from fanghu.events.actions import record
from fanghu.events.doer import Doer
from fanghu.shell.rights import Role
from fanghu.testimony import Scope
from tests.cast import PASSWORD

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
RUN = "0123456789abcdef0123456789abcdef"
DRILL = Doer("drill", place="machine", run=RUN)


@pytest.fixture
def own_log(cast: dict[str, Any], settings: Any, tmp_path: Path) -> Path:
    """An opened, empty log in a data folder of the test's own."""
    settings.HOME = tmp_path
    open_log(NOW)
    return tmp_path


def doer(account: Account) -> Doer:
    return Doer("console", account=str(account.pk), person=str(account.person_id), place="10.0.0.9")


def signs_in(account: Any, at: datetime = NOW, run: str = "") -> None:
    """The event of a sign-in, as ``signin.attempts`` leaves it."""
    by = Doer("console", account=str(account.pk), place="10.0.0.9", run=run)
    with transaction.atomic():
        record("signin.succeeded", by=by, now=at, object_=f"account:{account.pk}", detail={"methods": ["password"]})


def looked(at: datetime = NOW + timedelta(seconds=30)) -> int:
    deliver(at)
    return strays.look(at)


def identities() -> Identities:
    facts: Identities = PROVIDERS[Identities](Scope(NOW, frozenset({SYSTEM_ONE})))[SYSTEM_ONE].facts
    return facts


def test_holders_are_no_strays_and_the_log_is_read_once(cast: dict[str, Any], own_log: Path) -> None:
    signs_in(cast["alice"])
    signs_in(cast["bob"])
    assert looked() == 0
    reading = SignInReading.objects.get()
    assert (reading.sign_ins, reading.position) == (2, 2)
    assert looked(NOW + timedelta(minutes=1)) == 0
    assert SignInReading.objects.get().sign_ins == 2
    assert identities().log_read_at == NOW + timedelta(minutes=1)


def test_a_sign_in_that_nobody_explains_raises_an_alarm_once(cast: dict[str, Any], own_log: Path) -> None:
    """The account left the register after somebody signed in with it: the log keeps what the table forgot."""
    gone = cast["dave"]
    signs_in(gone)
    gone.delete()
    assert (looked(), looked(NOW + timedelta(minutes=1))) == (1, 0)
    (stray,) = StraySignIn.objects.all()
    assert (stray.why, stray.place, identities().strays) == ("unknown_account", "10.0.0.9", 1)
    deliver(NOW)
    ((_index, alarm),) = events("signin.stray")
    assert (alarm.object, alarm.detail["event"]) == (f"account:{stray.account}", stray.event)


def test_a_lent_account_is_explained_by_its_check_out_alone(cast: dict[str, Any], own_log: Path) -> None:
    lent = cast["dave"]
    Account.objects.filter(pk=lent.pk).update(lent=True)
    CheckOut.objects.create(
        account=lent, person=cast["alice"].person, reason="disk", hours=1, granted_at=NOW, from_at=NOW,
        until=NOW + timedelta(hours=1), ended_at=NOW + timedelta(minutes=10), end_reason="given_back",
    )  # fmt: skip
    signs_in(lent, NOW + timedelta(minutes=5))
    assert looked(NOW + timedelta(minutes=6)) == 0
    signs_in(lent, NOW + timedelta(minutes=11))
    assert looked(NOW + timedelta(minutes=12)) == 1
    assert StraySignIn.objects.get().why == "no_check_out"


def test_a_holder_who_left_explains_nothing(cast: dict[str, Any], own_log: Path) -> None:
    person = cast["bob"].person
    person.employed_until = date(2026, 11, 22)
    person.save()
    signs_in(cast["bob"])
    assert looked() == 1
    assert StraySignIn.objects.get().why == "holder_left"
    assert identities().without_holder == 1


def test_canaries_are_explained_by_their_run_and_by_nothing_else(cast: dict[str, Any], own_log: Path) -> None:
    made, _ = make_canary(RUN, "good", password=PASSWORD, by=DRILL, now=NOW)
    signs_in(made, at=NOW + timedelta(seconds=1), run=RUN)
    assert looked() == 0
    bait, _ = make_canary(RUN, "bait", password=PASSWORD, signs_in=False, by=DRILL, now=NOW)
    signs_in(bait, at=NOW + timedelta(seconds=1), run=RUN)
    signs_in(made, at=NOW + timedelta(seconds=1), run=RUN)
    remove_canaries(RUN, by=DRILL, now=NOW + timedelta(seconds=2))
    assert looked(NOW + timedelta(minutes=1)) == 1, (
        "the bait alone; the other was made for it before, and removed after"
    )
    assert identities().strays == 0, "a drill's own bait is its own"
    signs_in(made, run=RUN)
    assert looked(NOW + timedelta(minutes=2)) == 1
    assert set(StraySignIn.objects.values_list("why", flat=True)) == {"canary"}
    assert identities().strays == 1, "whoever signs in as a canary that was removed is nobody's drill"


def test_bait_found_after_its_drill_was_cut_off_leaves_an_event_and_no_row(
    cast: dict[str, Any], own_log: Path, settings: Any
) -> None:
    """Killed midway, the run is cleaned up at the next start; the sign-in is read only then."""
    settings.FANGHU_OPEN_RUNS = "fanghu.assurance.drilling.is_open"
    bait, _ = make_canary(RUN, "bait", password=PASSWORD, signs_in=False, by=DRILL, now=NOW)
    signs_in(bait, at=NOW + timedelta(seconds=1), run=RUN)
    remove_canaries(RUN, by=DRILL, now=NOW + timedelta(seconds=2))
    assert looked() == 1
    assert not StraySignIn.objects.exists()
    deliver(NOW)
    assert [event.run for _index, event in events("signin.stray")] == [RUN]


def test_a_canary_outside_an_open_run_is_loose_and_opens_nothing(
    cast: dict[str, Any], own_log: Path, settings: Any
) -> None:
    settings.FANGHU_OPEN_RUNS = "fanghu.assurance.drilling.is_open"
    loose, _ = make_canary(RUN, "loose", password=PASSWORD, roles=[Role.AUDITOR], by=DRILL, now=NOW)
    assert identities().loose_canaries == 1
    assert Account.objects.get(pk=loose.pk).rights == frozenset()


def test_a_canary_has_its_rights_while_its_run_goes_on_and_not_after(cast: dict[str, Any], settings: Any) -> None:
    settings.FANGHU_OPEN_RUNS = "fanghu.assurance.drilling.is_open"
    run = DrillRecord.objects.create(id=RUN, name="lockout", duty="6.5", subject="system:fanghu", asked_at=NOW)
    canary, _ = make_canary(RUN, "reader", password=PASSWORD, roles=[Role.AUDITOR], by=DRILL, now=NOW)
    rights = {}
    for state in DrillRecord.State:
        DrillRecord.objects.filter(pk=run.pk).update(state=state)
        account = Account.objects.get(pk=canary.pk)
        rights[state] = (bool(account.rights), why_not(account, NOW))
    assert rights == {
        "queued": (False, "run_over"), "running": (True, None), "waiting": (True, None), "finished": (False, "run_over"),
    }  # fmt: skip


def test_a_person_settles_it_and_never_for_themselves(
    cast: dict[str, Any], own_log: Path, client_as: Callable[[str], Any]
) -> None:
    Account.objects.filter(pk=cast["bob"].pk).update(lent=True)
    signs_in(cast["bob"])
    assert looked() == 1
    stray = StraySignIn.objects.get()
    with pytest.raises(actions.Refused, match="Nobody settles"):
        strays.settle(stray.pk, "it was me", by=doer(cast["bob"]), now=NOW)
    with pytest.raises(actions.Refused, match="Say what"):
        strays.settle(stray.pk, " ", by=doer(cast["erin"]), now=NOW)
    erin = client_as("erin")
    assert b"Nobody had it checked out" in erin.get("/accounts/strays/").content
    erin.post(f"/accounts/strays/{stray.pk}/settle/", {"reason": "bob, before the account was lent"})
    stray.refresh_from_db()
    assert (stray.settled_by_person_id, identities().strays) == (cast["erin"].person_id, 0)
    assert client_as("carol").post(f"/accounts/strays/{stray.pk}/settle/", {"reason": "x"}).status_code == 403


def test_a_look_that_dies_reads_on_without_a_second_alarm(cast: dict[str, Any], own_log: Path) -> None:
    """Killed before the transaction ends, it has found nothing; the next look finds it once."""
    signs_in(cast["dave"])
    cast["dave"].delete()
    deliver(NOW)
    with pytest.raises(RuntimeError), transaction.atomic():
        assert strays.look(NOW) == 1
        raise RuntimeError("killed")
    assert strays.look(NOW) == 1
    assert StraySignIn.objects.count() == 1
