"""The console's own pages, as each of the cast sees them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest


@pytest.fixture
def judged(db: None) -> None:
    """System one, judged once by the keeper."""
    from fanghu.assurance.actions import judge
    from fanghu.events.doer import KEEPER
    from fanghu.register.actions import register_system_one

    register_system_one(datetime.now(UTC))
    judge(None, by=KEEPER, now=datetime.now(UTC))


def test_an_empty_board_says_what_to_do(client_as: Callable[[str], Any]) -> None:
    page = client_as("erin").get("/").content.decode()
    assert "Nothing has been judged yet" in page
    assert "Describe the firm" in page and "strictest scope is assumed" in page


@pytest.mark.parametrize("who", ["erin", "alice", "bob", "carol", "dave"])
@pytest.mark.parametrize("path", ["/", "/?show=open", "/clauses/", "/clauses/?show=unknown", "/clause/6.5/", "/clause/6.7/",
                                  "/clause/6.7a/", "/system/fanghu/", "/work/"])
def test_every_page_opens_for_everybody_inside(who: str, path: str, judged: None, client_as: Callable[[str], Any]) -> None:
    answer = client_as(who).get(path)
    assert answer.status_code == 200
    assert "<h1></h1>" not in answer.content.decode()
