"""``fanghu enrol`` on the machine: its links work, its exit codes say whether there is one."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest

from fanghu.cli.__main__ import main
from fanghu.signin.models import EnrolmentLink
from tests.cast import browser

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_first_link_and_it_opens(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["enrol"]) == 0
    address = urlsplit(capsys.readouterr().out.split()[0])
    assert address.scheme == "https"
    assert browser().get(address.path).status_code == 200


def test_no_first_link_beside_an_able_administrator(cast: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["enrol"]) == 1
    assert "FH-SGN-23" in capsys.readouterr().out


def test_a_recovery_for_alice_and_none_for_a_stranger(cast: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["enrol", "--again", "alice"]) == 0
    assert EnrolmentLink.objects.get().account == cast["alice"]
    assert main(["enrol", "--again", "stranger"]) == 2
    assert "FH-SGN-20" in capsys.readouterr().err
