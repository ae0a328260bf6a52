"""Weakened mechanisms that a setting could name, for drills to find."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from fanghu.regulation import Limit, load
from fanghu.signin.adapter import Adapter


class NoPasswordStage(Adapter):
    """Lets a default password in."""

    def get_login_stages(self) -> list[str]:
        """All stages but the change of password."""
        return [stage for stage in super().get_login_stages() if "Password" not in stage]


class NoFactorStage(Adapter):
    """Does not ask administrators to set up a second factor."""

    def get_login_stages(self) -> list[str]:
        """All stages but the set-up."""
        return [stage for stage in super().get_login_stages() if "FactorStage" not in stage]


class NoSecondFactor(Adapter):
    """Does not ask for the second factor that stands."""

    def get_login_stages(self) -> list[str]:
        """All stages but the second factor."""
        return [stage for stage in super().get_login_stages() if "Authenticate" not in stage]


def _weaker(duty: str, **values: int) -> Mapping[str, Limit]:
    limits = load().duties[duty].limits
    return {name: replace(limit, value=values.get(name, limit.value)) for name, limit in limits.items()}


def forgetful(duty: str) -> Mapping[str, Limit]:
    """Past passwords are not remembered."""
    return _weaker(duty, password_history=0)


def hasty(duty: str) -> Mapping[str, Limit]:
    """A password may be changed again at once."""
    return _weaker(duty, password_min_age_days=0)


def patient(duty: str) -> Mapping[str, Limit]:
    """A password lasts a year."""
    return _weaker(duty, password_max_age_months=12)


def short(duty: str) -> Mapping[str, Limit]:
    """Eight characters are enough."""
    return _weaker(duty, min_length=8)


def careless(duty: str) -> Mapping[str, Limit]:
    """Not even the present password counts as used before."""
    return _weaker(duty, password_history=-1)
