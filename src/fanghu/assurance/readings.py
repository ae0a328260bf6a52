"""Our readings: the clause modules found by the package name in settings, each with the hash of its source."""

from __future__ import annotations

import hashlib
import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from types import ModuleType

from fanghu.testimony import Verdict

NAME = re.compile(r"\.a(?P<article>\d\d)\.c(?P<clause>\d\d)(?P<letter>[a-z]?)(?:_(?P<item>\d+))?_[a-z][a-z0-9_]*$")


@dataclass(frozen=True, slots=True)
class Reading:
    """One clause module: the facts it asks for, its judge, its text, and the hash of its source."""

    duty: str
    module: str
    asks_for: tuple[type, ...]
    judge: Callable[..., Verdict]
    text: str
    hash: str


def duty_of(module: str) -> str | None:
    """The duty id a module name stands for: ``a06.c07a_x`` is 6.7a, ``a10.c01_1_x`` is 10.1.1; None when it is none."""
    match = NAME.search(module)
    if match is None:
        return None
    item = f".{match['item']}" if match["item"] else ""
    return f"{int(match['article'])}.{int(match['clause'])}{match['letter']}{item}"


def reading_of(module: ModuleType) -> Reading | None:
    """The reading in ``module``, or None when the module is not a clause."""
    duty = duty_of(module.__name__)
    if duty is None:
        return None
    asked = module.facts
    return Reading(
        duty,
        module.__name__,
        asked if isinstance(asked, tuple) else (asked,),
        module.judge,
        inspect.cleandoc(module.__doc__ or ""),
        hashlib.sha256(inspect.getsource(module).encode()).hexdigest(),
    )


@cache
def readings(package: str) -> dict[str, Reading]:
    """Every reading under ``package``, by duty id; two readings of one duty are a mistake of ours (RuntimeError)."""
    found: dict[str, Reading] = {}
    for module in _modules(package):
        reading = reading_of(module)
        if reading is None:
            continue
        if reading.duty in found:
            raise RuntimeError(f"two readings of {reading.duty}: {found[reading.duty].module}, {reading.module}")
        found[reading.duty] = reading
    return found


def _modules(package: str) -> Iterable[ModuleType]:
    top = importlib.import_module(package)
    for info in pkgutil.walk_packages(top.__path__, prefix=f"{package}."):
        if duty_of(info.name):
            yield importlib.import_module(info.name)
