"""What other apps may ask of reviews: what waits for a reviewer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from fanghu.register.definitions import defined
from fanghu.register.reading import system_names
from fanghu.reviews.definitions import PERIOD
from fanghu.reviews.models import PeriodReview
from fanghu.reviews.standing import core_systems, days_of, open_findings, taipei_date
from fanghu.testimony import Subject

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ToDo:
    """One system's reviews that wait: days to sign, those overdue, the oldest, open findings, the periodic review."""

    system: str
    name: str
    days: int
    overdue: int
    oldest: date | None
    findings: int
    period_due: date | None
    period_overdue: bool

    @property
    def presses(self) -> bool:
        """Whether something is past its day."""
        return bool(self.overdue) or self.period_overdue


def to_do(now: datetime) -> list[ToDo]:
    """What waits for a reviewer, by system, what is overdue first; a fixed number of queries."""
    systems, today, names = core_systems(), taipei_date(now), system_names()
    due = next_periods(systems, now)
    open_ones = list(open_findings(systems).values_list("system", flat=True))
    found = []
    for slug, days in days_of(systems, now).items():
        waiting = [day for day in days if day.waits]
        period = due.get(slug)
        near = period if period is not None and period <= today + 3 * DAY else None
        one = ToDo(
            slug, names.get(slug, slug), len(waiting), sum(day.overdue(today) for day in waiting),
            min((day.day for day in waiting), default=None), open_ones.count(slug), near,
            near is not None and near < today,
        )  # fmt: skip
        if one.days or one.findings or one.period_due:
            found.append(one)
    return sorted(found, key=lambda one: (not one.presses, one.oldest or today, one.name))


def next_periods(systems: dict[str, tuple[str, ...]], now: datetime) -> dict[str, date]:
    """By when each system's next periodic review is due; a system without an approved period is absent (two queries)."""
    last: dict[str, datetime] = {}
    for slugs, at in PeriodReview.objects.order_by("signed_at").values_list("systems", "signed_at"):
        last.update(dict.fromkeys(slugs, at))
    approved = defined(PERIOD, [Subject.system(slug) for slug in systems])
    return {
        subject.slug: taipei_date(last.get(subject.slug, found.approved_at)) + int(found.value["every_days"]) * DAY
        for subject, found in approved.items()
    }
