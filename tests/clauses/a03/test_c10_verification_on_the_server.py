"""3.10: the server alone decides who one is and what one may."""

from datetime import UTC, datetime

from fanghu.access.facts import ServerSideChecks
from fanghu.clauses.a03 import c10_verification_on_the_server as reading
from tests.clauses.trial import try_reading

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
GOOD = ServerSideChecks(
    routes=40,
    gate=True,
    without_right=frozenset(),
    open_elsewhere=frozenset(),
    opaque_session=True,
    cookie_guarded=True,
    trusted_headers=frozenset(),
    other_backends=frozenset(),
)
BREAKS = [
    {"routes": 0},
    {"gate": False},
    {"without_right": frozenset({"log"})},
    {"open_elsewhere": frozenset({"log"})},
    {"trusted_headers": frozenset({"RemoteUserMiddleware"})},
    {"other_backends": frozenset({"ModelBackend"})},
    {"opaque_session": False},
    {"cookie_guarded": False},
]


def test_each_fact_breaks_it() -> None:
    """Good facts are met; every other way is named."""
    codes = try_reading(reading, "3.10", (GOOD,), BREAKS, NOW)
    assert codes == [
        "no_routes", "no_gate", "without_right", "open", "headers", "other_ways", "session_in_client", "cookie_open",
    ]  # fmt: skip
