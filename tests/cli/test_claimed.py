"""A command tells which operating-system account asks: the kernel's word first, and never as a proven account."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

from fanghu.cli.claimed import LONGEST, NOBODY_SIGNED_IN, account_of, claimed_account
from fanghu.cli.ready import here
from fanghu.events import doer
from fanghu.events.doer import Doer

NAMES = {0: "root", 1000: "wei", 1001: "mei"}


@pytest.mark.parametrize(
    ("login_uid", "sudo_user", "uid", "claim"),
    [
        (1000, "", 1000, "wei"),
        (1000, "wei", 0, "wei"),
        (1000, "mei", 0, "wei"),  # what the environment says does not go before what the kernel holds
        (1000, "", 0, "wei"),  # su keeps the login uid
        (NOBODY_SIGNED_IN, "mei", 0, "mei"),
        (NOBODY_SIGNED_IN, "", 0, "root"),
        (NOBODY_SIGNED_IN, "", 1001, "mei"),
        (1000, "", 1001, "wei"),
        (0, "mei", 0, "root"),
    ],
)
def test_who_signed_in_goes_before_who_called_sudo(login_uid: int, sudo_user: str, uid: int, claim: str) -> None:
    assert account_of(login_uid, sudo_user, uid, NAMES.__getitem__) == claim


def test_a_claim_is_one_short_word(tmp_path: Path) -> None:
    nobody = tmp_path / "loginuid"
    nobody.write_text(str(NOBODY_SIGNED_IN))
    assert claimed_account({"SUDO_USER": 'a:b\n"c" 魏'}, loginuid=nobody) == "a_b__c__魏"
    assert len(claimed_account({"SUDO_USER": "x" * 1_000}, loginuid=nobody)) == LONGEST
    assert claimed_account({"SUDO_USER": "wei"}, loginuid=tmp_path / "none") == "wei", "a kernel without login uids"
    nobody.write_text("4000000001")
    assert claimed_account({}, loginuid=nobody) == "uid-4000000001", "an account that is gone"


def test_a_claim_never_takes_an_accounts_place() -> None:
    assert Doer("cli", claimed="account").name == "cli:account"
    assert Doer("console", account="7", claimed="wei").name == "account:7"
    assert here().account == here().person == ""
    assert here().name == f"cli:{here().claimed}" and here().claimed
    assert doctest.testmod(doer).failed == 0
