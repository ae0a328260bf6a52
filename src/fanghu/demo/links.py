"""One-time sign-in links for the cast: a file for each, named by the token's hash, gone once it is used."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from pathlib import Path

FOLDER = "sample-links"


def make(home: Path, login_ids: Iterable[str]) -> dict[str, str]:
    """A new token for each login id; older links die."""
    folder = home / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    tokens = {}
    for login_id in login_ids:
        tokens[login_id] = secrets.token_urlsafe(24)
        (folder / _name(tokens[login_id])).write_text(login_id, "utf-8")
    return tokens


def whose(home: Path, token: str) -> str | None:
    """The login id that an unused link is for."""
    try:
        return (home / FOLDER / _name(token)).read_text("utf-8")
    except OSError:
        return None


def use(home: Path, token: str) -> str | None:
    """Consume a link and return its login id; None when it is used already or never was. Only one caller gets it."""
    login_id = whose(home, token)
    try:
        (home / FOLDER / _name(token)).unlink()
    except OSError:
        return None
    return login_id


def _name(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
