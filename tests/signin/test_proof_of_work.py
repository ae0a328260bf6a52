"""A proof of work: ours, unexpired, solved, for one purpose; dearer with failures (6.8)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanghu.signin import proof_of_work as work

KEY, NOW = b"k" * 32, datetime(2026, 11, 22, 9, tzinfo=UTC)


def test_a_solved_challenge_is_read_back() -> None:
    proof = work.solve(work.ask(KEY, "change", "-", 300, NOW))
    found = work.read(KEY, proof, NOW)
    assert found is not None
    assert (found.purpose, found.bound, found.cost) == ("change", "-", 300)


def test_nothing_else_is() -> None:
    challenge = work.ask(KEY, "sign-in", "ab", 300, NOW)
    proof = work.solve(challenge)
    number = int(proof.rpartition(".")[2])
    wrong = [
        "", challenge, f"{challenge}.{number + 1}", f"{challenge}.-{number}", f"{challenge}.٣", proof + ".1",
        proof.replace("sign-in", "change"), proof.replace(".300.", ".1."), "." * 7,
    ]  # fmt: skip
    assert [work.read(KEY, text, NOW) for text in wrong] == [None] * len(wrong)
    assert work.read(b"other" * 8, proof, NOW) is None
    assert work.read(KEY, proof, NOW + work.LIFE - timedelta(seconds=1)) is not None
    assert work.read(KEY, proof, NOW + work.LIFE) is None


@given(st.text(max_size=300))
def test_whatever_is_sent_is_refused_without_an_error(text: str) -> None:
    assert work.read(KEY, text, NOW) is None


def test_what_is_no_challenge_cannot_be_solved() -> None:
    with pytest.raises(ValueError):
        work.solve("nothing")


def test_a_proof_given_for_a_wait_is_as_good() -> None:
    found = work.read(KEY, work.given(KEY, "sign-in", "ab", 900, NOW), NOW)
    assert found is not None
    assert found.cost == 900


@given(st.integers(0, 200), st.integers(0, 50))
def test_failures_never_make_it_cheaper(attempts: int, failures: int) -> None:
    here = work.times_dearer(attempts, failures)
    assert 1 <= here <= work.times_dearer(attempts + 1, failures) <= work.DEAREST
    assert here <= work.times_dearer(attempts, failures + 1)


def test_it_doubles() -> None:
    assert [work.times_dearer(0, failures) for failures in range(5)] == [1, 1, 2, 4, 8]
    assert [work.times_dearer(attempts, 0) for attempts in (0, 4, 5, 10, 15)] == [1, 1, 2, 4, 8]
