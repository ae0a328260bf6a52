"""What the firm defines of reviews: how often logs are looked through (4.4), and on which days nobody works (4.3)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from fanghu.faults import Fault
from fanghu.register.definition import Definition, Field, Value
from fanghu.regulation.scope import SystemFacts

PERIOD, HOLIDAYS = "log-review", "review-holidays"
MONTH = 31


def check_period(value: Value) -> None:
    """Fault FH-REV-20 for less than a day or more than a month."""
    days = value["every_days"]
    if isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= MONTH:
        raise Fault("FH-REV-20", "Logs are reviewed once a month at least; give 1 to 31 days.",
                    "稽核紀錄至少每月審查一次；請填寫 1 至 31 日。")  # fmt: skip


def check_holidays(value: Value) -> None:
    """Fault FH-REV-21 for a line that is no date."""
    for line in value["dates"] or []:
        try:
            date.fromisoformat(line.strip())
        except ValueError:
            raise Fault("FH-REV-21", f'"{line[:40]}" is no date; write one a line, such as 2027-01-01.',
                        f"「{line[:40]}」不是日期；請每行填寫一日，例如 2027-01-01。") from None  # fmt: skip


def _monthly(_system: SystemFacts | None) -> dict[str, Any]:
    return {"every_days": MONTH}


def _no_holidays(_system: SystemFacts | None) -> dict[str, Any]:
    return {"dates": []}


DEFINITIONS = [
    Definition(
        HOLIDAYS, "4.3", _("Days without a sign-off"),
        _("On which days beside Saturdays and Sundays nobody signs; what falls due then is signed on the next business day."),
        (Field("dates", _("Holidays"), "lines", _("One a line, such as 2027-01-01; empty: none."), optional=True),),
        _no_holidays, check_holidays, per_system=False,
    ),
    Definition(
        PERIOD, "4.4", _("Periodic review of the log"), _("At least how often the log of this system is reviewed."),
        (Field("every_days", _("Reviewed at least every, days"), "number", _("At most 31: once a month.")),),
        _monthly, check_period,
    ),
]  # fmt: skip
