"""A firm may tighten a number of the law, never loosen it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from fanghu.regulation.duty import Duty, Limit
from fanghu.regulation.text import RegulationError


def tighten(duty: Duty, overrides: Mapping[str, float]) -> Duty:
    """Return ``duty`` with the firm's tighter limits; its cadence follows the limit that sets its pace.

    RegulationError: FH-LAW-14 a looser value, FH-LAW-15 a limit the duty does not have, FH-LAW-17 not a usable number
    (a limit that is whole in the law stays whole, and every limit stays above zero).
    """
    limits = dict(duty.limits)
    for name, value in overrides.items():
        limit = limits.get(name)
        if limit is None:
            names = ", ".join(limits) or "-"
            raise RegulationError(
                "FH-LAW-15",
                f"義務 {duty.id} 沒有數值「{name}」；可收緊的數值：{names}。",
                f'Duty {duty.id} has no limit "{name}"; it has: {names}.',
            )
        limits[name] = replace(limit, value=_number(duty, name, limit, value))
    return replace(duty, limits=limits)


def _number(duty: Duty, name: str, limit: Limit, value: object) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value <= 0:
        raise _unusable(duty, name)
    if isinstance(limit.value, int) and value != int(value):
        raise _unusable(duty, name)
    if not limit.allows(value):
        bound = ("不得大於", "at most") if limit.stricter == "lower" else ("不得小於", "at least")
        raise RegulationError(
            "FH-LAW-14",
            f"義務 {duty.id} 的「{name}」只能收緊：{bound[0]} {limit.value}（{limit.unit}），不能設為 {value}。",
            f'"{name}" of duty {duty.id} may only be tightened: {bound[1]} {limit.value} {limit.unit}, not {value}.',
        )
    return int(value) if isinstance(limit.value, int) else value


def _unusable(duty: Duty, name: str) -> RegulationError:
    return RegulationError(
        "FH-LAW-17",
        f"義務 {duty.id} 的「{name}」要填大於零的數字（原為整數者請填整數）。",
        f'"{name}" of duty {duty.id} needs a number above zero, and a whole one where the law has a whole one.',
    )
