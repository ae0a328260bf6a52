"""Requests as they must be, and those that two readers could take differently; packed bodies and their bounds."""

from __future__ import annotations

import asyncio
import gzip
from contextlib import suppress

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from fanghu.edge.http_message import Limits, parse_head, read_body, unpacked
from fanghu.edge.taker import Refused

LIMITS = Limits(body=1_000, lines=10)


async def _anything(_size: int) -> None:
    """Room for all."""


def body_of(sent: bytes, head: str) -> bytes:
    """The body that ``sent`` holds after a head."""

    async def lived() -> bytes:
        reader = asyncio.StreamReader()
        reader.feed_data(sent)
        reader.feed_eof()
        return await read_body(reader, parse_head(head.encode()), LIMITS, _anything)

    return asyncio.run(lived())


def test_a_request_is_read() -> None:
    request = parse_head(b"POST /v1/records?x=1 HTTP/1.1\r\nHost: a\r\nContent-Type: Text/Plain; charset=utf-8\r\n\r\n")
    assert (request.method, request.path, request.content_type) == ("POST", "/v1/records", "text/plain")
    assert request.stays
    assert not parse_head(b"POST / HTTP/1.0\r\n\r\n").stays
    assert not parse_head(b"POST / HTTP/1.1\r\nConnection: close\r\n\r\n").stays


@pytest.mark.parametrize(
    "head",
    [
        b"POST /\r\n\r\n",
        b"POST / HTTP/2\r\n\r\n",
        b"\x16\x03\x01\x02\x00\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length : 3\r\n\r\n",
        b"POST / HTTP/1.1\r\n folded: 3\r\n\r\n",
        b"POST / HTTP/1.1\r\nno colon\r\n\r\n",
        b"POST / HTTP/1.1\r\na: b\nContent-Length: 9\r\n\r\n",
    ],
)
def test_a_head_that_can_be_taken_differently_is_refused(head: bytes) -> None:
    with pytest.raises(Refused, match="FH-IN-10"):
        parse_head(head)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_request_or_refused(head: bytes) -> None:
    with suppress(Refused):
        assert parse_head(head).version.startswith("HTTP/1.")


def test_a_body_comes_by_length_or_in_chunks() -> None:
    assert body_of(b"abcdef", "POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\n") == b"abcd"
    chunked = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert body_of(b"4\r\nabcd\r\n1;x=y\r\ne\r\n0\r\nTrailer: 1\r\n\r\n", chunked) == b"abcde"
    assert body_of(b"", "POST / HTTP/1.1\r\n\r\n") == b""


@pytest.mark.parametrize(
    ("sent", "head", "code"),
    [
        (b"", "Content-Length: 1001", "FH-IN-05"),
        (b"", "Content-Length: 9999999999999999999", "FH-IN-05"),
        (b"", "Content-Length: -1", "FH-IN-10"),
        (b"", "Content-Length: ٣", "FH-IN-10"),
        (b"", "Transfer-Encoding: gzip", "FH-IN-10"),
        (b"zz\r\n", "Transfer-Encoding: chunked", "FH-IN-10"),
        (b"-1\r\n", "Transfer-Encoding: chunked", "FH-IN-10"),
        (b"ffffffff\r\n", "Transfer-Encoding: chunked", "FH-IN-05"),
        (b"300\r\n" + b"a" * 768 + b"\r\n300\r\n" + b"a" * 768 + b"\r\n", "Transfer-Encoding: chunked", "FH-IN-05"),
        (b"1\r\nabc\r\n0\r\n\r\n", "Transfer-Encoding: chunked", "FH-IN-10"),
    ],
)
def test_a_body_that_is_too_large_or_none_is_refused(sent: bytes, head: str, code: str) -> None:
    with pytest.raises(Refused, match=code):
        body_of(sent, f"POST / HTTP/1.1\r\n{head}\r\n\r\n")


def test_packed_bodies_are_unpacked_within_bounds() -> None:
    assert unpacked(gzip.compress(b"abc"), "gzip", LIMITS) == b"abc"
    assert unpacked(zstandard.compress(b"abc"), "ZSTD", LIMITS) == b"abc"
    assert unpacked(b"abc", "", LIMITS) == b"abc"
    large = b"a" * 5_000_000
    for packed, encoding in ((gzip.compress(large), "gzip"), (zstandard.compress(large), "zstd")):
        with pytest.raises(Refused, match="FH-IN-05"):
            unpacked(packed, encoding, LIMITS)
    for packed, encoding in ((b"abc", "gzip"), (b"abc", "zstd"), (gzip.compress(b"abc")[:-3], "gzip")):
        with pytest.raises(Refused, match="FH-IN-10"):
            unpacked(packed, encoding, LIMITS)
    with pytest.raises(Refused, match="FH-IN-06"):
        unpacked(b"abc", "br", LIMITS)
