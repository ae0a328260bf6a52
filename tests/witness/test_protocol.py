"""A witness answers exactly as c2sp.org/tlog-witness says, and never vouches for two histories."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from fanghu.faults import Fault
from fanghu.tlog.checkpoint import Checkpoint
from fanghu.tlog.note import Note, Signer
from fanghu.tlog.reader import LogReader
from fanghu.witness.book import Book
from fanghu.witness.client import NotVouched, submit
from fanghu.witness.cosigning import Answer, Seen, decide, parse, write
from fanghu.witness.server import Witness
from tests.tlog.stage import NOW, SIGNER, Stage, entries

KEYS = {SIGNER.name: SIGNER.verifier}


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    found = Book(tmp_path / "witness", "witness.example/w")
    yield found
    found.close()


@pytest.fixture
def witness(book: Book) -> Witness:
    return Witness(book, KEYS, lambda: NOW, lambda _said: None)


@pytest.fixture
def log(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path / "house")
    stage.base.mkdir()
    grow(stage, 300)
    return stage


def grow(stage: Stage, by: int) -> None:
    with stage.writer() as writer:
        writer.append(entries(writer.size, writer.size + by))
        writer.seal(NOW)


def ask(witness: Witness, stage: Stage, old: int = 0, *, size: int | None = None) -> Answer:
    reader = LogReader(stage.folder)
    now = reader.checkpoint()
    proof = reader.consistency_proof(old, now.size) if 0 < old < now.size else []
    return witness.answer(write(old if size is None else size, proof, now.note))


def test_the_first_checkpoint_is_cosigned_and_anybody_can_check_it(witness: Witness, book: Book, log: Stage) -> None:
    answer = ask(witness, log)
    assert answer.status == 200
    dash, name, encoded = answer.body.rstrip("\n").split(" ")
    raw = base64.b64decode(encoded)
    public = book.signer.verifier.public
    assert (dash, name) == ("—", "witness.example/w")
    assert raw[:4] == sha256(b"witness.example/w\n\x04" + public).digest()[:4], "the key id of tlog-cosignature"
    seconds = int.from_bytes(raw[4:12], "big")
    said = b"cosignature/v1\ntime %d\n" % seconds + LogReader(log.folder).checkpoint().text
    Ed25519PublicKey.from_public_bytes(public).verify(raw[12:], said)
    assert seconds == int(NOW.timestamp())


def test_growth_is_vouched_for_with_its_proof_only(witness: Witness, log: Stage) -> None:
    assert ask(witness, log).status == 200
    grow(log, 500)
    reader = LogReader(log.folder)
    proof, note = reader.consistency_proof(300, 800), reader.checkpoint().note
    spoilt = [*proof[:-1], bytes(32)]
    assert witness.answer(write(300, spoilt, note)).status == 422
    assert witness.answer(write(300, [], note)).status == 422
    assert ask(witness, log, 300).status == 200
    assert ask(witness, log, 800).status == 200, "the same again is vouched for again"


def test_a_wrong_old_size_is_told_the_right_one(witness: Witness, log: Stage) -> None:
    ask(witness, log)
    grow(log, 1)
    answer = ask(witness, log, 200)
    assert (answer.status, answer.body, answer.kind) == (409, "300\n", "text/x.tlog.size")
    assert ask(witness, log, size=999).status == 400, "older than itself"


def test_a_rolled_back_or_forked_log_is_refused(witness: Witness, log: Stage, tmp_path: Path) -> None:
    ask(witness, log)
    other = Stage(tmp_path / "other")
    other.base.mkdir()
    with other.writer() as writer:
        writer.append(entries(7, 107))
        writer.seal(NOW)
    assert ask(witness, other).status == 409, "rolled back: the witness has seen more"
    grow(other, 200)
    assert ask(witness, other, size=300).status == 409, "as long, and another"
    grow(other, 200)
    assert ask(witness, other, 300).status == 422, "longer, and no extension"


def test_strangers_and_nonsense(witness: Witness, log: Stage) -> None:
    note = LogReader(log.folder).checkpoint().note
    stranger = replace(LogReader(log.folder).checkpoint(), origin="other.example").signed(
        Signer("other.example", bytes(32)), NOW
    )
    forged = LogReader(log.folder).checkpoint().signed(Signer(SIGNER.name, bytes(32)), NOW)
    assert witness.answer(write(0, [], stranger.note)).status == 404
    assert witness.answer(write(0, [], forged.note)).status == 403
    assert witness.answer(write(0, [bytes(32)], note)).status == 422, "from nothing there is nothing to prove"
    for bad in (
        b"",
        note,
        b"old 0\n" + note,
        b"old -1\n\n" + note,
        b"old 00\n\n" + note,
        b"new 0\n\n" + note,
        b"old 0\nAAA\n\n" + note,
    ):
        assert witness.answer(bad).status == 400


@given(st.binary(max_size=400))
def test_no_request_breaks_it(body: bytes) -> None:
    assert decide(body, KEYS, {}).status in (400, 403, 404)


@given(st.integers(0, 2**62), st.lists(st.binary(min_size=32, max_size=32), max_size=63))
def test_a_request_is_read_as_it_was_written(old: int, proof: list[bytes]) -> None:
    note = Checkpoint(SIGNER.name, 2**62, bytes(32)).signed(SIGNER, NOW).note
    found = parse(write(old, proof, note))
    assert found is not None and (found.old, list(found.proof), found.checkpoint.note) == (old, proof, note)


def test_it_remembers_over_a_restart_and_never_goes_back(witness: Witness, book: Book, log: Stage) -> None:
    ask(witness, log)
    book.close()
    again = Book(book.folder, "ignored: the key has its name")
    assert again.signer.name == "witness.example/w"
    assert again.seen[SIGNER.name].size == 300
    with pytest.raises(ValueError, match="never goes back"):
        again.remember(Checkpoint(SIGNER.name, 299, bytes(32)))
    with pytest.raises(Fault, match="FH-WIT-01"):
        Book(book.folder, "second")
    again.close()


def test_one_that_forgot_does_not_vouch(witness: Witness, book: Book, log: Stage) -> None:
    ask(witness, log)
    book.close()
    kept = next(book.folder.glob("*.json"))
    kept.write_bytes(kept.read_bytes()[:-9])
    with pytest.raises(Fault, match="FH-WIT-04"):
        Book(book.folder, "w")
    (book.folder / "key").unlink()
    with pytest.raises(Fault, match="FH-WIT-02"):
        Book(book.folder, "w")


def test_nothing_is_vouched_for_that_could_not_be_kept(
    witness: Witness, book: Book, log: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_checkpoint: Checkpoint) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(book, "remember", full)
    with pytest.raises(OSError, match="No space"):
        ask(witness, log)
    assert book.seen == {}


def test_the_client_finds_the_size_and_sees_a_fork(witness: Witness, book: Book, log: Stage, tmp_path: Path) -> None:
    def post(_url: str, body: bytes) -> tuple[int, str, bytes]:
        answer = witness.answer(body)
        return answer.status, answer.kind, answer.body.encode()

    reader, key = LogReader(log.folder), book.signer.verifier
    done = submit(reader, reader.checkpoint(), "http://w.example", key, old=0, post=post)
    assert done.at == NOW.replace(microsecond=0) and Note.parse(done.note).signed_by([key])
    grow(log, 900)
    assert submit(reader, reader.checkpoint(), "http://w.example/", key, old=0, post=post).checkpoint.size == 1200
    assert log.verify(since=None).ok
    with pytest.raises(NotVouched, match="not signed by its key"):
        submit(reader, reader.checkpoint(), "http://w.example", SIGNER.verifier, old=1200, post=post)
    older = Stage(tmp_path / "older")
    older.base.mkdir()
    grow(older, 300)
    with pytest.raises(NotVouched, match="more than the 300 here") as rolled:
        submit(LogReader(older.folder), LogReader(older.folder).checkpoint(), "http://w.example", key, old=0, post=post)
    assert rolled.value.fork
    with older.writer() as writer:
        writer.append(entries(5, 1505))
        writer.seal(NOW)
    with pytest.raises(NotVouched, match="does not extend") as forked:
        submit(
            LogReader(older.folder), LogReader(older.folder).checkpoint(), "http://w.example", key, old=1200, post=post
        )
    assert forked.value.fork
    line = Note.parse(done.note).signed_by([key])[-1]
    spoilt = replace(line, raw=line.raw[:-1] + bytes([line.raw[-1] ^ 1]))
    for answer, at in (
        (line, reader.checkpoint()),
        (spoilt, done.checkpoint),
    ):  # another checkpoint's, and a broken one
        body = answer.line().encode() + b"\n"
        with pytest.raises(NotVouched, match="not signed by its key"):
            submit(reader, at, "http://w.example", key, old=0, post=lambda _u, _b, body=body: (200, "", body))
    for said in ((409, "text/plain", b"7"), (200, "", b"hello\n"), (500, "", b""), (409, "text/x.tlog.size", b"0\n")):
        with pytest.raises(NotVouched):
            submit(reader, reader.checkpoint(), "http://w.example", key, old=0, post=lambda _u, _b, said=said: said)


def test_what_is_seen_decides_not_what_is_claimed() -> None:
    checkpoint = Checkpoint(SIGNER.name, 5, bytes(32)).signed(SIGNER, NOW)
    assert decide(write(0, [], checkpoint.note), KEYS, {SIGNER.name: Seen(5, bytes(32))}).status == 409
    assert decide(write(5, [], checkpoint.note), KEYS, {SIGNER.name: Seen(5, b"\x01" * 32)}).status == 409
    assert decide(write(5, [], checkpoint.note), KEYS, {SIGNER.name: Seen(5, bytes(32))}).status == 200
