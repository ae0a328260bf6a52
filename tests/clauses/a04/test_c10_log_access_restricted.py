"""4.10: who gets at the log."""

from datetime import UTC, datetime

from fanghu.auditlog.facts import LogAccess
from fanghu.clauses.a04 import c10_log_access_restricted as reading
from tests.clauses.trial import try_reading

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
GOOD = LogAccess(readers=3, open_pages=(), exposed_files=(), unapproved=())
BREAKS = [
    {"readers": 0},
    {"open_pages": ("log_export",)},
    {"exposed_files": ("log/checkpoint",)},
    {"unapproved": ("S-dave",)},
]


def test_each_fact_breaks_it() -> None:
    """A page that asks for no right, a file open to others, a reader nobody approved, nobody who could review."""
    codes = try_reading(reading, "4.10", (GOOD,), BREAKS, NOW)
    assert codes == ["no_readers", "open", "exposed", "unapproved"]
