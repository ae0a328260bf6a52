"""Reads the facts of 4.3 and 4.4 for every system whose records lie in a log here. Read only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db.models import Min, Q

from fanghu.auditlog.names import ACCOUNT
from fanghu.auditlog.privileged import ROLE
from fanghu.register.definition import Defined
from fanghu.register.definitions import defined
from fanghu.reviews.definitions import PERIOD
from fanghu.reviews.facts import AdminRecords, AdminReview, LogReviews
from fanghu.reviews.gathering import altered_groups, misfits, unread
from fanghu.reviews.models import DayReview, DeedGroup, Finding, LogReading, PeriodReview, SourceDay
from fanghu.reviews.rules import FOLLOW_UP_DAYS, Day, uncovered
from fanghu.reviews.standing import ONE, days_of, sources_here, taipei_date
from fanghu.testimony import Proof, Scope, Subject, Testimony

SOURCE = "fanghu.reviews"
JUST_USED = timedelta(minutes=30)


def _here(scope: Scope) -> dict[str, tuple[str, ...]]:
    """The systems asked for whose records lie here; system one's always do."""
    asked = {subject.slug for subject in scope.subjects if subject.kind == "system"}
    found = {slug: sources for slug, sources in sources_here().items() if slug in asked}
    return found if ONE in found or ONE not in asked else {**found, ONE: (ONE,)}


def admin_records(scope: Scope) -> Mapping[Subject, Testimony[AdminRecords]]:
    """What the logs hold of administrators, and whether what was read of it still fits."""
    systems = _here(scope)
    if not systems:
        return {}
    read_at = LogReading.objects.aggregate(at=Min("read_at"))["at"]
    behind, wrong = unread(), misfits()
    deeds: dict[str, int] = defaultdict(int)
    waiting: dict[str, set[tuple[str, date]]] = defaultdict(set)
    found = days_of(systems, scope.now)
    for slug, days in found.items():
        waiting[slug] = {(part.source, day.day) for day in days if day.waits for part in day.parts}
    owner = {source: slug for slug, sources in systems.items() for source in sources}
    for source, records in SourceDay.objects.filter(source__in=owner).values_list("source", "records"):
        deeds[owner[source]] += records
    return {
        Subject.system(slug): Testimony(
            AdminRecords(
                read_at=read_at, entries_behind=behind, altered=wrong + altered_groups(waiting[slug]), deeds=deeds[slug],
                silent=_silent(scope.now) if slug == ONE else (),
            ),
            f"{SOURCE}: {', '.join(sources)}", scope.now,
        )
        for slug, sources in systems.items()
    }  # fmt: skip


def _silent(now: datetime) -> tuple[str, ...]:
    """Administrators of system one who have used it, of whom the log holds nothing."""
    since = LogReading.objects.filter(log=ONE).values_list("begun", flat=True).first() or {}
    if ONE not in since:
        return ()
    begun = datetime.fromtimestamp(since[ONE] / 1000, now.tzinfo)
    accounts = get_user_model().objects.filter(canary_run="", last_used_at__gte=begun, last_used_at__lt=now - JUST_USED)
    used = accounts.filter(Q(kind="admin") | Q(roles__role=ROLE)).distinct().values_list("pk", "login_id")
    seen = set(DeedGroup.objects.filter(source=ONE).values_list("actor", flat=True).distinct())
    return tuple(sorted(login for pk, login in used if f"{ACCOUNT}{pk}" not in seen))


def admin_review(scope: Scope) -> Mapping[Subject, Testimony[AdminReview]]:
    """The days that fell due, and what people signed."""
    systems = _here(scope)
    today = taipei_date(scope.now)
    found = days_of(systems, scope.now) if systems else {}
    own, left = _own_deeds(systems, found), _findings_left(systems, scope.now)
    return {
        Subject.system(slug): Testimony(
            _review(days, today, own.get(slug, 0), left.get(slug, 0)), SOURCE, scope.now, proof=Proof.RECORDED
        )
        for slug, days in found.items()
    }  # fmt: skip


def _review(days: list[Day], today: date, own: int, left: int) -> AdminReview:
    over = [day for day in days if day.overdue(today)]
    return AdminReview(
        days=len(days),
        signed=sum(not day.waits for day in days),
        missed=tuple(str(day.day) for day in over if day.state == "open"),
        added_late=tuple(str(day.day) for day in over if day.state != "open"),
        own_deeds=own,
        findings_left=left,
    )


def _own_deeds(systems: Mapping[str, tuple[str, ...]], days: Mapping[str, list[Day]]) -> dict[str, int]:
    """Sign-offs by somebody among the day's actors: none is let through, so a row made by other hands shows.

    Of each day the one that stands counts, which covers all that the day holds: what came after an earlier one is not its own.
    """
    standing = {(slug, day.day): day.signed.part for slug in days for day in days[slug] if day.signed and not day.waits}
    owner = {source: slug for slug, sources in systems.items() for source in sources}
    actors: dict[tuple[str, date], set[str]] = defaultdict(set)
    for source, day, actor in (
        DeedGroup.objects.filter(source__in=owner).order_by().values_list("source", "day", "actor").distinct()
    ):
        actors[owner[source], day].add(actor)
    holders: dict[str, set[str]] = defaultdict(set)
    for pk, login, person in get_user_model().objects.values_list("pk", "login_id", "person_id"):
        holders[str(person)] |= {f"{ACCOUNT}{pk}", login.lower()}
    found: dict[str, int] = defaultdict(int)
    for system, day, part, account, person in DayReview.objects.filter(system__in=systems).values_list(
        "system", "day", "part", "signed_by_id", "signed_by_person_id"
    ):
        if standing.get((system, day)) != part:
            continue
        mine = holders[str(person)] | {f"{ACCOUNT}{account}"}
        found[system] += person is None or any(actor in mine or actor.lower() in mine for actor in actors[system, day])
    return found


def _findings_left(systems: Mapping[str, tuple[str, ...]], now: datetime) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    old = Finding.objects.filter(system__in=systems, closed_at=None, noted_at__lt=now - timedelta(days=FOLLOW_UP_DAYS))
    for slug in old.values_list("system", flat=True):
        found[slug] += 1
    return found


def log_reviews(scope: Scope) -> Mapping[Subject, Testimony[LogReviews]]:
    """The periodic reviews of every system whose log lies here, or that were signed here (4.4)."""
    rows = apps.get_model("register", "System").objects.values_list("slug", "created_at")
    registered = {Subject.system(slug): created for slug, created in rows}
    asked = scope.subjects & registered.keys()
    approved = defined(PERIOD, asked)
    signed: dict[Subject, list[tuple[date, date, datetime]]] = defaultdict(list)
    for systems, since, until, at in PeriodReview.objects.values_list("systems", "since", "until", "signed_at"):
        for slug in systems:
            signed[Subject.system(slug)].append((since, until, at))
    here = {Subject.system(slug) for slug in _here(scope)}
    return {
        subject: Testimony(
            _reviews(approved.get(subject), registered[subject], signed.get(subject, []), scope.now), SOURCE, scope.now,
            proof=Proof.RECORDED,
        )
        for subject in sorted(asked & (here | signed.keys()))
    }  # fmt: skip


def _reviews(
    period: Defined | None, registered: datetime, signed: list[tuple[date, date, datetime]], now: datetime
) -> LogReviews:
    every = int(period.value["every_days"]) if period else 0
    covered = [(since, until) for since, until, _at in signed]
    left_out = 0
    if period and covered:
        left_out = uncovered(min(since for since, _until in covered), taipei_date(now), covered, every)
    return LogReviews(
        period_approved_at=period.approved_at if period else None,
        asked_days=every,
        registered_at=registered,
        signed_on=max((at for _since, _until, at in signed), default=None),
        days_left_out=left_out,
    )


PROVIDERS: dict[type, Callable[[Scope], Mapping[Subject, Testimony[Any]]]] = {
    AdminRecords: admin_records,
    AdminReview: admin_review,
    LogReviews: log_reviews,
}
