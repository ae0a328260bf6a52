"""How a drill signs in: over the wire, as a canary account of its run, from the run's own address."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from ipaddress import IPv4Address

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from fanghu.accounts.canaries import make_canary, remove_canaries
from fanghu.events.doer import Doer
from fanghu.probes.visitor import Answer, Visitor
from fanghu.shell.rights import Role
from fanghu.signin.factor import STEP, seal_seed
from fanghu.signin.proof_of_work import solve
from fanghu.signin.throttling import forget_sources
from fanghu.testimony import DrillRun, Subject

SYSTEM_ONE = Subject.system("fanghu")
CHALLENGE = "/sign-in/challenge/"
SOURCES = 16
LOGIN, SECOND, INSIDE = "/sign-in/", "/sign-in/second-factor/", "/sign-in/account/"


def doer(run_id: str) -> Doer:
    """Who prepares and cleans up a run."""
    return Doer("drill", place="machine", run=run_id)


def canary_password(run_id: str) -> str:
    """The password of a run's canaries, derived from a key outside the database, so that no run stores it."""
    return f"Cn-{settings.CUSTODY.keyed_hash('canary', run_id)[:24]}"


def canary_seed(run_id: str) -> str:
    """The second factor's seed of a run's canaries (base32), derived in the same way."""
    return base64.b32encode(bytes.fromhex(settings.CUSTODY.keyed_hash("canary-factor", run_id))[:20]).decode()


def code_of(run: DrillRun) -> str:
    """The code that the canaries' authenticator app shows now (RFC 6238)."""
    counter = int(run.clock().timestamp()) // STEP
    return str(format_hotp_value(hotp_value(canary_seed(run.run_id), counter)))


def visitor(run: DrillRun, number: int = 0) -> Visitor:
    """A fresh browser without script, calling from the run's own address, or from one of the ``SOURCES`` next to it."""
    source = str(IPv4Address(run.source) + number)
    return Visitor(run.base_url, settings.HOME / "tls" / "authority.pem", source=source)


def sources_of(run_id: str) -> list[str]:
    """Every address a run's visitors may have called from."""
    first = IPv4Address(DrillRun(run_id, "", SYSTEM_ONE, "", timezone.now).source)
    return [str(first + number) for number in range(SOURCES)]


def proof_for(browser: Visitor, purpose: str, login_id: str = "") -> str:
    """Ask for a challenge and solve it, as the page's script would; "" where the server gives none."""
    answer = browser.post(CHALLENGE, {"purpose": purpose, "login": login_id})
    try:
        return solve(str(json.loads(answer.text)["challenge"]))
    except (ValueError, LookupError, TypeError):
        return ""


def send(browser: Visitor, path: str, fields: Mapping[str, str], purpose: str = "change") -> Answer:
    """Fill and send a form that asks for a proof (a password change unless said otherwise)."""
    return browser.submit(path, {**fields, "proof": proof_for(browser, purpose, fields.get("login", ""))})


def attempt(browser: Visitor, login_id: str, password: str) -> Answer:
    """One try to sign in by password, its challenge solved; what the server answered."""
    return send(browser, LOGIN, {"login": login_id, "password": password}, "sign-in")


def is_inside(browser: Visitor) -> bool:
    """Whether a page behind sign-in opens."""
    inside = browser.get(INSIDE)
    return inside.status == 200 and inside.url.partition("?")[0].endswith(INSIDE)


def make(run: DrillRun, label: str, *, roles: Iterable[Role] = (), factor: bool = True) -> str:
    """Make a canary of the run with its password and, if asked, a second factor; return its login id."""
    account, _given = make_canary(
        run.run_id, label, password=canary_password(run.run_id), roles=roles, by=doer(run.run_id), now=run.clock()
    )
    if factor:
        with transaction.atomic():
            Authenticator.objects.filter(user_id=account.pk).delete()
            sealed = seal_seed(canary_seed(run.run_id), str(account.pk))
            Authenticator.objects.create(user_id=account.pk, type=Authenticator.Type.TOTP, data={"secret": sealed})
    return account.login_id


def enter(run: DrillRun, label: str, *, roles: Iterable[Role] = (), factor: bool = True) -> Visitor:
    """A browser in which a canary of the run is signed in, through every stage; ``is_inside`` says whether it got in."""
    login_id = make(run, label, roles=roles, factor=factor)
    browser = visitor(run)
    answer = attempt(browser, login_id, canary_password(run.run_id))
    if factor and SECOND in answer.url:
        browser.submit(SECOND, {"code": code_of(run)})
    return browser


def clean_up(run_id: str) -> list[str]:
    """Remove the run's canaries with their locks, counts, factors and sessions; return what is left."""
    left = remove_canaries(run_id, by=doer(run_id), now=datetime.now(UTC))
    counts = forget_sources(sources_of(run_id)) if run_id else 0
    return [*left, f"{counts} counts of sources"] if counts else left
