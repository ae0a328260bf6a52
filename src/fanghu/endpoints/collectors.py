"""Testimony of what probes saw at the addresses that systems declare. Read only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from fanghu.endpoints import rules
from fanghu.endpoints.algorithms import uses_seen
from fanghu.endpoints.facts import AuthenticationPaths, ErrorPages, ProtectedFlows
from fanghu.endpoints.models import Endpoint, Flow
from fanghu.keys.algorithms import uses_of_all_mechanisms
from fanghu.keys.facts import AlgorithmsInUse, in_use
from fanghu.probes.endpoint import EndpointSeen
from fanghu.testimony import Scope, Subject, Testimony

SOURCE = "fanghu.endpoints"
SYSTEM_ONE = Subject.system("fanghu")
F = TypeVar("F")


@dataclass(frozen=True, slots=True)
class Declared:
    """An address with what its newest probe saw; ``seen`` is None when it was not reached since its last change."""

    row: Endpoint
    address: str
    at: datetime | None
    seen: EndpointSeen | None


def declared(scope: Scope) -> dict[Subject, list[Declared]]:
    """Every declared address of the systems asked for (one query); system one is there though it declared none."""
    found: dict[Subject, list[Declared]] = {subject: [] for subject in scope.of({SYSTEM_ONE})}
    slugs = [subject.slug for subject in scope.subjects]
    for row in Endpoint.objects.filter(system__slug__in=slugs).select_related("system", "probe"):
        found.setdefault(Subject.system(row.system.slug), []).append(_declared(row))
    return found


def _declared(row: Endpoint) -> Declared:
    last = getattr(row, "probe", None)
    if last is None or not last.reached or last.at < row.changed_at:
        return Declared(row, row.address, None, None)
    return Declared(row, row.address, last.at, msgspec.convert(last.seen, EndpointSeen))


def _testify(scope: Scope, rows: Iterable[Declared], facts: F) -> Testimony[F]:
    """The envelope: what was sought and reached, and the oldest of the moments at which it was read."""
    rows = list(rows)
    return Testimony(
        facts,
        source=SOURCE,
        read_at=min((each.at for each in rows if each.at is not None), default=scope.now),
        sought=frozenset(each.address for each in rows),
        reached=frozenset(each.address for each in rows if each.seen is not None),
    )


def _where(rows: Iterable[Declared], holds: Callable[[EndpointSeen], object]) -> frozenset[str]:
    return frozenset(each.address for each in rows if each.seen is not None and holds(each.seen))


def authentication_paths(scope: Scope) -> Mapping[Subject, Testimony[AuthenticationPaths]]:
    """Every declared address that authentication data pass."""
    found = {}
    for subject, rows in declared(scope).items():
        paths = [each for each in rows if each.row.authenticates]
        secure = [each for each in paths if each.seen is not None and each.seen.tls.speaks]
        facts = AuthenticationPaths(
            paths=len(paths),
            unencrypted=_where(paths, lambda seen: not rules.is_encrypted(seen)),
            clear_answers=_where(paths, rules.clear_answers),
            weak=_named(secure, rules.weaknesses),
            untrusted=_where(secure, lambda seen: seen.tls.distrust),
            cookies=_named(paths, rules.poor_cookies),
            without_hsts=_where(
                (each for each in secure if each.row.protocol == "https"), lambda seen: seen.page and not seen.hsts
            ),
        )
        found[subject] = _testify(scope, paths, facts)
    return found


def _named(rows: Iterable[Declared], what: Callable[[EndpointSeen], frozenset[str]]) -> frozenset[str]:
    return frozenset(f"{each.address} {name}" for each in rows if each.seen is not None for name in what(each.seen))


def error_pages(scope: Scope) -> Mapping[Subject, Testimony[ErrorPages]]:
    """The errors provoked at every address that shows pages."""
    found = {}
    for subject, rows in declared(scope).items():
        pages = [each for each in rows if each.row.protocol == "https"]
        if not pages and subject != SYSTEM_ONE:
            continue
        errors = [error for each in pages if each.seen is not None for error in each.seen.errors]
        facts = ErrorPages(
            provoked=len([error for error in errors if error.status >= 400]),
            leaking=rules.leaking(errors),
            without_code=rules.without_code(errors),
            long=rules.long(errors),
        )
        found[subject] = _testify(scope, pages, facts)
    return found


def protected_flows(scope: Scope) -> Mapping[Subject, Testimony[ProtectedFlows]]:
    """The declared flows of personal or sensitive data over a network, with what probes saw at the addresses they use.

    Flow records from outside are not taken in yet, so ``records_until`` is None everywhere.
    """
    seen = {each.row.pk: each for rows in declared(scope).values() for each in rows}
    by_system: dict[Subject, list[Flow]] = {subject: [] for subject in scope.of({SYSTEM_ONE})}
    slugs = [subject.slug for subject in scope.subjects]
    for flow in Flow.objects.filter(system__slug__in=slugs).select_related("system"):
        by_system.setdefault(Subject.system(flow.system.slug), []).append(flow)
    found = {}
    for subject, flows in by_system.items():
        guarded = [flow for flow in flows if flow.data != Flow.Data.OTHER and flow.network != Flow.Network.MACHINE]
        carried = {flow.name: seen[flow.endpoint_id] for flow in guarded if flow.endpoint_id in seen}
        looked = {name: each.seen for name, each in carried.items() if each.seen is not None}
        facts = ProtectedFlows(
            flows=len(guarded),
            clear=frozenset(flow.name for flow in guarded if flow.protection == Flow.Protection.NONE)
            | frozenset(name for name, look in looked.items() if not look.tls.speaks or rules.clear_answers(look)),
            weak=frozenset(name for name, look in looked.items() if rules.weaknesses(look) or look.tls.distrust),
            unprobed=frozenset(flow.name for flow in guarded if flow.name not in carried)
            - frozenset(flow.name for flow in guarded if flow.protection == Flow.Protection.NONE),
            records_until=None,
            undeclared=frozenset(),
        )
        found[subject] = _testify(scope, carried.values(), facts)
    return found


def algorithms(scope: Scope) -> Mapping[Subject, Testimony[AlgorithmsInUse]]:
    """The algorithms seen at each system's addresses and, of system one, those of its own mechanisms."""
    found = {}
    for subject, rows in declared(scope).items():
        secure = [each for each in rows if each.row.protocol != "clear"]
        uses = [use for each in secure if each.seen is not None for use in uses_seen(each.address, each.seen.tls)]
        unread: frozenset[str] = frozenset()
        if subject == SYSTEM_ONE:
            ours, unread = uses_of_all_mechanisms(scope.now)
            uses += ours
        elif not secure:
            continue
        found[subject] = _testify(scope, secure, in_use(uses, unread))
    return found


PROVIDERS: dict[type, Callable[[Scope], Mapping[Subject, Testimony[Any]]]] = {
    AuthenticationPaths: authentication_paths,
    ErrorPages: error_pages,
    ProtectedFlows: protected_flows,
    AlgorithmsInUse: algorithms,
}
