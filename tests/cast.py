"""The cast, everywhere: erin, alice, bob, carol and dave with their roles; mallory is the visitor without any."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlencode

import pytest

PASSWORD = "Quiet-River-7-Stones"
ROLES = {"erin": "officer", "alice": "administrator", "bob": "reviewer", "carol": "auditor", "dave": "owner"}


def is_open(run_id: str) -> bool:
    """Every named run of a test goes on."""
    return bool(run_id)


@cache
def hashed() -> str:
    """The cast's one password, hashed once for all tests."""
    from django.contrib.auth.hashers import make_password

    return make_password(PASSWORD)


def seed_for(login_id: str) -> str:
    """The second factor's seed of erin and alice, the same in every test."""
    import base64

    return base64.b32encode(login_id.ljust(20, "x").encode()).decode()


def code_for(login_id: str, *, later: int = 0, at: datetime | None = None) -> str:
    """The code that the authenticator app of ``login_id`` shows, ``later`` steps of 30 s on."""
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

    moment = at or datetime.now(UTC)
    return format_hotp_value(hotp_value(seed_for(login_id), int(moment.timestamp()) // 30 + later))


def add_account(login_id: str, role: str | None, *, factor: bool, person: Any = None, **fields: Any) -> Any:
    """One account with the cast's password, set a week ago."""
    from allauth.mfa.models import Authenticator
    from django.apps import apps

    from fanghu.accounts.models import Account, AccountRole
    from fanghu.signin.factor import seal_seed

    now = datetime.now(UTC)
    if person is None:
        person = apps.get_model("register", "Person").objects.create(number=f"S-{login_id}", name=login_id.title())
    account = Account.objects.create(
        login_id=login_id,
        password=hashed(),
        person=person,
        display_name=login_id.title(),
        valid_from=now - timedelta(days=7),
        created_at=now - timedelta(days=7),
        password_set_at=now - timedelta(days=7),
        **fields,
    )
    if role:
        AccountRole.objects.create(account=account, role=role, granted_at=now)
    if factor:
        Authenticator.objects.create(
            user_id=account.pk, type="totp", data={"secret": seal_seed(seed_for(login_id), str(account.pk))}
        )
    return account


@pytest.fixture
def cast(db: None) -> dict[str, Any]:
    """Everybody, by name."""
    return {name: add_account(name, role, factor=name in {"erin", "alice"}) for name, role in ROLES.items()}


@pytest.fixture(autouse=True)
def quick_challenges(settings: Any) -> None:
    """A proof of work costs little in tests, and answers need not wait for the deadline; neither is switched off."""
    settings.FANGHU_PROOF_COST, settings.FANGHU_SIGNIN_DEADLINE = 50, 0.001


def solved(client: Any, path: str, fields: dict[str, Any]) -> dict[str, Any]:
    """``fields`` with the proof that the page's script would add, where the page at ``path`` asks for one."""
    from django.urls import Resolver404, resolve

    from fanghu.signin.proof_of_work import solve

    try:
        purpose = getattr(resolve(path.partition("?")[0]).func, "fanghu_resists", "")
    except Resolver404:
        purpose = ""
    if not purpose or "proof" in fields:
        return fields
    asked = {"purpose": str(purpose), "login": fields.get("login", "")}
    return {**fields, "proof": solve(client.post("/sign-in/challenge/", asked).json()["challenge"])}


def browser() -> Any:
    """A fresh browser: https, English, cookies of its own, a script that solves challenges."""
    from django.test import Client

    class Browser(Client):
        """Sends what a page's form and script would."""

        def post(self, path: str, data: Any = None, *args: Any, **kwargs: Any) -> Any:
            """Adds the proof where one is asked for; ``{"proof": ""}`` sends none."""
            if path == "/sign-in/" and type(data) is dict:
                kwargs["content_type"] = "application/x-www-form-urlencoded"
                return super().post(path, urlencode(solved(self, path, data)), *args, **kwargs)
            plain = data is None or type(data) is dict
            return super().post(path, solved(self, path, data or {}) if plain else data, *args, **kwargs)

    return Browser(HTTP_ACCEPT_LANGUAGE="en", **{"wsgi.url_scheme": "https", "SERVER_PORT": "443"})


def sit_down(account: Any) -> Any:
    """A browser in which ``account`` has a session already, without the cost of signing in."""
    from django.http import HttpRequest

    from fanghu.signin.attempts import hash_of
    from fanghu.signin.counts import spend
    from fanghu.signin.sessions import open_session

    client = browser()
    client.force_login(account)
    spend(secrets.token_hex(12), "sign-in", hash_of(account.login_id), datetime.now(UTC))
    request = HttpRequest()
    request.session = client.session
    request.META = {"REMOTE_ADDR": "127.0.0.1"}
    open_session(request, account, ["password"], now=datetime.now(UTC))
    return client


@pytest.fixture
def client_as(cast: dict[str, Any]) -> Callable[[str], Any]:
    """``client_as("alice")`` is a browser where alice is signed in; ``client_as("mallory")`` one where nobody is."""
    return lambda name: sit_down(cast[name]) if name in cast else browser()
