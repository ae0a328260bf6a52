"""4.11: nobody alters the log unnoticed."""

from datetime import UTC, datetime, timedelta

from fanghu.auditlog.facts import LogIntegrity
from fanghu.clauses.a04 import c11_log_integrity as reading
from tests.clauses.trial import try_reading

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
GOOD = LogIntegrity(
    size=1_000,
    verified_at=NOW - timedelta(hours=1),
    verified_ok=True,
    verified_size=990,
    kept_at=NOW - timedelta(days=3),
    kept_where="safe of the audit office",
    kept_consistent=True,
    presented_at=None,
    finding="",
    oldest_pending_at=NOW - timedelta(seconds=1),
    skipped=0,
    reconfigured=0,
)
BREAKS = [
    {"size": 989},
    {"verified_at": NOW - timedelta(days=2)},
    {"verified_ok": False},
    {"verified_size": 1_001},
    {"kept_at": None},
    {"kept_where": ""},
    {"kept_consistent": False},
    {"presented_at": NOW - timedelta(days=8), "kept_at": NOW - timedelta(days=9)},
    {"finding": "an entry nobody recorded."},
    {"oldest_pending_at": NOW - timedelta(minutes=6)},
    {"skipped": 1},
    {"reconfigured": 1},
]


def test_each_fact_breaks_it() -> None:
    """Damage, a rewritten or shortened log, a checkpoint nobody keeps or kept too long ago, events that do not arrive."""
    codes = try_reading(reading, "4.11", (GOOD,), BREAKS, NOW)
    assert codes == [
        "shrunk", "not_lately", "damaged", "shrunk", "none_kept", "none_kept", "rewritten", "kept_too_old", "finding",
        "not_arriving", "skipped", "reconfigured",
    ]  # fmt: skip
