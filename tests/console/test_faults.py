"""Whatever goes wrong, a user sees one short sentence and a code (7.6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fanghu.probes.error_pages import read
from tests.cast import browser

Sit = Callable[[str], Any]


def seen(answer: Any, kind: str = "") -> Any:
    """The answer as an outsider judges it."""
    return read(kind, answer.status_code, answer.content.decode(), {k.lower(): v for k, v in answer.headers.items()})


def test_a_foreign_host_name_gets_our_page(db: None) -> None:
    found = seen(browser().get("/sign-in/", headers={"host": "elsewhere.invalid"}))
    assert (found.status, found.code, found.leaks) == (400, "FH-ACC-06", ())
    assert 0 < found.length < 200


def test_a_page_that_is_not_there(db: None) -> None:
    assert seen(browser().get("/nothing/")).code == "FH-ACC-03"


def test_the_wrong_way_to_ask(client_as: Sit) -> None:
    """A refusal that the framework sends empty gets our page, and keeps what it allows."""
    answer = client_as("erin").post("/")
    assert (seen(answer).status, seen(answer).code) == (405, "FH-ACC-07")
    assert answer.headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("language", ["en", "zh-hant"])
def test_an_error_of_ours_says_nothing_of_itself(client_as: Sit, settings: Any, language: str) -> None:
    """A page that breaks shows the code of a failure on our side, in the reader's language, and none of its text."""
    erin = client_as("erin")
    erin.raise_request_exception = False
    settings.FANGHU_EDITION = "no such edition /usr/lib/secret.toml"
    answer = erin.get("/clauses/", headers={"accept-language": language})
    found = seen(answer)
    assert (found.status, found.code, found.leaks) == (500, "FH-ERR-01", ())
    assert "secret.toml" not in answer.content.decode()
