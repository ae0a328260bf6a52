"""4.5: what each audit record states."""

from datetime import UTC, datetime, timedelta

from fanghu.auditlog.facts import LogFields
from fanghu.clauses.a04 import c05_log_contents_complete as reading
from tests.clauses.trial import try_reading

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
GOOD = LogFields(
    records=1_000,
    verbatim=0,
    without_type=0,
    without_time=0,
    without_place=0,
    without_identity=0,
    confirmed_at=NOW - timedelta(days=9),
    added_fields=("outcome",),
    unrecorded_fields=(),
)
BREAKS = [
    {"records": 0},
    {"verbatim": 1},
    {"without_type": 1},
    {"without_time": 1},
    {"without_place": 1},
    {"without_identity": 1},
    {"confirmed_at": None},
    {"added_fields": ()},
    {"unrecorded_fields": ("branch",)},
]


def test_each_fact_breaks_it() -> None:
    """One record without a field is enough; an empty log shows nothing."""
    codes = try_reading(reading, "4.5", (GOOD,), BREAKS, NOW)
    assert codes == [
        "no_records", "verbatim", "no_type", "no_time", "no_place", "no_identity", "not_confirmed", "not_confirmed",
        "not_recorded",
    ]  # fmt: skip
