"""The lock ledger: every attempt is let through or refused here, and leaves exactly one event (6.5)."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction

from fanghu.accounts.actions import mark_used
from fanghu.accounts.limits import in_force
from fanghu.accounts.reading import account_by_login, has_factor, why_not
from fanghu.accounts.rules import LONGEST_PASSWORD, fold_login_id
from fanghu.events.actions import record
from fanghu.events.doer import Doer
from fanghu.events.schema import Detail
from fanghu.keys.custody import Custody
from fanghu.signin import throttling
from fanghu.signin.counts import held, lock_of, newest_lock, open_count, reserve, succeeded
from fanghu.signin.factors import Trial, Used
from fanghu.signin.models import FailureCount, Lock, SpentProof
from fanghu.signin.rules import LockLimits, Standing, failures_now, gate, in_flight_now, lock_until

if TYPE_CHECKING:
    from fanghu.accounts.reading import Account

NOTHING: Mapping[str, Detail] = {}


def limits() -> LockLimits:
    """Duty 6.5's numbers in force: the regulation's, or the tighter ones the firm has set."""
    given = in_force("6.5")
    return LockLimits(int(given["max_failures"].value), int(given["lock_minutes"].value))


def hash_of(login_id: str) -> str:
    """The key under which a login id is counted, whether it exists or not; nobody can read the id from it.

    It is made of exactly what an account is looked up by: a spelling counted apart would be a way around the lock.
    """
    return hmac.digest(_key(settings.CUSTODY), fold_login_id(login_id).encode(), "sha256").hex()


@cache
def _key(custody: Custody) -> bytes:
    return custody.secret("hmac-login-id")


@cache
def _nobodys_password() -> str:
    """A stored password that nothing matches, so that an unknown id costs the same time as a known one."""
    return make_password(secrets.token_hex(16))


def attempt_password(login_id: str, password: str, *, by: Doer, now: datetime) -> Account | None:
    """Try a password; return the account when it is right and may be used, else None.

    Exactly one password hash is computed for every attempt let through, whether the id exists or not, and none for one
    that is not. When a second factor is still to come the count of failures stays as it is, so that three wrong second
    factors lock as three wrong passwords do.
    """
    id_hash = hash_of(login_id)
    account = account_by_login(login_id)
    if not _begin(id_hash, account, by, now):
        return None
    tried = account is not None and account.has_usable_password() and len(password) <= LONGEST_PASSWORD
    stored = account.password if tried and account else _nobodys_password()
    right = check_password(password[:LONGEST_PASSWORD], stored) and tried
    unusable = why_not(account, now) if account is not None else None
    if account is None or not right or unusable:
        _failed(id_hash, account, "password" if not right else f"account_{unusable}", by, now)
        return None
    staged = has_factor(account)
    with transaction.atomic():
        throttling.give_back(by=by)
        if staged:
            _settle(FailureCount.objects.select_for_update().get(pk=id_hash))
            record("signin.password_accepted", by=_proven(by, account), now=now, object_=f"account:{account.pk}")
        else:
            _succeeded(id_hash, account, ["password"], by, now)
    return account


def attempt_factor(account: Account, trial: Trial, *, by: Doer, now: datetime) -> Used | None:
    """Try a second factor; a wrong one counts like a wrong password."""
    id_hash = hash_of(account.login_id)
    if not _begin(id_hash, account, by, now):
        return None
    with transaction.atomic():  # a code is used up, and the sign-in written, together or not at all
        used = None if why_not(account, now) else trial(account, now)
        if used is not None:
            _succeeded(id_hash, account, ["password", used.method], by, now, used.detail)
    if used is None:
        _failed(id_hash, account, "second_factor", by, now)
    return used


def confirm_password(account: Account, password: str, *, by: Doer, now: datetime) -> bool:
    """Ask the signed-in holder for the password again; only a wrong one leaves an event of its own."""
    id_hash = hash_of(account.login_id)
    if not _begin(id_hash, account, by, now):
        return False
    if not check_password(password[:LONGEST_PASSWORD], account.password):
        _failed(id_hash, account, "password_again", by, now)
        return False
    with transaction.atomic():
        _settle(FailureCount.objects.select_for_update().get(pk=id_hash))
    return True


def standing_lock(login_id: str, now: datetime) -> Lock | None:
    """The lock that stands on a login id now, or None."""
    return Lock.objects.filter(id_hash=hash_of(login_id), until__gt=now, ended_at=None).first()


def refused_by_lock(id_hash: str, *, by: Doer, now: datetime) -> datetime | None:
    """Until when a standing lock refuses this attempt, with its event; None when no lock stands. No password hash."""
    lock = lock_of(id_hash, now)
    if lock is None:
        return None
    until, account_id, run = lock
    named = f"account:{account_id}" if account_id else f"login-id-hmac:{id_hash}"
    detail: dict[str, Detail] = {"reason": "locked", "until": until.isoformat()}
    of_run = replace(by, run=run or by.run)
    with transaction.atomic(savepoint=False):
        record("signin.refused", by=of_run, now=now, object_=named, outcome="failure", detail=detail)
    return until


def _begin(id_hash: str, account: Account | None, by: Doer, now: datetime) -> bool:
    """Reserve one attempt before anything is checked, so that parallel guesses cannot outrun the count."""
    with transaction.atomic():
        open_count(id_hash, account.canary_run if account else "")
        standing = Standing(*held(id_hash), newest_lock(id_hash))
        answer = gate(standing, limits(), now)
        if answer != "open":
            detail: dict[str, Detail] = {"reason": answer}
            if standing.locked_until is not None and answer == "locked":
                detail["until"] = standing.locked_until.isoformat()
            record("signin.refused", by=by, now=now, object_=_named(id_hash, account), outcome="failure", detail=detail)
            return False
        reserve(id_hash, in_flight_now(standing, now) + 1, now)
    return True


def _standing(count: FailureCount) -> Standing:
    """What is known of a login id: its count, and when its newest lock ends."""
    until = newest_lock(count.pk)
    return Standing(count.failures, count.last_failed_at, count.in_flight, count.in_flight_since, until)


def _settle(count: FailureCount, *changed: str) -> None:
    """The attempt's result is known; ``changed`` are the other fields it changes."""
    count.in_flight = max(0, count.in_flight - 1)
    count.save(update_fields=["in_flight", *changed])


def _failed(id_hash: str, account: Account | None, reason: str, by: Doer, now: datetime) -> None:
    with transaction.atomic():
        count = FailureCount.objects.select_for_update().get(pk=id_hash)
        rule = limits()
        count.failures = failures_now(_standing(count), rule, now) + 1
        count.tries += 1
        count.last_failed_at = now
        _settle(count, "failures", "tries", "last_failed_at")
        until = lock_until(count.failures, rule, now)
        detail: dict[str, Detail] = {"reason": reason, "failures": count.failures}
        if until is not None:
            Lock.objects.create(
                id_hash=id_hash,
                account=account,
                reason=reason,
                from_at=now,
                until=until,
                failures=count.failures,
                canary_run=count.canary_run,
            )
            detail["until"] = until.isoformat()
        record(
            "signin.locked" if until else "signin.failed",
            by=replace(by, run=count.canary_run or by.run),
            now=now,
            object_=_named(id_hash, account),
            outcome="failure",
            detail=detail,
        )


def _succeeded(
    id_hash: str, account: Account, methods: list[str], by: Doer, now: datetime, more: Mapping[str, Detail] = NOTHING
) -> None:
    with transaction.atomic(savepoint=False):
        if not succeeded(id_hash):
            count = FailureCount.objects.select_for_update().get(pk=id_hash)
            count.failures, count.last_failed_at = 0, None
            count.tries, count.tries_before = 0, count.tries
            _settle(count, "failures", "last_failed_at", "tries", "tries_before")
        mark_used(account.pk, now)
        record(
            "signin.succeeded",
            by=_proven(by, account),
            now=now,
            object_=f"account:{account.pk}",
            detail={"methods": methods, **more},
        )


def _proven(by: Doer, account: Account) -> Doer:
    """The doer once who it is has been proven; a canary's events carry the run of its drill."""
    return replace(by, account=str(account.pk), person=str(account.person_id or ""), run=account.canary_run or by.run)


def _named(id_hash: str, account: Account | None) -> str:
    """How events name whom an attempt was for: never by what was typed."""
    return f"account:{account.pk}" if account else f"login-id-hmac:{id_hash}"


def end_locks(*, by: Doer, now: datetime) -> int:
    """Write the end of every lock whose time is over, each with its event; return how many."""
    ended = 0
    for lock_id in list(Lock.objects.filter(ended_at=None, until__lte=now).values_list("pk", flat=True)):
        with transaction.atomic():
            lock = Lock.objects.select_for_update().get(pk=lock_id)
            if lock.ended_at is not None:
                continue
            lock.ended_at, lock.end_reason = lock.until, "time"
            lock.save(update_fields=["ended_at", "end_reason"])
            FailureCount.objects.filter(pk=lock.id_hash, last_failed_at__lt=lock.until).update(failures=0)
            named = f"account:{lock.account_id}" if lock.account_id else f"login-id-hmac:{lock.id_hash}"
            record(
                "lock.ended",
                by=by,
                now=now,
                object_=named,
                detail={"lock": str(lock.pk), "until": lock.until.isoformat()},
            )
            ended += 1
    return ended


def claim_for_run(login_id: str, run_id: str) -> None:
    """Let what will be counted for a login id that nobody has be a drill's, so that it goes with the drill's traces."""
    FailureCount.objects.get_or_create(pk=hash_of(login_id), defaults={"canary_run": run_id})


def forget_run(run_id: str, login_ids: Iterable[str]) -> list[str]:
    """Remove the locks, counts and proofs that a drill's login ids left; return what is still there."""
    hashes = set(FailureCount.objects.filter(canary_run=run_id).values_list("pk", flat=True))
    SpentProof.objects.filter(id_hash__in=hashes.union(map(hash_of, login_ids))).delete()
    Lock.objects.filter(canary_run=run_id).delete()
    FailureCount.objects.filter(canary_run=run_id).delete()
    left = Lock.objects.filter(canary_run=run_id).count() + FailureCount.objects.filter(canary_run=run_id).count()
    return [f"{left} locks or counts"] if left else []
