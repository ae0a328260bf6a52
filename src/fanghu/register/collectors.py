"""What other apps may read of the register: the firm and its systems as duties are judged on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Count, Max

from fanghu.approvals.models import Approval
from fanghu.approvals.reading import pending
from fanghu.register.models import DefinedValue, Firm, Person, System
from fanghu.register.records import firm_record, person_record, read_change, system_record
from fanghu.register.rules import FLAGS, Change, as_judged, effective, firm_class
from fanghu.regulation.scope import FirmFacts, SystemFacts
from fanghu.testimony import Scope, Subject, Testimony

FIRM_KIND = "register.firm"
SYSTEMS_KIND = "register.systems"
PROVIDERS: dict[type, Callable[[Scope], Mapping[Subject, Testimony[Any]]]] = {}


def firm_now() -> FirmFacts | None:
    """The firm as judged, or None until somebody has described it.

    A loosening description waits beside the row and tightening holds at once, so the row is always the stricter.
    """
    firm = Firm.objects.filter(pk=1).exclude(changed_at=None).first()
    if firm is None:
        return None
    return FirmFacts(
        kind=firm.kind,  # type: ignore[arg-type]
        firm_class=firm_class(firm.kind, firm.has_ciso, firm.tier),  # type: ignore[arg-type]
        foreign_group=firm.foreign_group,
        internet_ordering=firm.internet_ordering,
        transfers_abroad=firm.transfers_abroad,
    )


def systems_now(*, retired_too: bool = False) -> dict[str, SystemFacts]:
    """Every system in use by its slug, the stricter of old and new while a change waits (two queries).

    Retired ones, which only keep duties of retention (decision 0017), are left out unless asked for.
    """
    waiting = waiting_changes()
    found: dict[str, SystemFacts] = {}
    for system in System.objects.select_related("owner"):
        record = as_judged(system_record(system), waiting.get(system.slug, []))
        retired = record["retired_on"] is not None
        if not retired or retired_too:
            channels = record["e_trading_channels"]
            found[system.slug] = SystemFacts(
                slug=system.slug,
                is_core=record["is_core"],
                kind=record["kind"],
                e_trading=None if channels is None else effective("e_trading_channels", channels),
                retired=retired,
                **{flag: record[flag] for flag in FLAGS},
            )
    return found


def waiting_changes() -> dict[str, list[Change]]:
    """For each system the changes of its scope that wait for a second person (one query)."""
    found: dict[str, list[Change]] = {}
    for payload in pending(SYSTEMS_KIND).values_list("payload", flat=True):
        for slug, change in payload["changes"].items():
            found.setdefault(slug, []).append(read_change(change))
    return found


def waiting_scope_changes() -> list[Approval]:
    """The requests that would alter the scope, newest first; while they wait the stricter scope is judged."""
    return list(
        Approval.objects.filter(state=Approval.State.PENDING, kind__in=(FIRM_KIND, SYSTEMS_KIND)).select_related(
            "asked_by_person"
        )
    )


def existing_records(table: str) -> dict[str, dict[str, Any]]:
    """Every registered record of one table by its key (one query)."""
    if table == "people":
        return {person.number: person_record(person) for person in Person.objects.all()}
    return {system.slug: system_record(system) for system in System.objects.select_related("owner")}


def current_firm() -> dict[str, Any]:
    """The firm's record as it stands."""
    return firm_record(Firm.objects.filter(pk=1).first())


def marker() -> str:
    """A text that differs as soon as a fact of scope, a request to change one, or a definition has changed (four queries)."""
    moments: list[datetime | int | None] = [Firm.objects.aggregate(at=Max("changed_at"))["at"]]
    moments += System.objects.aggregate(at=Max("changed_at"), n=Count("pk")).values()
    moments.append(DefinedValue.objects.aggregate(last=Max("pk"))["last"])
    asked = Approval.objects.filter(kind__in=(FIRM_KIND, SYSTEMS_KIND)).aggregate(
        at=Max("asked_at"), decided=Max("decided_at"), n=Count("pk")
    )
    return "|".join(str(moment) for moment in [*moments, *asked.values()])
