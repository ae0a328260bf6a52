"""Facts about accounts, their holders and their passwords (6.1-6.3, 6.7a, 6.11), whoever provides the mechanism."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


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


@dataclass(frozen=True, slots=True)
class Identities:
    """Whose the accounts of a system are, and whether a person stands behind each sign-in of its log (6.1).

    ``accounts`` counts those that may sign in, a drill's canaries apart. Counts of what breaks the duty: ``same_id``
    accounts that differ only in spelling; ``without_holder`` personal ones that are nobody's; ``shared`` ones that are
    nobody's own and open without a check-out; ``overdue`` check-outs past their end; ``loose_canaries`` outside an open
    run; ``strays`` sign-ins not explained and not settled. ``log_read_at`` is None while the log was never read;
    ``unmatched`` older sign-ins of the log were not matched then. ``unopened_sessions`` are those of the last day that no
    sign-in of the log opened.
    """

    accounts: int
    same_id: int
    without_holder: int
    shared: int
    overdue: int
    loose_canaries: int
    log_read_at: datetime | None
    unmatched: int
    unopened_sessions: int
    strays: int


@dataclass(frozen=True, slots=True)
class AdministratorFactors:
    """How administrators of a system get in over the internet, a VPN, or a way of unknown reach (6.2).

    ``factors_asked`` is the least over those ways; ``unguarded`` names ways where a password alone is enough;
    ``signed_in_without`` counts administrators' sessions on record without a second factor; ``tried_from_outside_at`` is
    when a probe outside the firm's network last tried a password alone, None where none has.
    """

    administrators: int
    factors_asked: int
    unguarded: frozenset[str]
    signed_in_without: int
    tried_from_outside_at: datetime | None
