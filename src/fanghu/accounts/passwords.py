"""The password policy in force, the list of well-known passwords, and temporary passwords."""

from __future__ import annotations

import gzip
import secrets
from functools import cache

from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import CommonPasswordValidator

from fanghu.accounts.limits import in_force
from fanghu.accounts.models import Account
from fanghu.accounts.rules import PasswordPolicy, rules_shown, used_before, weaknesses
from fanghu.testimony import Message

ALPHABET = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def policy() -> PasswordPolicy:
    """Duty 6.7a's numbers in force; what the text leaves open is as read (docs/decisions)."""
    limits = in_force("6.7a")
    return PasswordPolicy(
        max_age_months=int(limits["password_max_age_months"].value),
        min_age_days=int(limits["password_min_age_days"].value),
        history=int(limits["password_history"].value),
        min_length=int(limits["min_length"].value),
        min_classes=int(limits["character_classes"].value),
    )


@cache
def denied() -> frozenset[str]:
    """Django's 20,000 well-known passwords, lower case."""
    with gzip.open(str(CommonPasswordValidator().DEFAULT_PASSWORD_LIST_PATH), "rt", encoding="utf-8") as lines:
        return frozenset(line.strip().lower() for line in lines)


def shown() -> list[Message]:
    """The rules as the pages list them."""
    return rules_shown(policy())


def temporary() -> str:
    """A random password that satisfies the rules (96 bits and more): groups of five letters and digits, four at least."""
    rules = policy()
    count = max(4, rules.min_length // 6 + 1)
    while True:
        groups = ["".join(secrets.choice(ALPHABET) for _ in range(5)) for _ in range(count)]
        made = "-".join(groups)
        if not weaknesses(made, policy=rules, login_id="", name="", denied=denied()):
            return made


def faults_of(password: str, account: Account | None, *, login_id: str, name: str) -> list[Message]:
    """Weaknesses, and reuse where ``account`` exists already; slow (hashes), so never inside a transaction."""
    rules = policy()
    found = weaknesses(password, policy=rules, login_id=login_id, name=name, denied=denied())
    if account is not None and not found:
        past = list(
            account.passwords.order_by("-set_at", "-pk").values_list("password", flat=True)[: rules.history + 1]
        )
        if account.password in past:
            past.remove(account.password)
        reused = used_before(lambda old: check_password(password, old), [account.password, *past], rules)
        found += [reused] if reused else []
    return found
