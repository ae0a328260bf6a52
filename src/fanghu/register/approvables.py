"""The register's deeds that a second person approves: changes of the scope of systems and of the firm."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from fanghu.approvals.approvable import Approvable, Row
from fanghu.approvals.models import Approval
from fanghu.events.doer import Doer
from fanghu.events.schema import Detail
from fanghu.register.cells import written
from fanghu.register.collectors import FIRM_KIND, SYSTEMS_KIND, current_firm
from fanghu.register.columns import SYSTEMS, label_of
from fanghu.register.defining import apply_definitions, definition_hash, definition_rows
from fanghu.register.definitions import DEFINITION_KIND
from fanghu.register.firm_words import firm_label, firm_value
from fanghu.register.models import Firm, System
from fanghu.register.plan import check
from fanghu.register.problems import fault
from fanghu.register.records import DATES, put, read_change, system_record
from fanghu.register.requests import content_of
from fanghu.register.rules import FLAGS

WORDS = {column.key: column.words for column in SYSTEMS}


def in_chinese() -> bool:
    """Whether the page is shown in zh-Hant."""
    return (get_language() or "zh").lower().startswith("zh")


def system_rows(payload: Mapping[str, Any]) -> list[Row]:
    """``code · fact``, before, after."""
    zh = in_chinese()
    return [
        (f"{slug} · {label_of(name, zh)}", _value(name, old, zh), _value(name, new, zh))
        for slug, change in payload["changes"].items()
        for name, (old, new) in change.items()
    ]


def firm_rows(payload: Mapping[str, Any]) -> list[Row]:
    """Fact, before, after."""
    zh = in_chinese()
    return [
        (firm_label(name, zh), firm_value(name, old, zh), firm_value(name, new, zh))
        for name, (old, new) in payload["changes"]["firm"].items()
    ]


def systems_hash(approval: Approval) -> str:
    """The content hash as the systems stand now."""
    changes = approval.payload["changes"]
    found = System.objects.filter(slug__in=list(changes)).select_related("owner")
    current = {system.slug: {**system_record(system), "deleted": False} for system in found}
    return content_of(changes, current)


def firm_hash(approval: Approval) -> str:
    """The content hash as the firm stands now."""
    return content_of(approval.payload["changes"], {"firm": current_firm()})


def apply_to_systems(approval: Approval, by: Doer, now: datetime) -> Mapping[str, Detail]:
    """Carry the changes out; Fault FH-REG-28 … 31 when together with other decisions they would break a rule."""
    changes = approval.payload["changes"]
    kept: list[System] = []
    gone: list[int] = []
    for system in System.objects.select_for_update().filter(slug__in=list(changes)):
        values = {name: pair[1] for name, pair in read_change(changes[system.slug]).items()}
        if values.pop("deleted", False):
            gone.append(system.pk)
            continue
        record = {**system_record(system), "owner": "", **values}
        for _field, wrong in check("systems", record, (), timezone.localtime(now).date()):
            raise wrong.told()
        kept.append(put(system, values, {}, now))
    fields = ["kind", "is_core", "not_core_reason", "e_trading_channels", "retired_at", "changed_at", *FLAGS]
    System.objects.bulk_update(kept, fields, batch_size=200)
    if gone:
        try:
            System.objects.filter(pk__in=gone).delete()
        except ProtectedError:
            raise fault("FH-REG-57") from None
    return {"systems": sorted(changes)[:500], "count": len(changes)}


def apply_to_firm(approval: Approval, by: Doer, now: datetime) -> Mapping[str, Detail]:
    """Carry the change out."""
    firm, _made = Firm.objects.select_for_update().get_or_create(pk=1)
    change = read_change(approval.payload["changes"]["firm"])
    for name, (_old, new) in change.items():
        setattr(firm, name, new)
    firm.changed_at = now
    firm.save()
    return {"fields": sorted(change)}


def _value(name: str, value: Any, zh: bool) -> str:
    if value is None:
        return "" if name in DATES else ("未填" if zh else "unknown")
    return written(value, WORDS.get(name), zh)


APPROVABLES: dict[str, Approvable] = {
    SYSTEMS_KIND: Approvable(SYSTEMS_KIND, _("scope of systems"), system_rows, systems_hash, apply_to_systems),
    FIRM_KIND: Approvable(FIRM_KIND, _("description of the firm"), firm_rows, firm_hash, apply_to_firm),
    DEFINITION_KIND: Approvable(
        DEFINITION_KIND, _("what the firm defines"), definition_rows, definition_hash, apply_definitions
    ),
}
