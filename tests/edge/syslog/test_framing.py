"""Syslog's messages out of a stream, whatever comes and however it is cut."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from fanghu.edge.syslog_framing import Framing

SMALL = 40


def counted(message: bytes) -> bytes:
    return str(len(message)).encode() + b" " + message


def framed(pieces: list[bytes], longest: int = SMALL) -> tuple[list[bytes], int, int]:
    framing = Framing(longest)
    found = [message for piece in pieces for message in framing.feed(piece)]
    return found + framing.end(), framing.overlong, framing.torn


def by_hand(data: bytes, longest: int = SMALL) -> tuple[list[bytes], int, int]:
    """The same, told byte by byte in the plainest way: the second opinion."""
    found, overlong, torn = [], 0, 0
    while data:
        count = re.match(rb"([1-9][0-9]{0,9}) <", data)
        if count:
            begin, size = count.end() - 1, int(count[1])
            message, data = data[begin : begin + size], data[begin + size :]
            if size > longest:
                overlong += 1
                continue
            if len(message) < size:
                torn += 1
                continue
            message = message.removesuffix(b"\n").removesuffix(b"\r")
        else:
            message, _, data = data.partition(b"\n")
            message = message.removesuffix(b"\r")
            if len(message) > longest:
                overlong += 1
                continue
        if message:
            found.append(message)
    return found, overlong, torn


def test_counted_and_lines_on_one_stream() -> None:
    stream = (
        counted(b"<34>1 - a - - - - one\ntwo")
        + b"<13>Oct 11 22:14:15 h su: x\r\n"
        + counted(b"<1>z\n")
        + b"\n\n10 green\n<2>end"
    )
    assert framed([stream], 1000) == (
        [b"<34>1 - a - - - - one\ntwo", b"<13>Oct 11 22:14:15 h su: x", b"<1>z", b"10 green", b"<2>end"], 0, 0,
    )  # fmt: skip


def test_half_a_counted_message_is_not_taken_for_the_whole() -> None:
    assert framed([b"20 <1>abc"]) == ([], 0, 1)


def test_the_next_message_is_found_after_an_overlong_one() -> None:
    long = b"<1>" + b"x" * 100
    assert framed([counted(long) + b"<2>b\n" + long + b"\n" + counted(b"<3>c")]) == ([b"<2>b", b"<3>c"], 2, 0)


token = st.sampled_from(
    [b"<1>a", b"\n", b"\r\n", b"\r", b" ", b"12", b"5 <1>ab", b"0 <", b"99 <", b"12345678901 <", b"<", b"x" * SMALL]
)
streams = st.one_of(st.binary(max_size=200), st.lists(token, max_size=20).map(b"".join))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(streams, st.lists(st.integers(0, 300), max_size=12))
@example(b"x" * 41 + b"\r\n", [41])
@example(b"1" * 11 + b" <", [10])
def test_any_bytes_in_any_pieces_give_the_same_messages(data: bytes, cuts: list[int]) -> None:
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    pieces = [data[a:b] for a, b in pairwise(edges)]
    expected = by_hand(data)
    assert framed(pieces) == expected
    assert framed([data]) == expected
    assert framed([data[i : i + 1] for i in range(len(data))]) == expected


@pytest.mark.parametrize("start", [b"<13>", b"104857604 <13>", b""])
def test_a_hundred_megabytes_without_a_line_feed_are_not_held(start: bytes) -> None:
    framing, piece = Framing(), b"a" * 65_536
    framing.feed(start)
    most = 0
    for _ in range(1_600):
        assert framing.feed(piece) == []
        most = max(most, framing.held)
    assert most <= 60_001
    assert framing.overlong == 1
    assert framing.feed(b"\n<1>here\n") == [b"<1>here"]


def test_a_message_that_stalls_holds_no_more_than_itself() -> None:
    framing = Framing()
    framing.feed(b"60000 <1>")
    for _ in range(59_987):
        assert framing.feed(b"y") == []
    assert framing.amid
    assert framing.held < 60_010
    assert [len(message) for message in framing.feed(b"y" * 10)] == [60_000]
    assert not framing.amid
