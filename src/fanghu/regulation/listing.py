"""An edition as scripts read it: the shape of ``fanghu regulation list|show --format json``."""

from __future__ import annotations

from typing import Any

from fanghu.regulation.duty import Duty
from fanghu.regulation.edition import Edition
from fanghu.regulation.text import RegulationError


def as_json(edition: Edition) -> list[dict[str, Any]]:
    """All clauses: ``{"clause", "title": {zh-Hant, en}, "duties": […]}`` in natural order."""
    return [
        {
            "clause": clause,
            "title": title.as_dict(),
            "duties": [duty_as_json(duty) for duty in edition.duties_of(clause)],
        }
        for clause, title in edition.clauses.items()
    ]


def duty_as_json(duty: Duty) -> dict[str, Any]:
    """One duty: id, strength, scope, limits with unit and direction, cadence, relief, proof wanted."""
    return {
        "duty": duty.id,
        "strength": duty.strength,
        "scope": {"firm": duty.scope.firm, "on": duty.scope.on},
        "limits": {
            name: {"value": limit.value, "unit": limit.unit, "stricter": limit.stricter}
            for name, limit in duty.limits.items()
        },
        "cadence": duty.cadence,
        "relief": list(duty.relief),
        "proof": {"target": list(duty.proof_target), "system_one": list(duty.proof_system_one)},
    }


def show(edition: Edition, number: str) -> dict[str, Any]:
    """A clause (``3.5``: all its duties) or one duty (``3.5a``), with title, what it asks and what would prove it.

    The shape is that of ``as_json``'s elements, each duty with ``title``, ``asks``, ``would_prove`` and ``module``
    added. RegulationError FH-LAW-16 when the edition has neither.
    """
    duties = edition.duties_of(number) or ((edition.duties[number],) if number in edition.duties else ())
    if not duties:
        raise RegulationError(
            "FH-LAW-16",
            f"版本 {edition.id} 沒有條款或義務「{number}」；請以 fanghu regulation list 查看全部編號。",
            f'Edition {edition.id} has no clause or duty "{number}"; see them all with fanghu regulation list.',
        )
    clause = duties[0].clause
    return {
        "clause": clause,
        "edition": edition.id,
        "title": edition.clauses[clause].as_dict(),
        "duties": [
            duty_as_json(duty)
            | {
                "title": duty.title.as_dict(),
                "asks": duty.asks.as_dict(),
                "would_prove": duty.would_prove.as_dict(),
                "module": duty.module,
            }
            for duty in duties
        ],
    }
