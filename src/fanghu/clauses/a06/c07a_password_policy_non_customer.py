"""Passwords of staff, administrators, vendors and programs are strong, changed in time and not reused.

Met when the rules in force ask for the length, the kinds of characters, a
refusal of well-known passwords, the longest and shortest age, and the history;
and when no password in use breaks an age or the history. Where there is no
password yet, there is nothing to judge.
"""

from datetime import datetime

from fanghu.accounts.facts import PasswordAges, PasswordPolicyInForce
from fanghu.regulation import Duty
from fanghu.testimony import Met, NotMet, Unknown, Verdict, _

facts = (PasswordPolicyInForce, PasswordAges)


def judge(duty: Duty, facts: tuple[PasswordPolicyInForce, PasswordAges], now: datetime) -> Verdict:
    """Judge one system's password rules, and the passwords in use against them."""
    policy, ages = facts
    return weaker_rules(duty, policy) or broken_ages(ages)


def weaker_rules(duty: Duty, policy: PasswordPolicyInForce) -> NotMet | None:
    """Why the rules ask for less than the duty, or None."""
    limits = {name: limit.value for name, limit in duty.limits.items()}
    if not policy.enforced:
        return NotMet("not_enforced", _("The password rules are not enforced when a password is set."))
    weaker = [
        name
        for name, short in (
            ("min_length", policy.min_length < limits["min_length"]),
            ("character_classes", policy.min_classes < limits["character_classes"]),
            ("password_max_age_months", policy.max_age_months > limits["password_max_age_months"]),
            ("password_min_age_days", policy.min_age_days < limits["password_min_age_days"]),
            ("password_history", policy.history < limits["password_history"]),
        )
        if short
    ]
    if weaker:
        return NotMet("weaker_rules", _("Weaker than asked: {rules}."), rules=", ".join(weaker))
    if not policy.deny_list_size:
        return NotMet("nothing_denied", _("Well-known passwords are not refused."))
    return None


def broken_ages(ages: PasswordAges) -> Verdict:
    """Judge the passwords in use."""
    if not ages.accounts:
        return Unknown("no_passwords", _("No account has a password yet, so there is nothing to judge."))
    for code, template, count in (
        ("over_age", _("{count} passwords past the longest age are still accepted."), ages.over_age),
        ("without_date", _("When {count} passwords were set is not known."), ages.without_date),
        ("too_soon", _("{count} passwords were changed again before the shortest age."), ages.changed_too_soon),
        ("reused", _("{count} passwords are ones the account had before."), ages.reused),
    ):
        if count:
            return NotMet(code, template, count=count)
    return Met("in_force", _("The rules are in force, and all {count} passwords keep them."), count=ages.accounts)
