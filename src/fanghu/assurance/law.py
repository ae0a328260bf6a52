"""The law in force here: the edition's duties with the numbers the firm has tightened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from fanghu.assurance.leaves import digest
from fanghu.assurance.models import TightenedLimit
from fanghu.assurance.rules import SYSTEM_ONE
from fanghu.faults import Exit, Fault
from fanghu.regulation import Duty, Limit, load, tighten
from fanghu.testimony import Subject

TIGHTENED = "SELECT name, value FROM assurance_tightenedlimit WHERE duty = %s"
"""A plain statement: every sign-in asks twice."""


@dataclass(frozen=True, slots=True)
class LawInForce:
    """The edition, its duties in order (tightened), the hash of each duty's limits, and the Taipei date."""

    edition: str
    duties: Mapping[str, Duty]
    limits_hash: Mapping[str, str]
    today: date


def taipei_date(now: datetime) -> date:
    """The date in Taipei at ``now``."""
    return now.astimezone(ZoneInfo(settings.TIME_ZONE)).date()


def in_force(now: datetime) -> LawInForce:
    """The law as it is judged now; one query."""
    edition = load(settings.FANGHU_EDITION)
    tightened: dict[str, dict[str, float]] = {}
    for duty, name, value in TightenedLimit.objects.values_list("duty", "name", "value"):
        tightened.setdefault(duty, {})[name] = value
    duties = {
        duty.id: tighten(duty, tightened[duty.id]) if duty.id in tightened else duty for duty in edition.duties.values()
    }
    hashes = {
        duty.id: digest({name: [limit.value, limit.unit] for name, limit in duty.limits.items()})
        for duty in duties.values()
    }
    return LawInForce(edition.id, duties, hashes, taipei_date(now))


def limits_in_force(duty: str) -> Mapping[str, Limit]:
    """The numbers of one duty as it is judged now, for the mechanism that must keep to them; one query."""
    found = load(settings.FANGHU_EDITION).duties[duty]
    with connection.cursor() as cursor:
        cursor.execute(TIGHTENED, [duty])
        tightened = dict(cursor.fetchall())
    return (tighten(found, tightened) if tightened else found).limits


def duty_called(name: str) -> Duty:
    """The duty with this id; Fault FH-ASR-01 when there is none."""
    duty = load(settings.FANGHU_EDITION).duties.get(name)
    if duty is None:
        raise Fault(
            "FH-ASR-01",
            "There is no such duty; `fanghu regulation list` names them all.",
            "沒有這項義務；請以 `fanghu regulation list` 查看全部義務。",
            exit_code=Exit.USAGE,
        )
    return duty


def targets(duty: Duty, subject: Subject) -> tuple[str, ...]:
    """The kinds of proof aimed at: system one is held to the stronger ones where the reading names them."""
    return tuple(duty.proof_system_one if subject == SYSTEM_ONE else duty.proof_target)


def natural(duties: Iterable[str]) -> dict[str, int]:
    """The place of each duty id in the law's own order."""
    order = {duty: place for place, duty in enumerate(load(settings.FANGHU_EDITION).duties)}
    return {duty: order.get(duty, len(order)) for duty in duties}
