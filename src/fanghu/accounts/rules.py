"""Decisions on accounts and passwords: strong, old enough, young enough, new enough; usable at a moment (6.7)."""

from __future__ import annotations

import unicodedata
from calendar import monthrange
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from fanghu.testimony import Message, _

ENDING_KINDS = frozenset({"temporary", "emergency", "vendor"})
EMERGENCY_LIMIT = timedelta(hours=24)
LONGEST_PASSWORD = 1_000

CHECK_OUT_HOURS = 8
"""The longest a lent account may be checked out at a time."""
GRANT_LIFE = timedelta(hours=24)
"""An approved check-out that nobody takes is void after this."""
CLOCKS_APART = timedelta(seconds=5)

Unusable = Literal["not_active", "not_yet_valid", "ended", "not_checked_out", "run_over"]
Stray = Literal["unknown_account", "no_holder", "holder_left", "no_check_out", "canary"]


@dataclass(frozen=True, slots=True)
class PasswordPolicy:
    """Duty 6.7a as read: months, days, generations, characters, kinds of characters."""

    max_age_months: int = 3
    min_age_days: int = 1
    history: int = 3
    min_length: int = 12
    min_classes: int = 3


def fold_login_id(text: str) -> str:
    """One spelling of a login id: NFKC, without outer space, lower case."""
    return unicodedata.normalize("NFKC", text).strip().lower()


def login_id_faults(login_id: str) -> list[Message]:
    """What is wrong with a login id: 3-60 of a-z 0-9 . _ -, starting with a letter (so no number of a person, 3.7)."""
    allowed = set("abcdefghijklmnopqrstuvwxyz0123456789._-")
    if not 3 <= len(login_id) <= 60 or not set(login_id) <= allowed or not login_id[:1].isalpha():
        return [Message(_("Use 3 to 60 letters a-z, digits, dots, hyphens or underscores, starting with a letter."))]
    if len(login_id) == 10 and login_id[1:].isdigit():
        return [Message(_("A national identity number must not be a login id."))]
    return []


def classes_in(password: str) -> int:
    """How many of: lower case, upper case, digits, anything else."""
    kinds = (str.islower, str.isupper, str.isdigit)
    found = [any(kind(letter) for letter in password) for kind in kinds]
    found.append(any(not any(kind(letter) for kind in kinds) for letter in password))
    return sum(found)


def common(password: str, denied: Collection[str]) -> bool:
    """Whether it, or what is left without digits and signs around or inside it, is a well-known password."""
    lower = password.lower()
    signs = str.maketrans("013457@$!", "oieastasi")
    bare = lower.strip("0123456789!@#$%^&*()-_=+.,? ")
    cores = {lower, lower.translate(signs), bare, bare.translate(signs), "".join(filter(str.isalpha, lower))}
    return any(core in denied for core in cores) or len(set(lower)) < 5


def weaknesses(
    password: str, *, policy: PasswordPolicy, login_id: str, name: str, denied: Collection[str]
) -> list[Message]:
    """Every reason why ``password`` is not strong (優質密碼); empty means strong."""
    found = []
    lower = unicodedata.normalize("NFKC", password).lower()
    if len(password) < policy.min_length:
        found.append(Message(_("Use at least {length} characters."), {"length": policy.min_length}))
    if len(password) > LONGEST_PASSWORD:
        found.append(Message(_("Use at most {length} characters."), {"length": LONGEST_PASSWORD}))
    if classes_in(password) < policy.min_classes:
        found.append(
            Message(
                _("Use at least {classes} of: lower case, upper case, digits, other signs."),
                {"classes": policy.min_classes},
            )
        )
    if common(password, denied):
        found.append(Message(_("This password is on the list of well-known passwords; choose another.")))
    own = [fold_login_id(login_id), *name.lower().split()]
    if any(len(word) >= 3 and word in lower for word in own) or (name and name.lower() in lower):
        found.append(Message(_("The password must not hold the login id or the name.")))
    return found


def rules_shown(policy: PasswordPolicy) -> list[Message]:
    """The one list of rules that pages show beside a new password."""
    return [
        Message(_("Use at least {length} characters."), {"length": policy.min_length}),
        Message(
            _("Use at least {classes} of: lower case, upper case, digits, other signs."),
            {"classes": policy.min_classes},
        ),
        Message(_("Not a well-known password, and without the login id or the name.")),
        Message(_("Not the current one nor one of the last {count}."), {"count": policy.history}),
        Message(
            _("It lasts {months} months, and may be changed again after {days} day."),
            {"months": policy.max_age_months, "days": policy.min_age_days},
        ),
    ]


def months_after(moment: datetime, months: int) -> datetime:
    """The same day and time ``months`` calendar months later; the last day of a shorter month."""
    year, month = divmod(moment.month - 1 + months, 12)
    year, month = moment.year + year, month + 1
    return moment.replace(year=year, month=month, day=min(moment.day, monthrange(year, month)[1]))


def expires_at(set_at: datetime, policy: PasswordPolicy) -> datetime:
    """When a password set then must be changed."""
    return months_after(set_at, policy.max_age_months)


def must_change(*, flagged: bool, set_at: datetime | None, policy: PasswordPolicy, now: datetime) -> bool:
    """Whether nothing else may be done before the password is changed (6.3, 6.7)."""
    return flagged or set_at is None or now >= expires_at(set_at, policy)


def too_young(set_at: datetime | None, policy: PasswordPolicy, now: datetime) -> Message | None:
    """Why a voluntary change must wait, or None."""
    if set_at is None or now >= set_at + timedelta(days=policy.min_age_days):
        return None
    return Message(
        _("The password was changed less than {days} day ago; wait until then."), {"days": policy.min_age_days}
    )


def used_before(matches: Callable[[str], bool], past: Sequence[str], policy: PasswordPolicy) -> Message | None:
    """Why it cannot be used again, or None; ``past`` holds hashes, current first, then newest first."""
    if any(matches(old) for old in past[: policy.history + 1]):
        return Message(
            _("It was used before: choose one that is not among the last {count}."), {"count": policy.history}
        )
    return None


def why_unusable(
    state: str, valid_from: datetime | None, valid_until: datetime | None, now: datetime
) -> Unusable | None:
    """Why an account may not be used at ``now``, or None."""
    if state != "active":
        return "not_active"
    if valid_from is not None and now < valid_from:
        return "not_yet_valid"
    if valid_until is not None and now >= valid_until:
        return "ended"
    return None


def end_faults(kind: str, valid_from: datetime, valid_until: datetime | None) -> list[Message]:
    """What is wrong with the end of an account of ``kind`` (3.2)."""
    if valid_until is None:
        return [Message(_("A temporary, emergency or vendor account needs an end."))] if kind in ENDING_KINDS else []
    if valid_until <= valid_from:
        return [Message(_("The end must lie in the future."))]
    if kind == "emergency" and valid_until - valid_from > EMERGENCY_LIMIT:
        return [Message(_("An emergency account lasts at most 24 hours."))]
    return []


@dataclass(frozen=True, slots=True)
class Span:
    """A time over which a lent account was checked out; ``until`` is when it ended, or will."""

    begins: datetime
    until: datetime

    def covers(self, at: datetime) -> bool:
        """Whether ``at`` lies within it, give or take what two clocks may differ."""
        return self.begins - CLOCKS_APART <= at <= self.until + CLOCKS_APART


@dataclass(frozen=True, slots=True)
class Holding:
    """Whose an account is: lent or one person's, its holder ("" for none) with the last day of work, its check-outs."""

    lent: bool
    holder: str
    works_until: date | None
    check_outs: Sequence[Span] = ()


def why_stray(at: datetime, today: date, holding: Holding | None) -> Stray | None:
    """Why nothing explains a sign-in at ``at`` (Taipei date ``today``), or None when a person stands behind it (6.1)."""
    if holding is None:
        return "unknown_account"
    if holding.lent:
        return None if any(span.covers(at) for span in holding.check_outs) else "no_check_out"
    if not holding.holder:
        return "no_holder"
    if holding.works_until is not None and today > holding.works_until:
        return "holder_left"
    return None
