"""Testimony of system one's accounts: whose they are (6.1), and how its administrators get in (6.2). Read only."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import Q

from fanghu.accounts.facts import AdministratorFactors, Identities
from fanghu.accounts.models import Account, CheckOut, SignInReading
from fanghu.accounts.reading import FACTOR_ROLES, unsettled_strays
from fanghu.accounts.rules import CLOCKS_APART, fold_login_id
from fanghu.accounts.runs import run_is_open
from fanghu.accounts.strays import SIGN_IN, taipei_date
from fanghu.auditlog.reading import events, events_until
from fanghu.shell.rights import Role
from fanghu.testimony import Scope

GATE = "fanghu.signin.ledger.LedgerMiddleware"
BACKEND = "fanghu.signin.backend.LedgerBackend"
STAGES = frozenset({"allauth.mfa.stages.AuthenticateStage", "fanghu.signin.stages.FactorStage"})
"""What asks for the second factor, and what makes an administrator set one up before anything else."""
SECOND = frozenset({"mfa", *Authenticator.Type.values})
"""How a session names a second factor that was given."""
ENTRANCES = (SIGN_IN, "administrator.enrolled", "account.sign_in_recovered")
"""The events by which a session comes to be."""
CONSOLE = "console"
LATE = timedelta(minutes=5)
LOOKED_BACK = timedelta(days=92)
ENROLLING = timedelta(minutes=20)
"""A sign-in in which the second factor is set up may take this long."""
UNSEALED = timedelta(minutes=2)
"""Younger sessions are left for the next look: the events beside them may not be sealed yet."""


def gate_stands() -> bool:
    """Whether every sign-in and every request asks the rules of accounts, and nothing goes around them."""
    return GATE in settings.MIDDLEWARE and set(settings.AUTHENTICATION_BACKENDS) == {BACKEND}


def _in_use() -> Any:
    """Internal accounts that may sign in, drills' canaries apart."""
    return Account.objects.filter(realm=Account.Realm.INTERNAL, state=Account.State.ACTIVE, canary_run="")


def identities(scope: Scope) -> Identities:
    """A fixed number of queries, and one for each run that left a canary."""
    accounts = list(_in_use().values_list("pk", "login_id", "lent", "person_id", "person__employed_until", "password"))
    today = taipei_date(scope.now)
    taken = set(CheckOut.objects.filter(from_at__isnull=False, ended_at=None).values_list("account_id", flat=True))
    open_to_all = [
        pk for pk, _id, lent, _person, _until, password in accounts
        if lent and (not gate_stands() or (pk not in taken and not password.startswith("!")))
    ]  # fmt: skip
    nobodys = [
        pk for pk, _id, lent, person, until, _password in accounts
        if not lent and (person is None or (until is not None and until < today))
    ]  # fmt: skip
    runs = set(Account.objects.exclude(canary_run="").values_list("canary_run", flat=True))
    loose = {run for run in runs if not run_is_open(run)}
    reading = SignInReading.objects.filter(pk=1).first()
    return Identities(
        accounts=len(accounts),
        same_id=len(accounts) - len({fold_login_id(login_id) for _pk, login_id, *_rest in accounts}),
        without_holder=len(nobodys),
        shared=len(open_to_all),
        overdue=CheckOut.objects.filter(ended_at=None, until__lte=scope.now - LATE).count(),
        loose_canaries=Account.objects.filter(canary_run__in=loose).count() if loose else 0,
        log_read_at=reading.read_at if reading else None,
        unmatched=_unmatched(reading),
        unopened_sessions=_unopened(reading),
        strays=unsettled_strays(),
    )


def _unmatched(reading: SignInReading | None) -> int:
    """Sign-ins of the log that should have been matched when it was last read, and were not."""
    if reading is None or reading.read_at is None:
        return 0
    return max(0, events_until(SIGN_IN, reading.read_at - UNSEALED) - reading.sign_ins)


def _unopened(reading: SignInReading | None) -> int:
    """Sessions of the day before the last look that no sign-in and no enrolment in the log opened."""
    if reading is None or reading.read_at is None:
        return 0
    since = reading.read_at - timedelta(days=1)
    begun = Account.objects.filter(
        canary_run="",
        ledger_sessions__started_at__gte=since,
        ledger_sessions__started_at__lt=reading.read_at - UNSEALED,
    ).values_list("pk", "ledger_sessions__started_at")
    entered: dict[str, list[datetime]] = {}
    for type_ in ENTRANCES if begun else ():
        for name, times in _told(type_, since - ENROLLING).items():
            entered.setdefault(name, []).extend(times)
    return sum(
        not any(started - ENROLLING <= at <= started + CLOCKS_APART for at in entered.get(str(pk), ()))
        for pk, started in begun
    )


def _administrators() -> Any:
    return _in_use().filter(Q(kind=Account.Kind.ADMIN) | Q(roles__role=Role.ADMINISTRATOR)).distinct()


def factors_asked() -> int:
    """How many factors the console asks of an administrator, as it is set up now."""
    stages = set(get_adapter().get_login_stages())
    return 2 if stages >= STAGES and Role.ADMINISTRATOR in FACTOR_ROLES and gate_stands() else 1


def _told(type_: str, since: datetime) -> dict[str, list[datetime]]:
    """When each account did this, from the log."""
    found: dict[str, list[datetime]] = {}
    for _index, event in events(type_, since):
        found.setdefault(event.object.removeprefix("account:"), []).append(event.time)
    return found


def _without(now: datetime) -> int:
    """Administrators' sessions of the last quarter in which no second factor was given or set up."""
    since = now - LOOKED_BACK
    sessions = (
        Account.objects.filter(Q(kind=Account.Kind.ADMIN) | Q(roles__role=Role.ADMINISTRATOR), canary_run="")
        .filter(ledger_sessions__started_at__gte=since, ledger_sessions__started_at__lt=now - UNSEALED)
        .values_list("pk", "kind", "roles__granted_at", "ledger_sessions__started_at", "ledger_sessions__methods")
        .distinct()
    )
    enrolled: dict[str, list[datetime]] | None = None
    found: set[tuple[Any, datetime]] = set()
    for pk, kind, granted, started, methods in sessions:
        if SECOND & set(methods) or (kind != Account.Kind.ADMIN and granted is not None and started < granted):
            continue
        enrolled = _told("factor.enrolled", since) if enrolled is None else enrolled
        if not any(started - ENROLLING <= at <= started + CLOCKS_APART for at in enrolled.get(str(pk), ())):
            found.add((pk, started))
    return len(found)


def administrator_factors(scope: Scope) -> AdministratorFactors:
    """The console is the one way in, and nothing here knows how far it reaches."""
    asked = factors_asked()
    return AdministratorFactors(
        administrators=_administrators().count(),
        factors_asked=asked,
        unguarded=frozenset() if asked > 1 else frozenset({CONSOLE}),
        signed_in_without=_without(scope.now),
        tried_from_outside_at=None,  # no probe outside the firm's network reports here yet
    )
