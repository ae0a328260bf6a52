"""What a witness outside saw is held against the log: an older copy put back, or another history, is caught by it."""

from __future__ import annotations

import shutil
from datetime import timedelta

import pytest

from fanghu.tlog.checkpoint import Checkpoint
from fanghu.tlog.damage import BadNote
from fanghu.tlog.note import Note, Signer, cosigner, cosigner_text
from fanghu.tlog.report import Report
from fanghu.tlog.verify import verify_folder
from tests.tlog.stage import KEYS, NOW, SIGNER, Stage, entries

WITNESS = Signer("witness.example", bytes(range(7, 39)))


def cosigned(checkpoint: Checkpoint, by: Signer = WITNESS) -> bytes:
    """The file that a witness's answer makes: its key, an empty line, the checkpoint with its line."""
    note = Note.parse(checkpoint.note)
    both = Note(note.text, (*note.signatures, by.sign_at(note.text, NOW + timedelta(seconds=2))))
    return f"{cosigner_text(by.verifier)}\n\n".encode() + bytes(both)


@pytest.fixture
def watched(stage: Stage) -> tuple[Stage, bytes]:
    """A log of 300 entries that a witness saw, a copy of the folder from when it had 200."""
    with stage.writer() as writer:
        writer.append(entries(0, 200))
        writer.seal(NOW)
        shutil.copytree(stage.folder, stage.base / "older")
        writer.append(entries(200, 300))
        seen = cosigned(writer.seal(NOW))
        writer.append(entries(300, 600))
        writer.seal(NOW)
    return stage, seen


def ask(stage: Stage, witness: bytes) -> Report:
    return verify_folder(stage.folder, keys=KEYS, witness=witness)


def test_a_log_that_only_grew_extends_what_the_witness_saw(watched: tuple[Stage, bytes]) -> None:
    stage, seen = watched
    assert ask(stage, seen).ok


def test_a_folder_rolled_back_to_an_older_copy_is_caught_by_the_witness_alone(watched: tuple[Stage, bytes]) -> None:
    stage, seen = watched
    shutil.rmtree(stage.folder)
    shutil.copytree(stage.base / "older", stage.folder)
    assert stage.verify().ok, "the older copy is a good log in itself"
    report = ask(stage, seen)
    assert not report.ok and not report.cannot_tell
    assert [(p.code, p.where) for p in report.problems] == [("FH-TLG-26", "checkpoint")]


def test_a_history_rewritten_by_the_keys_owner_is_caught(watched: tuple[Stage, bytes]) -> None:
    stage, seen = watched
    shutil.rmtree(stage.folder)
    with stage.writer() as writer:
        writer.append([*entries(0, 299), *entries(900, 1200)])
        writer.seal(NOW)
    assert stage.verify().ok
    assert [p.code for p in ask(stage, seen).problems] == ["FH-TLG-26"]


def test_a_file_that_no_witness_cosigned_proves_nothing(watched: tuple[Stage, bytes]) -> None:
    stage, seen = watched
    key, _, note = seen.partition(b"\n\n")
    parsed = Note.parse(note)
    bare = Note(parsed.text, parsed.signatures[:-1])
    stranger = cosigned(Checkpoint.parse(bytes(bare)), Signer(WITNESS.name, bytes(32))).partition(b"\n\n")[2]
    plain = bytes(Note(bare.text, (*bare.signatures, WITNESS.sign(parsed.text))))
    for bad in (
        b"", key, key + b"\n", note, key + b"\n" + note, key + b"\n\n" + stranger, key + b"\n\n" + plain,
        str(WITNESS.verifier).encode() + b"\n\n" + note, key[:-4] + b"AAAA\n\n" + note, b"\xff\n\n" + note,
        key + b"\n\n" + note.replace(b"\n300\n", b"\n301\n"),
        cosigner_text(SIGNER.verifier).encode() + b"\n\n" + note,
    ):  # fmt: skip
        report = ask(stage, bad)
        assert [p.code for p in report.problems] == ["FH-TLG-27"], bad


def test_what_a_witness_saw_of_another_log_is_not_of_this_one(watched: tuple[Stage, bytes], stage: Stage) -> None:
    other = Signer("other.example/log", SIGNER.private)
    note = Checkpoint.parse(watched[1].partition(b"\n\n")[2])
    seen = cosigned(Checkpoint(other.name, note.size, note.root).signed(other, NOW))
    assert {p.code for p in ask(watched[0], seen).problems} == {"FH-TLG-26"}


def test_a_witness_key_is_read_only_whole() -> None:
    text = cosigner_text(WITNESS.verifier)
    assert cosigner(text) == WITNESS.verifier
    for bad in (str(WITNESS.verifier), text[:-1], text.replace("witness", "w1tness"), "", "a+b+c", "a b+00000000+AA=="):
        with pytest.raises(BadNote):
            cosigner(bad)
