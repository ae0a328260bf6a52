"""Facts about accounts and passwords (6.3, 6.7a), whoever provides the mechanism."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PasswordAges:
    """Password ages of the non-customer accounts of a system that may sign in (6.7a).

    ``accounts`` counts those with a password; the others count accounts that break a bound:
    ``over_age`` are past the longest age and can still do something without a change.
    """

    accounts: int
    over_age: int
    without_date: int
    changed_too_soon: int
    reused: int


@dataclass(frozen=True, slots=True)
class PasswordPolicyInForce:
    """The rules that a system's password changes are held to (6.7a): months, days, generations, characters."""

    enforced: bool
    max_age_months: int
    min_age_days: int
    history: int
    min_length: int
    min_classes: int
    deny_list_size: int


@dataclass(frozen=True, slots=True)
class DefaultPasswords:
    """Accounts that still have a default or temporary password, and whether those are held to change it first (6.3).

    ``used_otherwise`` counts accounts with a default password that have a session past the change page.
    """

    change_enforced: bool
    accounts: int
    with_default: int
    used_otherwise: int


@dataclass(frozen=True, slots=True)
class StoredPasswords:
    """Census of stored passwords by scheme (``argon2id m=19456 t=2 p=1`` to how many), and what is weak (6.11)."""

    census: tuple[tuple[str, int], ...]
    clear_text: int
    weak: int
    history_weak: int
