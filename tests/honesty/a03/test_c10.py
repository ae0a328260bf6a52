"""3.10: a gate taken out, a page without a right, and every way to bring one's own identity are seen."""

from __future__ import annotations

from django.conf import settings

from fanghu.console import board
from fanghu.shell.rights import Right
from tests.honesty.planting import House, Plant, tried

DUTY = "3.10"
GATE = "fanghu.shell.access.RightsMiddleware"
LEDGER = "fanghu.signin.ledger.LedgerMiddleware"


def open_the_board(house: House) -> None:
    mark(house, Right.PUBLIC)


def forget_the_right(house: House) -> None:
    mark(house, None)


def mark(house: House, right: Right | None) -> None:
    """Change what the board's view asks for, as an edited source would."""
    before = board.board.fanghu_right  # type: ignore[attr-defined]
    house.undo.append(lambda: setattr(board.board, "fanghu_right", before))
    board.board.fanghu_right = right  # type: ignore[attr-defined]


def believe_headers(house: House) -> None:
    listed = list(settings.MIDDLEWARE)
    listed.insert(listed.index(LEDGER), "django.contrib.auth.middleware.RemoteUserMiddleware")
    house.setting("MIDDLEWARE", listed)


PLANTS = [
    Plant("the gate is taken out", lambda house: house.without(GATE), "no_gate"),
    Plant("the session ledger is taken out", lambda house: house.without(LEDGER), "no_gate"),
    Plant("a page is opened to anybody", open_the_board, "open"),
    Plant("a page asks for no right", forget_the_right, "without_right"),
    Plant("the proxy's header is believed", believe_headers, "headers"),
    Plant(
        "passwords are accepted around the ledger",
        lambda house: house.setting(
            "AUTHENTICATION_BACKENDS",
            [*settings.AUTHENTICATION_BACKENDS, "django.contrib.auth.backends.ModelBackend"],
        ),
        "other_ways",
    ),
    Plant(
        "the session is kept in the browser",
        lambda house: house.setting("SESSION_ENGINE", "django.contrib.sessions.backends.signed_cookies"),
        "session_in_client",
    ),
    Plant(
        "the session store is Django's own, with readable keys",
        lambda house: house.setting("SESSION_ENGINE", "django.contrib.sessions.backends.db"),
        "session_in_client",
    ),
    Plant(
        "scripts may read the session cookie",
        lambda house: house.setting("SESSION_COOKIE_HTTPONLY", False),
        "cookie_open",
    ),
]
test_a_fault_is_seen = tried(DUTY, PLANTS)
