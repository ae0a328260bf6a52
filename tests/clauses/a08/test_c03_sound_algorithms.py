"""8.3: public, verified, unbroken algorithms."""

from datetime import UTC, datetime, timedelta

import pytest

from fanghu.clauses.a08 import c03_sound_algorithms as reading
from fanghu.keys.algorithm_list import algorithm_list
from fanghu.keys.facts import AlgorithmsInUse
from fanghu.testimony import Met, Proof
from tests.clauses.trial import broken, judged, try_reading

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
GOOD = AlgorithmsInUse(
    keys=(
        ("AES-GCM", 256, "10.1.2.3:443"),
        ("ECDSA P-256", 256, "10.1.2.3:443"),
        ("HMAC-SHA-1", 160, "authenticator codes"),
    ),
    others=(("Argon2id", "stored passwords"), ("TLS 1.3", "10.1.2.3:443")),
    unread=frozenset(),
)
BREAKS = [
    {"others": (("RC4", "10.1.2.3:443"),)},
    {"keys": (("RSA", 1024, "10.1.2.3:443"),)},
    {"keys": (("OUR-OWN-CIPHER", 64, "archive"),)},
    {"unread": frozenset({"log key"})},
]


def test_each_fact_breaks_it() -> None:
    """Good facts are met; every other way is named."""
    codes = try_reading(reading, "8.3", (GOOD,), BREAKS, NOW)
    assert codes == ["broken", "short_key", "unlisted", "unread"]


@pytest.mark.parametrize("name", ["MD5", "SHA-1", "3DES", "NULL", "RSA key transport", "TLS 1.0", "TLS 1.1", "DSA"])
def test_what_is_broken_is_not_met(name: str) -> None:
    assert broken(reading, "8.3", (GOOD,), {"others": ((name, "somewhere"),)}, NOW).code == "broken"


def test_what_ends_is_not_met_from_the_day_after() -> None:
    """SHA-1 in HMAC may be used to the end of 2030; the list must have been reviewed by then."""
    later = datetime(2031, 1, 2, tzinfo=UTC)
    assert broken(reading, "8.3", (GOOD,), {}, later).code == "broken"


def test_an_old_list_proves_no_more_than_a_document() -> None:
    late = datetime.combine(algorithm_list().review_by + timedelta(days=2), NOW.timetz())
    verdict = judged(reading, "8.3", (GOOD,), late)
    assert isinstance(verdict, Met)
    assert (verdict.code, verdict.proof) == ("old_list", Proof.ATTESTED)


def test_the_list_names_its_sources_and_its_dates() -> None:
    known = algorithm_list()
    assert known.reviewed < known.review_by
    assert all(entry.source for entry in known.entries.values())


def test_nothing_found_is_nothing_proved() -> None:
    assert broken(reading, "8.3", (GOOD,), {"keys": (), "others": ()}, NOW).code == "none_found"
