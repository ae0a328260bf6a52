"""What the accounts say of themselves for 6.1 and 6.2, and how each weakness shows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction

from fanghu.accounts.collectors import PROVIDERS, SYSTEM_ONE
from fanghu.accounts.facts import AdministratorFactors, Identities
from fanghu.accounts.models import Account, CheckOut
from fanghu.auditlog.actions import deliver, open_log
from fanghu.events.actions import record
from fanghu.events.doer import Doer
from fanghu.testimony import Scope
from tests.cast import PASSWORD, add_account, browser, code_for
from tests.signin.test_enrolment import code_on

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def said(kind: type, at: datetime = NOW) -> Any:
    return PROVIDERS[kind](Scope(at, frozenset({SYSTEM_ONE})))[SYSTEM_ONE].facts


def test_five_people_with_an_account_each(cast: dict[str, Any]) -> None:
    facts: Identities = said(Identities)
    assert (facts.accounts, facts.same_id, facts.without_holder, facts.shared, facts.overdue) == (5, 0, 0, 0, 0)
    assert facts.log_read_at is None


def test_a_lent_account_with_a_password_of_its_own_is_shared(cast: dict[str, Any]) -> None:
    Account.objects.filter(pk=cast["dave"].pk).update(lent=True)
    assert said(Identities).shared == 1, "whoever knows the password it still has could use it"
    dave = Account.objects.get(pk=cast["dave"].pk)
    dave.set_unusable_password()
    dave.save()
    assert said(Identities).shared == 0


def test_with_the_gate_out_of_the_settings_every_lent_account_is_open(cast: dict[str, Any], settings: Any) -> None:
    dave = cast["dave"]
    dave.lent = True
    dave.set_unusable_password()
    dave.save()
    settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
    assert said(Identities).shared == 1


def test_a_check_out_that_nobody_ended_is_overdue(cast: dict[str, Any]) -> None:
    CheckOut.objects.create(
        account=cast["dave"], person=cast["alice"].person, reason="disk", hours=1,
        granted_at=NOW - timedelta(hours=2), from_at=NOW - timedelta(hours=2), until=NOW - timedelta(hours=1),
    )  # fmt: skip
    assert said(Identities).overdue == 1


def test_the_account_of_somebody_who_left_has_no_holder(cast: dict[str, Any]) -> None:
    person = cast["carol"].person
    person.employed_until = date(2026, 11, 23)
    person.save()
    assert said(Identities).without_holder == 0, "the last day of work still counts"
    assert said(Identities, NOW + timedelta(days=1)).without_holder == 1


@pytest.fixture
def own_log(cast: dict[str, Any], settings: Any, tmp_path: Path) -> None:
    settings.HOME = tmp_path
    open_log(NOW)


def sessions() -> Any:
    return apps.get_model("signin", "LedgerSession").objects


def later() -> datetime:
    """A few minutes on, the events beside every session sealed."""
    deliver(datetime.now(UTC))
    return datetime.now(UTC) + timedelta(minutes=3)


def test_alice_with_her_code_went_with_a_second_factor(own_log: None) -> None:
    alice = browser()
    alice.post("/sign-in/", {"login": "alice", "password": PASSWORD})
    alice.post("/sign-in/second-factor/", {"code": code_for("alice")})
    assert sessions().count() == 1
    facts: AdministratorFactors = said(AdministratorFactors, later())
    assert (facts.administrators, facts.factors_asked, facts.unguarded, facts.signed_in_without) == (
        1, 2, frozenset(), 0,
    )  # fmt: skip
    assert facts.tried_from_outside_at is None


def test_setting_the_factor_up_while_signing_in_counts_as_giving_it(own_log: None) -> None:
    add_account("mona", "administrator", factor=False)
    mona = browser()
    mona.post("/sign-in/", {"login": "mona", "password": PASSWORD})
    page = mona.get("/sign-in/set-up-factor/").content.decode()
    mona.post("/sign-in/set-up-factor/", {"code": code_on(page)})
    assert sessions().count() == 1
    assert said(AdministratorFactors, later()).signed_in_without == 0


def test_a_session_of_an_administrator_without_one_is_told(own_log: None, cast: dict[str, Any]) -> None:
    bob = browser()
    bob.post("/sign-in/", {"login": "bob", "password": PASSWORD})
    assert said(AdministratorFactors, later()).signed_in_without == 0, "bob administers nothing"
    Account.objects.filter(pk=cast["bob"].pk).update(kind="admin")
    assert said(AdministratorFactors, later()).signed_in_without == 1


def test_enrolling_after_the_session_began_does_not_mend_it(own_log: None, cast: dict[str, Any]) -> None:
    """The session went without; a factor set up in it a minute later protects the next one only."""
    Account.objects.filter(pk=cast["bob"].pk).update(kind="admin")
    begun = datetime.now(UTC) - timedelta(minutes=10)
    sessions().create(
        key_hash="1" * 64, account=cast["bob"], place="10.0.0.1", methods=["password"], started_at=begun, seen_at=begun
    )
    with transaction.atomic():
        by = Doer("console", account=str(cast["bob"].pk))
        enrolled = begun + timedelta(minutes=1)
        record("factor.enrolled", by=by, now=enrolled, object_=f"account:{cast['bob'].pk}", detail={"type": "totp"})
    assert said(AdministratorFactors, later()).signed_in_without == 1


@pytest.mark.parametrize("adapter", ["NoFactorStage", "NoSecondFactor"])
def test_a_stage_taken_away_leaves_the_console_unguarded(cast: dict[str, Any], settings: Any, adapter: str) -> None:
    settings.ACCOUNT_ADAPTER = f"tests.signin.broken.{adapter}"
    facts: AdministratorFactors = said(AdministratorFactors)
    assert (facts.factors_asked, facts.unguarded) == (1, frozenset({"console"}))
