"""What is known of systems elsewhere (logs, lists, directories), and how it compares with the register."""

from __future__ import annotations

import importlib
import importlib.util
import ipaddress
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.apps import apps

from fanghu.register.models import ImportedList, System


@dataclass(frozen=True, slots=True)
class Known:
    """A host or system name, where it was seen, and when last."""

    name: str
    where: str
    seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """``unregistered``: names known elsewhere only, with every place. ``unseen``: (system, host) known nowhere else."""

    unregistered: dict[str, list[Known]]
    unseen: list[tuple[str, str]]
    places: int
    without_hosts: list[str]


def same_host(one: str, other: str) -> bool:
    """Whether two names mean one host: equal, or one is the other's first label (addresses must be equal)."""
    one, other = one.strip().rstrip(".").lower(), other.strip().rstrip(".").lower()
    return one == other or _short(one) == other or _short(other) == one


def compare(systems: Iterable[tuple[str, list[str]]], known: Iterable[Known]) -> Comparison:
    """Hold (slug, hosts) of the registered systems against what is known elsewhere; linear in both."""
    exact: set[str] = set()
    short: set[str] = set()
    rows: list[tuple[str, str]] = []
    without: list[str] = []
    for slug, hosts in systems:
        exact.add(slug)
        if not hosts:
            without.append(slug)
        for host in hosts:
            rows.append((slug, host))
            exact.add(host)
            short.add(_short(host))
    seen: set[str] = set()
    seen_short: set[str] = set()
    places: set[str] = set()
    unregistered: dict[str, list[Known]] = {}
    for item in known:
        name = item.name.strip().rstrip(".").lower()
        if not name:
            continue
        places.add(item.where)
        seen.add(name)
        seen_short.add(_short(name))
        if name not in exact and _short(name) not in exact and name not in short:
            unregistered.setdefault(name, []).append(item)
    unseen = [
        (slug, host) for slug, host in rows if host not in seen and _short(host) not in seen and host not in seen_short
    ]
    return Comparison(dict(sorted(unregistered.items())), unseen, len(places), without)


def comparison() -> Comparison:
    """The register of systems in use against every provider of every app."""
    systems = list(System.objects.filter(retired_at=None).values_list("slug", "hosts"))
    return compare(systems, everything_known())


def everything_known() -> list[Known]:
    """All that every installed app's ``known.py: KNOWN`` tells."""
    found: list[Known] = []
    for app in apps.get_app_configs():
        name = f"{app.name}.known"
        if app.name.startswith("fanghu.") and importlib.util.find_spec(name) is not None:
            for provider in importlib.import_module(name).KNOWN:
                found.extend(provider())
    return found


def in_lists() -> Iterable[Known]:
    """Names in imported lists."""
    for kept in ImportedList.objects.order_by("name"):
        for name in kept.names:
            yield Known(name, f"list:{kept.name}", kept.imported_at)


def _short(name: str) -> str:
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        return name.partition(".")[0]


KNOWN: list[Callable[[], Iterable[Known]]] = [in_lists]
