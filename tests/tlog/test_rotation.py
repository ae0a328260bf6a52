"""A log goes on under a new key, and whoever pinned the old one can follow."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fanghu.tlog.damage import BadNote, LogDamaged, LogMissing
from fanghu.tlog.files import Files
from fanghu.tlog.note import Note, Signer
from fanghu.tlog.reader import LogReader
from fanghu.tlog.rotation import follow, statement
from fanghu.tlog.verify import verify_folder
from fanghu.tlog.writer import LogWriter
from tests.tlog.stage import KEYS, NOW, SIGNER, Died, MortalFiles, Stage, entries

NEW = Signer(SIGNER.name, bytes(range(1, 33)))
NEXT = Signer(SIGNER.name, bytes(range(2, 34)))


def opened(stage: Stage, signer: Signer, other: Signer, files: Files | None = None) -> LogWriter:
    """The log opened by one key of a rotation."""
    return LogWriter.open(
        stage.folder, origin=signer.name, signer=signer, lock_path=stage.base / "lock", create=False, files=files,
        retired=[other.verifier],
    )  # fmt: skip


@pytest.fixture
def rotated(stage: Stage) -> tuple[Stage, bytes, bytes]:
    """A log with entries under the old and the new key; a checkpoint kept from before; the statement."""
    with stage.writer() as writer:
        writer.append(entries(0, 300))
        kept = writer.seal(NOW).note
        told = writer.rotate(NEW, NOW + timedelta(hours=1))
        writer.append(entries(300, 310))
        assert writer.seal(NOW + timedelta(hours=2)).size == 311
    return stage, kept, told


def test_the_new_key_alone_vouches_for_the_whole_log(rotated: tuple[Stage, bytes, bytes]) -> None:
    stage, _kept, _told = rotated
    assert verify_folder(stage.folder, keys=[NEW.verifier]).ok
    assert {p.code for p in stage.verify().problems} == {"FH-TLG-12"}, "the old key vouches for nothing any more"


def test_who_pinned_the_old_key_follows_the_statement(rotated: tuple[Stage, bytes, bytes]) -> None:
    stage, kept, told = rotated
    trusted = follow(SIGNER.verifier, [told])
    assert (trusted.current, trusted.retired) == (NEW.verifier, (SIGNER.verifier,))
    report = verify_folder(stage.folder, keys=[trusted.current], retired=trusted.retired, since=kept)
    assert report.ok, report.problems
    assert not verify_folder(stage.folder, keys=[trusted.current], since=kept).ok


def test_the_log_itself_records_it(rotated: tuple[Stage, bytes, bytes]) -> None:
    stage, _kept, told = rotated
    entry = LogReader(stage.folder, keys=[NEW.verifier]).entry(300)
    assert entry.raw == told
    assert (entry.envelope.kind, entry.envelope.type) == ("meta", "log.key-rotated")
    assert entry.envelope.detail == {"old": str(SIGNER.verifier), "new": str(NEW.verifier)}


def test_a_retired_key_cannot_go_on(rotated: tuple[Stage, bytes, bytes]) -> None:
    stage, _kept, told = rotated
    with pytest.raises(LogDamaged):
        stage.writer(create=False)
    with opened(stage, NEW, SIGNER) as writer:
        again = writer.rotate(NEXT, NOW)
    assert follow(SIGNER.verifier, [told, again]).current == NEXT.verifier
    with pytest.raises(BadNote):
        follow(SIGNER.verifier, [again, told])


def test_a_checkpoint_signed_by_the_retired_key_after_it_is_found(rotated: tuple[Stage, bytes, bytes]) -> None:
    """Whoever stole the old key gets nothing signed past the rotation."""
    stage, _kept, told = rotated
    forged = LogReader(stage.folder).checkpoint().signed(SIGNER, NOW).note
    (stage.folder / "checkpoint").write_bytes(forged)
    trusted = follow(SIGNER.verifier, [told])
    report = verify_folder(stage.folder, keys=[trusted.current], retired=trusted.retired)
    assert report.first_bad == "checkpoint" and not report.cannot_tell


def test_a_statement_counts_only_whole_and_signed_by_both() -> None:
    good = statement(SIGNER, NEW, 7)
    assert follow(SIGNER.verifier, [good]).current == NEW.verifier
    note = Note.parse(good)
    stranger = Signer(SIGNER.name, bytes(32))
    elsewhere = Signer("other.example/log", NEW.private)
    for bad in (
        bytes(Note(note.text, note.signatures[:1])),
        bytes(Note(note.text, note.signatures[1:])),
        bytes(Note(note.text, (*note.signatures, stranger.sign(note.text)))),
        bytes(Note(note.text, (note.signatures[0], stranger.sign(note.text)))),
        good.replace(b"\n7\n", b"\n8\n"),
        statement(stranger, NEW, 7),
        statement(SIGNER, SIGNER, 7),
        statement(SIGNER, elsewhere, 7),
        b"",
    ):
        with pytest.raises(BadNote):
            follow(SIGNER.verifier, [bad])


def test_only_a_key_of_this_log_may_follow(stage: Stage) -> None:
    with stage.writer() as writer:
        for wrong in (SIGNER, Signer("other.example/log", NEW.private)):
            with pytest.raises(ValueError, match="carries the log's origin"):
                writer.rotate(wrong, NOW)
        assert writer.size == 0


def test_death_at_any_step_leaves_a_log_that_one_of_the_two_keys_opens(stage: Stage) -> None:
    with stage.writer() as writer:
        writer.append(entries(0, 3))
        writer.seal(NOW)
    last, done = 0, False
    while not done:
        last += 1
        here = Stage(stage.base / str(last))
        here.base.mkdir()
        with here.writer() as writer:
            writer.append(entries(0, 3))
            kept = writer.seal(NOW).note
        try:
            with opened(here, SIGNER, NEW, MortalFiles(last)) as writer:
                writer.rotate(NEW, NOW)
                done = True
        except Died:
            pass
        try:
            with opened(here, SIGNER, NEW) as writer:
                writer.rotate(NEW, NOW)
        except LogDamaged:  # the new key stands alone already
            pass
        with opened(here, NEW, SIGNER) as writer:
            writer.append(entries(9, 10))
            writer.seal(NOW)
        report = verify_folder(here.folder, keys=[NEW.verifier], retired=KEYS, since=kept)
        assert report.ok, (last, report.problems)
        assert verify_folder(here.folder, keys=[NEW.verifier]).ok
    assert last > 10


def test_a_rotation_cut_between_its_seals_is_finished_by_the_next_seal(stage: Stage) -> None:
    with stage.writer() as writer:
        writer.append(entries(0, 3))
        both = writer.seal(NOW)
    (stage.folder / "checkpoint").write_bytes(both.signed(SIGNER, NOW, NEW).note)
    assert not verify_folder(stage.folder, keys=[NEW.verifier]).ok
    assert verify_folder(stage.folder, keys=[NEW.verifier], retired=KEYS).ok
    with pytest.raises(LogDamaged):
        stage.writer(create=False)
    with opened(stage, NEW, SIGNER) as writer:
        assert writer.seal(NOW).size == 3
    assert verify_folder(stage.folder, keys=[NEW.verifier]).ok


def test_there_must_be_a_log_to_rotate(stage: Stage) -> None:
    with pytest.raises(LogMissing):
        opened(stage, SIGNER, NEW)
