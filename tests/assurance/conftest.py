"""A small law and mechanism for the engine, three systems, and the cast."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fanghu.events.doer import Doer
from fanghu.testimony import Subject, Testimony

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
FANGHU = Subject.system("fanghu")
OFFICE = Subject.system("office")
TRADING = Subject.system("trading")


def doer(account: Any) -> Doer:
    """The account at the console."""
    return Doer("console", account=str(account.pk), person=str(account.person_id), place="127.0.0.1")


@pytest.fixture
def mechanism(settings: Any) -> Iterator[Any]:
    """Our test law and its mechanism in place of the real ones; everything said is forgotten afterwards."""
    from fanghu.assurance.drilling import drills
    from fanghu.assurance.providers import providers
    from tests.assurance.mechanism import collectors
    from tests.assurance.mechanism import drills as course

    settings.FANGHU_CLAUSES = "tests.assurance.law"
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "tests.assurance.mechanism"]
    providers.cache_clear()
    drills.cache_clear()
    for name in set(drills()) - {"locks"}:  # the real ones are not this law's
        del drills()[name]
    yield collectors
    providers.cache_clear()
    drills.cache_clear()
    for said in collectors.SAID.values():
        said.clear()
    for kept in (collectors.CALLS, course.COURSE, course.LEFT, course.CLEANED):
        kept.clear()


@pytest.fixture
def systems(db: None) -> None:
    """System one, an office system and a trading system."""
    add_systems("fanghu", "office", "trading")


def add_systems(*slugs: str) -> None:
    """Core systems whose scope facts are all unknown."""
    from django.apps import apps

    model = apps.get_model("register", "System")
    model.objects.bulk_create(
        model(slug=slug, name=slug, kind="other", is_core=True, created_at=NOW, changed_at=NOW) for slug in slugs
    )


def say(mechanism: Any, facts: Any, subject: Subject = FANGHU, **envelope: Any) -> None:
    """Let the mechanism testify ``facts`` (or a class with ``facts=None`` in the envelope)."""
    kind = facts if isinstance(facts, type) else type(facts)
    values: dict[str, Any] = {"source": "test mechanism", "read_at": NOW, **envelope}
    mechanism.SAID[kind][subject] = Testimony(None if isinstance(facts, type) else facts, **values)


def later(**delta: float) -> datetime:
    """NOW plus a while."""
    return NOW + timedelta(**delta)
