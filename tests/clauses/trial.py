"""How every clause test tries its reading: GOOD is met; each of BREAKS is not, and says why in one sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime
from types import ModuleType
from typing import Any

from fanghu.regulation import load
from fanghu.testimony import Met, Verdict


def changed(good: Sequence[Any], change: Mapping[str, Any]) -> list[Any]:
    """``good`` with each changed field put into whichever of the facts has it."""
    return [
        replace(facts, **{name: value for name, value in change.items() if name in {f.name for f in fields(facts)}})
        for facts in good
    ]


def judged(reading: ModuleType, duty: str, good: Sequence[Any], now: datetime) -> Verdict:
    """What the reading says of these facts, given as the engine gives them: alone, or as a tuple of several."""
    verdict: Verdict = reading.judge(load().duties[duty], good[0] if len(good) == 1 else tuple(good), now)
    return verdict


def broken(reading: ModuleType, duty: str, good: Sequence[Any], change: Mapping[str, Any], now: datetime) -> Verdict:
    """Judge ``good`` with ``change``; it must not be Met."""
    verdict = judged(reading, duty, changed(good, change), now)
    assert not isinstance(verdict, Met), f"{duty} is still met with {change}: {verdict.message}"
    assert str(verdict.message).endswith("."), f"not a sentence: {verdict.message}"
    return verdict


def try_reading(
    reading: ModuleType, duty: str, good: Sequence[Any], breaks: Sequence[Mapping[str, Any]], now: datetime
) -> list[str]:
    """Check GOOD and all of BREAKS; return the codes of the breaks in order."""
    verdict = judged(reading, duty, good, now)
    assert isinstance(verdict, Met), f"{duty} is not met by GOOD: {verdict.message}"
    return [broken(reading, duty, good, change, now).code for change in breaks]
