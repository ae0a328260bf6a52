"""Every page of the running URL map with the right it asks for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver


@dataclass(frozen=True, slots=True)
class Route:
    """One page: its name (or pattern), the module of its view, and the right ("" when none is declared)."""

    name: str
    module: str
    right: str


def routes() -> list[Route]:
    """Every route, as the gate will see it."""
    return [_route(prefix, pattern) for prefix, pattern in _patterns(get_resolver().url_patterns)]


def _patterns(found: Iterable[Any], prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in found:
        if isinstance(entry, URLResolver):
            yield from _patterns(entry.url_patterns, prefix + str(entry.pattern))
        else:
            yield prefix, entry


def _route(prefix: str, pattern: URLPattern) -> Route:
    right = getattr(pattern.callback, "fanghu_right", None) or settings.FANGHU_VIEW_RIGHTS.get(pattern.name or "")
    return Route(pattern.name or f"{prefix}{pattern.pattern}", pattern.callback.__module__, str(right or ""))
