"""Testimony of system one's accounts: passwords in force, their ages, defaults, how they are stored. Read only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count

from fanghu.accounts.facts import (
    AdministratorFactors,
    DefaultPasswords,
    Identities,
    PasswordAges,
    PasswordPolicyInForce,
    StoredPasswords,
)
from fanghu.accounts.holders import administrator_factors, identities
from fanghu.accounts.models import Account, PasswordRecord
from fanghu.accounts.passwords import denied, policy
from fanghu.accounts.rules import expires_at
from fanghu.testimony import Scope, Subject, Testimony

SYSTEM_ONE = Subject.system("fanghu")
SOURCE = "fanghu.accounts"
GATE = "fanghu.signin.ledger.LedgerMiddleware"
"""What holds every session to the change page; without it in the settings nothing is enforced."""
LEAST = {"m": 19_456, "t": 2, "p": 1}


def _testify(scope: Scope, facts: Callable[[Scope], Any]) -> Mapping[Subject, Testimony[Any]]:
    """System one's testimony where it is asked for."""
    return {subject: Testimony(facts(scope), source=SOURCE, read_at=scope.now) for subject in scope.of({SYSTEM_ONE})}


def _real() -> Any:
    """Internal accounts that may sign in, drills' canaries left out."""
    return Account.objects.filter(realm=Account.Realm.INTERNAL, state=Account.State.ACTIVE, canary_run="")


def _enforced() -> bool:
    return GATE in settings.MIDDLEWARE


def policy_in_force(scope: Scope) -> Mapping[Subject, Testimony[PasswordPolicyInForce]]:
    """The rules that every change of password is held to."""
    rules = policy()
    return _testify(
        scope,
        lambda _scope: PasswordPolicyInForce(
            enforced=_enforced(),
            max_age_months=rules.max_age_months,
            min_age_days=rules.min_age_days,
            history=rules.history,
            min_length=rules.min_length,
            min_classes=rules.min_classes,
            deny_list_size=len(denied()),
        ),
    )


def _ages(scope: Scope) -> PasswordAges:
    rules = policy()
    held = list(_real().values_list("pk", "password_set_at", "must_change_password"))
    over = [pk for pk, set_at, _flag in held if set_at is not None and scope.now >= expires_at(set_at, rules)]
    too_soon = reused = 0
    previous: dict[Any, tuple[Any, str]] = {}
    seen: Counter[tuple[Any, str]] = Counter()
    rows = PasswordRecord.objects.filter(account__in=[pk for pk, _set, _flag in held]).order_by(
        "account", "set_at", "pk"
    )
    for account_id, set_at, password, forced in rows.values_list("account_id", "set_at", "password", "forced"):
        before = previous.get(account_id)
        if not forced and before is not None and set_at - before[0] < timedelta(days=rules.min_age_days):
            too_soon += 1
        seen[account_id, password] += 1
        reused += seen[account_id, password] > 1
        previous[account_id] = (set_at, password)
    return PasswordAges(
        accounts=len(held),
        over_age=0 if _enforced() else len(over),
        without_date=sum(set_at is None for _pk, set_at, _flag in held),
        changed_too_soon=too_soon,
        reused=reused,
    )


def ages(scope: Scope) -> Mapping[Subject, Testimony[PasswordAges]]:
    """Ages of the passwords in use; one past its age opens nothing but the change page while that is enforced."""
    return _testify(scope, _ages)


def _defaults(_scope: Scope) -> DefaultPasswords:
    accounts = _real()
    waiting = accounts.filter(must_change_password=True)
    past_the_gate = waiting.filter(ledger_sessions__ended_at=None, ledger_sessions__isnull=False).distinct()
    return DefaultPasswords(
        change_enforced=_enforced(),
        accounts=accounts.count(),
        with_default=waiting.count(),
        used_otherwise=past_the_gate.count(),
    )


def default_passwords(scope: Scope) -> Mapping[Subject, Testimony[DefaultPasswords]]:
    """Temporary passwords not changed yet, and whether any has an open session all the same."""
    return _testify(scope, _defaults)


def scheme_of(stored: str) -> tuple[str, bool, bool]:
    """How a stored password is kept: (scheme with parameters, whether in clear text, whether weaker than set)."""
    name, _sign, rest = stored.partition("$")
    if name != "argon2":
        known = name in {"pbkdf2_sha256", "pbkdf2_sha1", "scrypt", "bcrypt_sha256", "bcrypt", "md5"} and bool(rest)
        return (name if known else "clear text", not known, True)
    kind, _version, parameters = [*rest.lstrip("$").split("$"), "", "", ""][:3]
    numbers = dict(part.split("=", 1) for part in parameters.split(",") if "=" in part)
    cost = {key: int(value) for key, value in numbers.items() if value.isdigit()}
    weak = kind != "argon2id" or any(cost.get(key, 0) < least for key, least in LEAST.items())
    return f"{kind} {parameters.replace(',', ' ')}", False, weak


def _stored(_scope: Scope) -> StoredPasswords:
    census: Counter[str] = Counter()
    clear = weak = history_weak = 0
    for stored in (
        Account.objects.exclude(password="").exclude(password__startswith="!").values_list("password", flat=True)
    ):
        scheme, is_clear, is_weak = scheme_of(stored)
        census[scheme] += 1
        clear += is_clear
        weak += is_weak and not is_clear
    past = PasswordRecord.objects.values("password").annotate(times=Count("pk")).values_list("password", "times")
    for stored, times in past:
        history_weak += times if scheme_of(stored)[2] else 0
    return StoredPasswords(census=tuple(sorted(census.items())), clear_text=clear, weak=weak, history_weak=history_weak)


def stored_passwords(scope: Scope) -> Mapping[Subject, Testimony[StoredPasswords]]:
    """Census of every stored password, past ones included, by algorithm and parameters."""
    return _testify(scope, _stored)


def whose(scope: Scope) -> Mapping[Subject, Testimony[Identities]]:
    """Whose the accounts are, and the sign-ins that nobody stands behind."""
    return _testify(scope, identities)


def factors(scope: Scope) -> Mapping[Subject, Testimony[AdministratorFactors]]:
    """How administrators get in."""
    return _testify(scope, administrator_factors)


PROVIDERS: dict[type, Callable[[Scope], Mapping[Subject, Testimony[Any]]]] = {
    PasswordPolicyInForce: policy_in_force,
    PasswordAges: ages,
    DefaultPasswords: default_passwords,
    StoredPasswords: stored_passwords,
    Identities: whose,
    AdministratorFactors: factors,
}
