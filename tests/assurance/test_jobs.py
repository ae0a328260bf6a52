"""The keeper's work: at its start, daily, and whenever something changed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.apps import apps

from fanghu.assurance import jobs
from fanghu.assurance.marks import mark_changed
from fanghu.assurance.models import JudgingRun
from tests.assurance.conftest import NOW, OFFICE, add_systems, later

pytestmark = pytest.mark.usefixtures("systems", "mechanism")


@pytest.fixture(autouse=True)
def fresh_keeper() -> Iterator[None]:
    """A keeper that has seen nothing."""
    jobs.seen.__init__()  # type: ignore[misc]
    yield
    jobs.seen.__init__()  # type: ignore[misc]


def scopes() -> list[str]:
    return list(JudgingRun.objects.order_by("started_at").values_list("scope", flat=True))


def test_it_judges_at_its_start_and_then_daily() -> None:
    jobs.judge_changes(NOW)
    assert scopes() == []
    jobs.judge_daily(NOW)
    jobs.judge_daily(later(hours=19))
    assert scopes() == ["all"]
    jobs.judge_daily(later(hours=21))
    assert scopes() == ["all", "all"]
    jobs.seen.__init__()  # type: ignore[misc]
    jobs.judge_daily(later(hours=22))
    assert len(scopes()) == 3


def test_a_changed_system_is_judged_alone_and_the_firm_changes_all() -> None:
    jobs.judge_daily(NOW)
    jobs.judge_changes(later(seconds=5))
    assert scopes() == ["all"]
    system = apps.get_model("register", "System")
    system.objects.filter(slug="office").update(personal_data=False, changed_at=later(seconds=6))
    jobs.judge_changes(later(seconds=10))
    assert scopes() == ["all", "system:office"]
    add_systems("new")
    jobs.judge_changes(later(seconds=15))
    assert scopes()[-1] == "system:new"
    apps.get_model("register", "Firm").objects.create(pk=1, kind="futures_service", changed_at=later(seconds=16))
    jobs.judge_changes(later(seconds=20))
    assert scopes()[-1].split() == ["firm", "system:fanghu", "system:new", "system:office", "system:trading"]


def test_a_marked_subject_is_judged_once() -> None:
    jobs.judge_daily(NOW)
    mark_changed([OFFICE, OFFICE], now=NOW)
    jobs.judge_changes(later(seconds=5))
    jobs.judge_changes(later(seconds=10))
    assert scopes() == ["all", "system:office"]


def test_what_changed_and_what_was_marked_at_one_moment_are_one_pass() -> None:
    """Two passes at the same moment would overwrite each other's facts, and history would not add up."""
    jobs.judge_daily(NOW)
    apps.get_model("register", "System").objects.filter(slug="office").update(changed_at=later(seconds=6), name="x")
    apps.get_model("register", "System").objects.filter(slug="trading").update(
        personal_data=False, changed_at=later(seconds=6)
    )
    mark_changed([OFFICE], now=later(seconds=7))
    jobs.judge_changes(later(seconds=10))
    assert scopes() == ["all", "system:office system:trading"]
    assert len(set(JudgingRun.objects.values_list("started_at", flat=True))) == 2
