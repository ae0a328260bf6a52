"""The log's checkpoint and its witness: what counts as held elsewhere, and what happens when the log was put back (4.11)."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fanghu.approvals.actions import decide
from fanghu.auditlog import witnessing
from fanghu.auditlog.actions import open_log, places, seal_now
from fanghu.auditlog.collectors import PROVIDERS
from fanghu.auditlog.facts import LogIntegrity
from fanghu.auditlog.models import KeptCheckpoint, RelayState
from fanghu.auditlog.sources import ONE
from fanghu.auditlog.verification import verify
from fanghu.auditlog.witness_definition import WITNESS
from fanghu.events.actions import record
from fanghu.events.doer import KEEPER, Doer
from fanghu.events.models import OutboxEvent
from fanghu.faults import Fault
from fanghu.keys.log_keys import pinned
from fanghu.register.actions import register_system_one
from fanghu.register.defining import ask_to_define
from fanghu.testimony import FIRM, Scope
from fanghu.tlog.note import cosigner_text
from fanghu.tlog.verify import verify_folder
from fanghu.witness.book import Book
from fanghu.witness.client import NotVouched, Post
from fanghu.witness.server import Witness

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
URL = "https://witness.example:8460"


def doer(account: Any) -> Doer:
    return Doer("console", account=str(account.pk), person=str(account.person_id), place="127.0.0.1")


@pytest.fixture
def house(cast: dict[str, Any], settings: Any, tmp_path: Path) -> dict[str, Any]:
    settings.HOME = tmp_path / "home"
    settings.HOME.mkdir()
    register_system_one(NOW)
    open_log(NOW)
    seal_now(wait=True)
    return cast


def define(house: dict[str, Any], book: Book) -> None:
    """The firm names the witness: one asks, another approves."""
    value = {"url": URL, "key": cosigner_text(book.signer.verifier), "stamp_url": None, "stamp_roots": []}
    asked = ask_to_define(WITNESS, FIRM, value, "the audit office runs it", by=doer(house["erin"]), now=NOW)
    decide(asked.pk, True, "read", by=doer(house["bob"]), now=NOW)
    seal_now(wait=True)


@pytest.fixture
def post(house: dict[str, Any], tmp_path: Path) -> Iterator[Post]:
    """The witness that the firm defined, two people having decided it."""
    key = pinned(places().public_key)
    book = Book(tmp_path / "witness", "witness.example/w")
    witness = Witness(book, {key.name: key}, lambda: NOW, lambda _said: None)
    define(house, book)

    def over_the_wire(url: str, body: bytes) -> tuple[int, str, bytes]:
        assert url == f"{URL}/add-checkpoint"
        answer = witness.answer(body)
        return answer.status, answer.kind, answer.body.encode()

    yield over_the_wire
    book.close()


def facts() -> LogIntegrity:
    found = PROVIDERS[LogIntegrity](Scope(NOW, frozenset({ONE})))[ONE].facts
    assert isinstance(found, LogIntegrity)
    return found


def events(kind: str) -> list[str]:
    return [
        body for row in OutboxEvent.objects.order_by("created_at") if f'"{kind}"' in (body := bytes(row.body).decode())
    ]


def more(number: int = 5) -> None:
    from django.db import transaction

    with transaction.atomic():
        for _each in range(number):
            record("door.opened", by=KEEPER, now=NOW)
    seal_now(wait=True)


def ask(post: Post, *, outside: bool = True) -> KeptCheckpoint | None:
    return witnessing.ask(by=KEEPER, now=NOW, post=post, outside=lambda _url: outside)


def test_without_a_definition_nobody_is_asked(house: dict[str, Any]) -> None:
    def never(_url: str, _body: bytes) -> tuple[int, str, bytes]:
        raise AssertionError

    assert ask(never) is None
    assert witnessing.have_stamped(by=KEEPER, now=NOW, post=never) is None


def test_what_a_witness_outside_cosigned_is_held_off_the_machine(post: Post) -> None:
    more()
    kept = ask(post)
    assert kept is not None and kept.where == "witness witness.example/w"
    found = facts()
    assert (found.kept_at, found.kept_where, found.kept_consistent) == (NOW, kept.where, True)
    more()
    assert ask(post) is not None
    assert len(events("checkpoint.witnessed")) == 2
    trusted = [pinned(places().public_key)]
    assert verify_folder(places().folder, keys=trusted, witness=places().witness_file.read_bytes()).ok
    assert verify(by=KEEPER, now=NOW).ok, "a cosigned checkpoint is one the log is verified against"


def test_one_on_this_machine_counts_for_nothing(post: Post) -> None:
    assert ask(post, outside=False) is None
    assert facts().kept_at is None
    assert '"outside":false' in events("checkpoint.witnessed")[0]
    assert witnessing.ask(by=KEEPER, now=NOW, post=post) is None, "a name that leads nowhere is not outside either"


def test_an_older_copy_put_back_with_its_database_is_caught(post: Post, tmp_path: Path) -> None:
    """Whoever rules the machine puts back folder and database: only the witness knows better."""
    more()
    shutil.copytree(places().folder, tmp_path / "older")
    state = RelayState.objects.get()
    rows = list(OutboxEvent.objects.values_list("pk", flat=True))
    more()
    ask(post)
    shutil.rmtree(places().folder)
    shutil.copytree(tmp_path / "older", places().folder)
    state.save()
    OutboxEvent.objects.exclude(pk__in=rows).delete()
    KeptCheckpoint.objects.all().delete()
    assert facts().finding == ""
    with pytest.raises(Fault, match="FH-LOG-68"):
        ask(post)
    assert "saw another history" in facts().finding
    assert '"fork":true' in events("checkpoint.witnessed")[-1]


def test_a_witness_that_is_silent_is_a_failure_and_no_finding(post: Post) -> None:
    def silent(_url: str, _body: bytes) -> tuple[int, str, bytes]:
        raise NotVouched("it cannot be reached (TimeoutError)", "無法連線（TimeoutError）")

    with pytest.raises(Fault, match="cannot be reached"):
        ask(silent)
    assert facts().finding == "" and not KeptCheckpoint.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"url": "ftp://x"}, "FH-LOG-65"),
        ({"url": "https://me:secret@x"}, "FH-LOG-65"),
        ({"key": "nonsense"}, "FH-LOG-66"),
        ({"key": None}, "FH-LOG-66"),
        ({"stamp_url": "https://tsa.example", "stamp_roots": ["no certificate"]}, "FH-LOG-67"),
    ],
)
def test_bad_definitions(house: dict[str, Any], wrong: dict[str, Any], code: str) -> None:
    value = {
        "url": URL if "stamp_url" not in wrong else None,
        "key": "x",
        "stamp_url": None,
        "stamp_roots": [],
        **wrong,
    }
    with pytest.raises(Fault, match=code):
        ask_to_define(WITNESS, FIRM, value, "x", by=doer(house["erin"]), now=NOW)


def test_the_keeper_asks_and_stamps() -> None:
    from fanghu.auditlog.jobs import JOBS

    every = {job.name: job.every for job in JOBS}
    assert every["auditlog.witness"] == timedelta(hours=6) and every["auditlog.stamp"] == timedelta(days=1)
