"""What every test stands on: a data folder of its own, and which tests touch the database."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Settings make keys in FANGHU_HOME at import, so the folder must be ours before Django is configured.
_home = tempfile.mkdtemp(prefix="fanghu-test-")
atexit.register(shutil.rmtree, _home, ignore_errors=True)
os.environ["FANGHU_HOME"] = _home

DATABASE_FIXTURES = frozenset(
    {"db", "transactional_db", "django_db_reset_sequences", "live_server", "client_as", "cast"}
)

settings.register_profile(
    "house", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)  # no test fails on a clock
settings.load_profile("house")


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Mark what touches the database, so that ``-m database`` is the second run on PostgreSQL."""
    on_postgresql = bool(os.environ.get("DATABASE_URL"))
    for item in items:
        if item.get_closest_marker("django_db") or DATABASE_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.database)
            item.fixturenames.insert(0, "collected_static")  # type: ignore[attr-defined]
        if on_postgresql and item.get_closest_marker("sqlite"):
            item.add_marker(pytest.mark.skip(reason="says something about SQLite only"))


@pytest.fixture(scope="session")
def collected_static() -> None:
    """Static files where the pages look for them, named by their hashes, as ``up`` collects them."""
    from django.core.management import call_command

    Path(_home, "static").mkdir(exist_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0)


@pytest.fixture(autouse=True)
def runs_of_tests_are_open(request: pytest.FixtureRequest) -> None:
    """A test that runs a drill without the keeper has no row of its run; what asks for one is tried where it is kept."""
    if request.node.get_closest_marker("database"):
        request.getfixturevalue("settings").FANGHU_OPEN_RUNS = "tests.cast.is_open"


from tests.cast import cast, client_as, quick_challenges  # noqa: E402, F401 - fixtures for every test
