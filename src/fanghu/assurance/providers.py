"""Fact providers: every app's ``collectors.PROVIDERS``, each run once for all subjects."""

from __future__ import annotations

import importlib
import importlib.util
import logging
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from django.apps import apps

from fanghu.testimony import Message, Scope, Subject, Testimony, _

log = logging.getLogger(__name__)
Collector = Callable[[Scope], Mapping[Subject, Testimony[Any]]]


@cache
def providers() -> dict[type, Collector]:
    """The collector of each class of facts; two for one class are a mistake of ours (RuntimeError)."""
    found: dict[type, Collector] = {}
    for app in apps.get_app_configs():
        name = f"{app.name}.collectors"
        if importlib.util.find_spec(name) is None:
            continue
        for facts, collect in getattr(importlib.import_module(name), "PROVIDERS", {}).items():
            if facts in found:
                raise RuntimeError(f"two providers of {facts.__name__}")
            found[facts] = collect
    return found


def testify(asked: Iterable[type], scope: Scope) -> dict[type, Mapping[Subject, Testimony[Any]]]:
    """What each asked-for class of facts says about every subject of ``scope``, one call for each class.

    A collector that fails testifies "no facts" for every subject: it cannot be told which ones it provides for, and a
    failure must not let an attestation stand.
    """
    known = providers()
    said: dict[type, Mapping[Subject, Testimony[Any]]] = {}
    for facts in asked:
        collect = known.get(facts)
        if collect is None:
            said[facts] = {}
            continue
        try:
            said[facts] = collect(scope)
        except Exception:  # one broken collector must not stop all judging; what it provides becomes Unknown
            log.exception("the collector of %s failed", facts.__name__)
            why = Message(_("The collector of {facts} failed; tell the administrator."), {"facts": facts.__name__})
            broken: Testimony[Any] = Testimony(None, facts.__name__, scope.now, why_none=why)
            said[facts] = dict.fromkeys(scope.subjects, broken)
    return said
