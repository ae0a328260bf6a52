"""The guided first run: what is there decides each step; nothing is ticked."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.utils import translation

from fanghu.cli import first_run as command
from fanghu.console.first_run import first_open, outside, steps
from tests.cast import add_account
from tests.console.test_pages import judge_all

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)


def state() -> dict[str, bool]:
    with translation.override("en"):
        return {step.key: step.done for step in steps(datetime.now(UTC))}


@pytest.fixture
def one(db: None) -> None:
    from fanghu.register.actions import register_system_one

    register_system_one(NOW)


def test_each_step_is_done_when_its_facts_say_so(one: None) -> None:
    from fanghu.register.models import Firm

    assert state()["administrator"] is False
    add_account("alice", "administrator", factor=True)
    assert (state()["administrator"], state()["officer"]) == (True, False)
    erin = add_account("erin", "officer", factor=False)
    with translation.override("en"):
        officer = next(step for step in steps(datetime.now(UTC)) if step.key == "officer")
    assert officer.waits
    assert "Erin has an account" in officer.stands
    person = erin.person
    erin.delete()
    add_account("erin", "officer", factor=True, person=person)
    assert state()["officer"] is True
    assert state()["firm"] is False
    Firm.objects.create(pk=1, kind="futures_firm", changed_at=NOW)
    assert state()["firm"] is True


def test_one_person_with_two_accounts_is_no_second_person(one: None) -> None:
    alice = add_account("alice", "administrator", factor=True)
    add_account("alice2", "officer", factor=True, person=alice.person)
    assert state()["officer"] is False


def test_confirmed_defaults_are_a_step_each_for_asking_and_approving(
    one: None, cast: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from fanghu.approvals.actions import decide
    from fanghu.events.doer import Doer
    from fanghu.register import definitions as found
    from fanghu.register.defining import ask_to_confirm_defaults
    from tests.register.test_defining import CLOCK, KEEPING

    monkeypatch.setattr(found, "definitions", lambda: {"keeping": KEEPING, "clock": CLOCK})
    monkeypatch.setattr("fanghu.register.defining.definitions", lambda: {"keeping": KEEPING, "clock": CLOCK})
    erin, alice = (
        Doer("console", account=str(cast[name].pk), person=str(cast[name].person_id)) for name in ("erin", "alice")
    )
    assert (state()["defaults"], state()["confirmed"]) == (False, False)
    asked = ask_to_confirm_defaults("x", by=erin, now=NOW)
    assert (state()["defaults"], state()["confirmed"]) == (True, False)
    decide(asked.pk, True, "", by=alice, now=NOW)
    assert (state()["defaults"], state()["confirmed"]) == (True, True)


def test_the_page_offers_what_one_may_do_and_names_who_may(one: None, client_as: Callable[[str], Any]) -> None:
    judge_all()
    page = client_as("erin").get("/first-run/").content.decode()
    assert 'href="/register/firm/"' in page
    carol = client_as("carol").get("/first-run/").content.decode()
    assert 'href="/register/firm/"' not in carol
    assert "Describe the firm: security officer, system administrator, system owner" in carol
    assert "What only the world outside can give" in page
    assert "/clause/4.11/#s-fanghu" in page
    board = client_as("erin").get("/").content.decode()
    assert re.search(r"First run: \d of 6 steps are done\. Next: Describe the firm\.", board)


def test_what_is_missing_outside_is_one_sentence_each(one: None) -> None:
    judge_all()
    found = {each.duty: each for each in outside(datetime.now(UTC))}
    assert set(found) == {"4.9", "6.2", "4.11", "8.1"}
    assert all(all(each.sentence) for each in found.values())
    assert not found["4.11"].met


def test_the_command_prints_the_same_and_says_by_its_code_whether_steps_remain(
    one: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "C")
    assert command.run(argparse.Namespace(format="text")) == 1
    told = capsys.readouterr().out
    assert "→ Enrol the system administrator" in told
    assert "fanghu enrol" in told
    monkeypatch.setenv("LC_ALL", "zh_TW.UTF-8")
    assert command.run(argparse.Namespace(format="text")) == 1
    assert "→ 註冊系統管理者" in capsys.readouterr().out
    assert command.run(argparse.Namespace(format="json")) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["done"], told["next"]) == (False, "administrator")
    assert first_open(steps(NOW)).key == "administrator"
