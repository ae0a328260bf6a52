"""The intake's log before the same witness: vouched for on its own, and caught when an older copy is put back (4.11)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.utils.translation import override

from fanghu.auditlog import reading, witnessing_others
from fanghu.auditlog.actions import places
from fanghu.auditlog.jobs import witness as job
from fanghu.auditlog.models import OtherLog
from fanghu.auditlog.verification import verify_others
from fanghu.cli.__main__ import main
from fanghu.events.doer import KEEPER
from fanghu.keys import log_keys
from fanghu.keys.locations import LogPlaces
from fanghu.tlog.note import Signer
from fanghu.tlog.verify import verify_folder
from fanghu.tlog.writer import LogWriter
from fanghu.witness.book import Book
from fanghu.witness.client import Post
from fanghu.witness.server import Witness
from tests.auditlog.test_witnessing import NOW, define, events, facts, house
from tests.tlog.stage import entries

__all__ = ["house"]


@pytest.fixture
def intake(house: dict[str, Any]) -> LogPlaces:
    at = LogPlaces(places().home, "intake")
    at.folder.parent.mkdir(exist_ok=True)
    grow(at)
    return at


def grow(at: LogPlaces, count: int = 300) -> None:
    signer = log_keys.make(at)
    at.lock.parent.mkdir(exist_ok=True)
    with LogWriter.open(at.folder, origin=signer.name, signer=signer, lock_path=at.lock, create=True) as writer:
        writer.append(entries(writer.size, writer.size + count))
        writer.seal(datetime.now(UTC))


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    found = Book(tmp_path / "witness", "witness.example/w")
    yield found
    found.close()


def posting(book: Book, *logs: LogPlaces) -> Post:
    keys = {key.name: key for key in (log_keys.pinned(at.public_key) for at in logs)}
    witness = Witness(book, keys, lambda: NOW, lambda _said: None)

    def over_the_wire(_url: str, body: bytes) -> tuple[int, str, bytes]:
        answer = witness.answer(body)
        return answer.status, answer.kind, answer.body.encode()

    return over_the_wire


def ask(post: Post, *, outside: bool = True) -> dict[str, bool]:
    return witnessing_others.ask_for_others(by=KEEPER, now=NOW, post=post, outside=lambda _url: outside)


def test_it_is_vouched_for_with_its_own_key_and_verified_against_that(
    house: dict[str, Any], intake: LogPlaces, book: Book
) -> None:
    post = posting(book, places(), intake)
    assert ask(post) == {}, "nobody is asked before the firm defined whom"
    define(house, book)
    assert ask(post) == {"intake": True}
    grow(intake)
    assert ask(post) == {"intake": True}
    row = OtherLog.objects.get(name="intake")
    assert (row.witness, row.witnessed_at, row.witnessed_size, row.refusal) == ("witness.example/w", NOW, 600, "")
    key = log_keys.pinned(intake.public_key)
    assert verify_folder(intake.folder, keys=[key], witness=intake.witness_file.read_bytes()).ok
    assert verify_others(by=KEEPER, now=NOW)["intake"].ok
    assert sum('"object":"log:intake"' in each for each in events("checkpoint.witnessed")) == 2
    own, other = reading.witnessed()
    assert (own.witness, other.log, other.size, other.held) == ("", "intake", 600, 600)
    assert other.fresh(NOW)


def test_an_older_copy_put_back_with_everything_beside_it_is_caught(
    house: dict[str, Any], intake: LogPlaces, book: Book, tmp_path: Path
) -> None:
    post = posting(book, intake)
    define(house, book)
    ask(post)
    shutil.copytree(intake.folder, tmp_path / "older")
    kept = intake.witness_file.read_bytes()
    row = OtherLog.objects.get(name="intake")
    grow(intake)
    ask(post)
    shutil.rmtree(intake.folder)
    shutil.copytree(tmp_path / "older", intake.folder)
    assert not verify_others(by=KEEPER, now=NOW)["intake"].ok, "what the witness holds lies here too"
    intake.witness_file.write_bytes(kept)
    row.save()
    assert verify_others(by=KEEPER, now=NOW)["intake"].ok, "whoever rules the machine put everything back"
    assert ask(post) == {"intake": False}, "only the witness knows better"
    assert "another history" in OtherLog.objects.get(name="intake").finding
    assert "another history" in facts().finding
    assert facts().verified_ok is False


def test_a_witness_that_was_not_given_its_key_says_so_once(
    house: dict[str, Any], intake: LogPlaces, book: Book
) -> None:
    post = posting(book, places())
    define(house, book)
    assert ask(post) == {"intake": False}
    assert ask(post) == {"intake": False}
    row = OtherLog.objects.get(name="intake")
    assert row.refusal == "見證方未取得此日誌的金鑰\nthe witness was not given this log's key"
    for language, said in (("zh-hant", "見證方未取得此日誌的金鑰"), ("en", "the witness was not given this log's key")):
        with override(language):
            assert said in [each.refusal for each in reading.witnessed()]
    assert row.finding == ""
    assert sum('"failure"' in each for each in events("checkpoint.witnessed")) == 1


def test_one_on_this_machine_counts_for_nothing(house: dict[str, Any], intake: LogPlaces, book: Book) -> None:
    define(house, book)
    assert ask(posting(book, intake), outside=False) == {"intake": True}
    assert OtherLog.objects.get(name="intake").witness == ""
    assert not intake.witness_file.exists()


def test_a_spoilt_log_stops_no_other(house: dict[str, Any], intake: LogPlaces, book: Book) -> None:
    define(house, book)
    (intake.folder / "checkpoint").write_bytes(b"nonsense")
    assert ask(posting(book, intake)) == {}


def test_a_log_whose_proof_cannot_be_made_stops_no_other(house: dict[str, Any], intake: LogPlaces, book: Book) -> None:
    other = LogPlaces(places().home, "other")
    grow(other)
    post = posting(book, intake, other)
    define(house, book)
    assert ask(post) == {"intake": True, "other": True}
    grow(intake)
    grow(other)
    shutil.rmtree(intake.folder / "tile", ignore_errors=True)
    shutil.rmtree(intake.folder / "frames", ignore_errors=True)
    assert ask(post) == {"intake": False, "other": True}
    assert OtherLog.objects.get(name="intake").refusal
    assert OtherLog.objects.get(name="other").witnessed_size == 600


def test_after_a_rotation_a_witness_with_the_old_key_says_so(
    house: dict[str, Any], intake: LogPlaces, book: Book
) -> None:
    define(house, book)
    old = log_keys.pinned(intake.public_key)
    witness = Witness(book, {old.name: Signer(old.name, b"k" * 32).verifier}, lambda: NOW, lambda _said: None)

    def post(_url: str, body: bytes) -> tuple[int, str, bytes]:
        answer = witness.answer(body)
        return answer.status, answer.kind, answer.body.encode()

    assert ask(post) == {"intake": False}
    row = OtherLog.objects.get(name="intake")
    assert "after a rotation give it the new one" in row.refusal
    assert row.finding == ""


def test_the_keeper_s_job_asks_for_every_log(house: dict[str, Any], intake: LogPlaces) -> None:
    assert job(NOW) is False, "no witness is defined"


def test_the_page_lists_each_log_with_its_witness(
    house: dict[str, Any], intake: LogPlaces, book: Book, client_as: Any
) -> None:
    define(house, book)
    ask(posting(book, intake))
    page = client_as("carol").get("/log/checkpoint/").content.decode()
    assert "witness.example/w" in page
    assert "intake" in page


def test_the_command_prints_the_same(
    house: dict[str, Any], intake: LogPlaces, book: Book, capsys: pytest.CaptureFixture[str]
) -> None:
    define(house, book)
    ask(posting(book, intake))
    assert main(["log", "witnessed", "--format", "json"]) == 0
    own, other = json.loads(capsys.readouterr().out)
    assert (own["log"], own["witness"], own["at"]) == ("", "", None)
    assert (other["log"], other["witness"], other["held"], other["at"]) == (
        "intake",
        "witness.example/w",
        300,
        NOW.isoformat(),
    )
    assert main(["log", "witnessed"]) == 0
    assert "intake  300  witness.example/w  300  2026-11-22T08:00:00+00:00  ok" in capsys.readouterr().out
