"""``POST /v1/records`` (NDJSON or text lines) and ``POST /v1/logs`` (OTLP): answered once every record is durable."""

from __future__ import annotations

import asyncio
import re
import ssl
from dataclasses import dataclass, field

import msgspec

from fanghu.edge import http_message, otlp, refusals, repeats
from fanghu.edge.encoding import LONGEST, entry_of_record
from fanghu.edge.gate import PlanWatch, Strangers, source_of
from fanghu.edge.http_message import Limits, Request
from fanghu.edge.room import Room
from fanghu.edge.taker import Batch, Refused
from fanghu.edge.workers import SLICE, EncodingTaker
from fanghu.intake.plan import Source

LINES = (
    "application/x-ndjson",
    "application/ndjson",
    "application/jsonl",
    "text/plain",
    "application/octet-stream",
    "",
)
PROTOBUF, JSON = "application/x-protobuf", "application/json"
_CLIENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
LARGEST_NUMBER = 1 << 62
PAUSE = 0.02


class Timeless(Exception):
    """A record states no time: two such that are the same may well be two."""


@dataclass(eq=False)
class HttpIntake:
    """Serves one connection after another; everything that they share lies here."""

    watch: PlanWatch
    taker: EncodingTaker
    limits: Limits = field(default_factory=Limits)
    strangers: Strangers = field(default_factory=Strangers)
    draining: bool = False
    _bodies: dict[object, int] = field(default_factory=dict)
    _idle: set[asyncio.StreamWriter] = field(default_factory=set)
    _notes: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Room for what is being encoded."""
        self._room = Room(self.limits.encoding)

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve requests of one connection until it is closed or says nothing for a while."""
        peer = str((writer.get_extra_info("peername") or ("",))[0])
        transport_security: ssl.SSLObject | None = writer.get_extra_info("ssl_object")
        certificate = transport_security.getpeercert(binary_form=True) if transport_security else None
        try:
            while not self.draining and await self._one(reader, writer, peer, certificate):
                pass
        except (OSError, EOFError, TimeoutError, asyncio.LimitOverrunError):
            return
        finally:
            writer.close()

    def drain(self) -> None:
        """Serve what is being served, and no more."""
        self.draining = True
        for writer in tuple(self._idle):
            writer.close()

    async def _one(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: str, certificate: bytes | None
    ) -> bool:
        """One request; whether the connection goes on."""
        try:
            self._idle.add(writer)
            request = await http_message.read_head(reader, self.limits)
        except Refused as refused:
            writer.write(_refusal(None, refused))
            await writer.drain()
            return False
        finally:
            self._idle.discard(writer)
        if request is None:
            return False
        whole, mine = False, object()
        try:
            source = self._source(request, certificate, peer)
            if request.headers.get("expect", "").lower() == "100-continue":
                writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            bodies = [await self._body(reader, request, mine)]
            whole = True
            said = await self._take(request, source, bodies, peer, mine)
            stays = request.stays and not self.draining
            writer.write(http_message.answer(200, said, _answer_type(request), stays=stays))
        except Refused as refused:
            stays = whole and request.stays
            writer.write(_refusal(request, refused, stays=stays))
            if not whole:
                await self._linger(reader, writer)
        finally:
            self._bodies.pop(mine, None)
        await asyncio.wait_for(writer.drain(), self.limits.body_seconds)
        return stays

    def _source(self, request: Request, certificate: bytes | None, peer: str) -> Source:
        if request.path not in ("/v1/records", "/v1/logs"):
            raise refusals.nowhere()
        if request.method != "POST":
            raise refusals.wrong_method()
        way = "otlp" if request.path == "/v1/logs" else "http"
        try:
            return source_of(self.watch.plan, request.headers.get("authorization", ""), certificate, way)
        except Refused as refused:
            if refused.code == "FH-IN-01":
                self.taker.sequencer.turned("")
                if self.strangers.came(peer):
                    self._note(peer, 1)
            raise

    def tell_minute(self) -> None:
        """Record the strangers of the minute that ended."""
        for peer, times in self.strangers.minute():
            self._note(peer, times)

    def _note(self, peer: str, times: int) -> None:
        async def noted() -> None:
            try:
                await self.taker.note("intake.refused", peer=peer, detail={"why": "unknown-token", "n": times})
            except Refused:
                return

        task = asyncio.ensure_future(noted())
        self._notes.add(task)
        task.add_done_callback(self._notes.discard)

    async def _body(self, reader: asyncio.StreamReader, request: Request, mine: object) -> bytes:
        """Read the body while there is room; when there is none, the one furthest ahead goes on and the others wait.

        It counts as ``mine`` until it is being encoded.
        """

        async def came(size: int) -> None:
            self._bodies[mine] = held = self._bodies.get(mine, 0) + size
            while self._crowded(held):  # noqa: ASYNC110 - an event that every byte sets would cost more
                await asyncio.sleep(PAUSE)

        try:
            async with asyncio.timeout(self.limits.body_seconds):
                return await http_message.read_body(reader, request, self.limits, came)
        except TimeoutError:
            raise refusals.slow() from None

    def _crowded(self, held: int) -> bool:
        return sum(self._bodies.values()) > self.limits.reading and held < max(self._bodies.values())

    async def _take(self, request: Request, source: Source, bodies: list[bytes], peer: str, mine: object) -> bytes:
        """``bodies`` holds the one body, which is taken out so that nobody else holds it in memory."""
        encoding = request.headers.get("content-encoding", "")
        size = 6 * (self.limits.body if encoding else len(bodies[0]))
        await self._room.take(size)
        self._bodies.pop(mine, None)
        try:
            bodies.append(http_message.unpacked(bodies.pop(), encoding, self.limits))
            client, number = _named(request)
            if request.path == "/v1/logs":
                return await self._otlp(request, source, bodies.pop(), client, number)
            if request.content_type not in LINES and request.content_type != JSON:
                raise refusals.unknown_form(request.content_type[:60])
            return await self._lines(Batch(source.name, self._split(bodies.pop()), client, number, peer))
        except Refused as refused:
            if refused.code != "FH-IN-07":
                self.taker.sequencer.turned(source.name)
            raise
        finally:
            self._room.give(size)

    def _split(self, body: bytes) -> list[bytes]:
        lines = [line for line in body.split(b"\n") if line.strip()]
        if len(lines) > self.limits.lines:
            raise refusals.too_large(self.limits.body, self.limits.lines)
        if not lines:
            raise refusals.malformed("The batch holds no line.", "此批沒有任何一行。")
        return lines

    async def _lines(self, batch: Batch) -> bytes:
        taken = await self.taker.take(batch)
        told = {"first": taken.first, "count": taken.count, "verbatim": taken.verbatim, "again": taken.again}
        return msgspec.json.encode(told)

    async def _otlp(self, request: Request, source: Source, body: bytes, client: str, number: int) -> bytes:
        if request.content_type not in (PROTOBUF, JSON):
            raise refusals.unknown_form(request.content_type[:60])
        json = request.content_type == JSON
        if number:
            return otlp.response(await self._records(body, json, source, client, number), json=json)
        try:
            now = int(self.taker.now().timestamp())
            rejected = await self._records(body, json, source, repeats.name_of(body), now, timed=True)
        except Timeless:
            rejected = await self._records(body, json, source, *self.taker.own_number())
        return otlp.response(rejected, json=json)

    async def _records(
        self, body: bytes, json: bool, source: Source, client: str, number: int, *, timed: bool = False
    ) -> otlp.Rejected:
        """Take the records of a request; with ``timed`` raises Timeless, nothing taken, when one states no time."""
        raws: list[bytes] = []
        entries: list[bytes] = []
        rejected, verbatim = otlp.Rejected(), 0
        now = self.taker.now()
        for record in otlp.of_json(body) if json else otlp.of_protobuf(body):
            if timed and record.at is None:
                raise Timeless
            if len(record.raw) > LONGEST:
                rejected.count += 1
                rejected.why = refusals.oversized(len(raws) + rejected.count, LONGEST).en
                continue
            if len(raws) >= self.limits.lines:
                raise refusals.too_large(self.limits.body, self.limits.lines)
            entry, unread = entry_of_record(record, source, client, number, len(raws), now)
            verbatim += unread
            raws.append(record.raw)
            entries.append(entry)
            if not len(raws) % SLICE:
                await asyncio.sleep(0)
        if entries:
            await self.taker.take_encoded(source, client, number, raws, entries, verbatim)
        if rejected.count:
            self.taker.sequencer.turned(source.name, rejected.count)
        return rejected

    async def _linger(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read on a little, so that a sender in the middle of a body sees the answer before the connection ends."""
        try:
            async with asyncio.timeout(2):
                await writer.drain()
                left = 4 * self.limits.body
                while left > 0 and (some := await reader.read(1 << 16)):
                    left -= len(some)
        except (TimeoutError, OSError):
            return


def _named(request: Request) -> tuple[str, int]:
    """The sender's own name for itself and the batch; "" and 0 when it gives none. Refused FH-IN-10 for half of it."""
    client, number = request.headers.get("fanghu-client", ""), request.headers.get("fanghu-batch", "")
    if not client and not number:
        return "", 0
    good = number.isascii() and number.isdecimal() and len(number) < 20 and 0 < int(number) < LARGEST_NUMBER
    if not good or not _CLIENT.fullmatch(client):
        raise refusals.malformed(
            "Fanghu-Client (letters, digits, . _ : -) and Fanghu-Batch (a number from 1) are given together.",
            "Fanghu-Client（英數字與 . _ : -）與 Fanghu-Batch（自 1 起的編號）須同時給定。",
        )
    return client, int(number)


def _answer_type(request: Request) -> str:
    protobuf = request.path == "/v1/logs" and request.content_type == PROTOBUF
    return PROTOBUF if protobuf else JSON


def _refusal(request: Request | None, refused: Refused, *, stays: bool = False) -> bytes:
    """The uniform error; for OTLP a google.rpc.Status, as its specification asks."""
    status = refusals.STATUS.get(refused.code, 503 if refused.retry else 400)
    wait = (refused.wait or 1) if refused.retry else 0
    if request is not None and request.path == "/v1/logs":
        json = _answer_type(request) == JSON
        body = otlp.failure(14 if refused.retry else 3, f"{refused.code} {refused.en}", json=json)
        return http_message.answer(status, body, JSON if json else PROTOBUF, stays=stays, wait=wait)
    body = msgspec.json.encode({"code": refused.code, "en": refused.en, "zh": refused.zh_hant})
    return http_message.answer(status, body, JSON, stays=stays, wait=wait)
