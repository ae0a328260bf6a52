"""Signed notes, keys and checkpoints against published examples and against forgers."""

from __future__ import annotations

import base64

import pytest

from fanghu.tlog.checkpoint import Checkpoint
from fanghu.tlog.damage import BadNote
from fanghu.tlog.merkle import EMPTY_ROOT
from fanghu.tlog.note import Note, Signer, Verifier, new_key
from tests.tlog.stage import KEYS, NOW, SIGNER

GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
).encode()


def test_the_example_of_gos_note_package_holds() -> None:
    key = Verifier.parse(GO_KEY)
    note = Note.parse(GO_NOTE)
    assert len(note.signed_by([key])) == 1
    assert bytes(note) == GO_NOTE
    assert str(key) == GO_KEY


def test_the_key_of_gos_checksum_database_parses() -> None:
    assert (
        Verifier.parse("sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8").name == "sum.golang.org"
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a+b",
        GO_KEY.replace("c74f20a3", "c74f20a4"),
        GO_KEY.replace("c74f20a3", "C74F20A3"),
        GO_KEY[:-1],
        GO_KEY + "x",
    ],
)
def test_a_miscopied_key_is_refused(text: str) -> None:
    with pytest.raises(BadNote, match="FH-TLG-06"):
        Verifier.parse(text)


def test_a_new_key_signs_what_its_verifier_string_accepts() -> None:
    private, text = new_key("firm.example/log")
    signature = Signer("firm.example/log", private).sign(b"hello\n")
    assert Verifier.parse(text).holds(b"hello\n", signature)
    assert not Verifier.parse(text).holds(b"hello!\n", signature)
    assert private.hex() not in repr(Signer("firm.example/log", private))


def test_a_checkpoint_states_when_it_was_sealed() -> None:
    kept = Checkpoint(SIGNER.name, 7, bytes(32)).signed(SIGNER, NOW)
    assert Checkpoint.verified(kept.note, KEYS) == kept
    assert kept.sealed_at == NOW


def test_every_flipped_bit_of_a_checkpoint_is_refused() -> None:
    note = Checkpoint(SIGNER.name, 300, EMPTY_ROOT).signed(SIGNER, NOW).note
    for at in range(len(note) * 8):
        bad = bytearray(note)
        bad[at // 8] ^= 1 << at % 8
        with pytest.raises(BadNote):
            Checkpoint.verified(bytes(bad), KEYS)


def test_another_spelling_of_the_same_signature_is_refused() -> None:
    """The last base64 digit of a 68-byte value carries four unused bits."""
    note = Checkpoint(SIGNER.name, 300, EMPTY_ROOT).signed(SIGNER, NOW).note
    line = note.split(b"\n")[4]
    digit = line[-2:-1]
    other = bytes([digit[0] + 1])
    assert base64.b64decode(line.split(b" ")[2][:-2] + other + b"=") == base64.b64decode(line.split(b" ")[2])
    with pytest.raises(BadNote):
        Checkpoint.parse(note.replace(line, line[:-2] + other + b"="))


def test_a_line_of_an_unknown_key_is_refused_in_a_log_and_passed_over_in_a_kept_checkpoint() -> None:
    private, _ = new_key("witness.example")
    kept = Checkpoint(SIGNER.name, 5, bytes(32)).signed(SIGNER, NOW)
    note = Note.parse(kept.note)
    both = bytes(Note(note.text, (*note.signatures, Signer("witness.example", private).sign_at(note.text, NOW))))
    assert Checkpoint.verified(both, KEYS, others=True).size == 5
    with pytest.raises(BadNote):
        Checkpoint.verified(both, KEYS)


def test_a_pinned_key_does_not_vouch_for_another_logs_origin() -> None:
    foreign = Checkpoint("other.example/log", 5, bytes(32)).signed(SIGNER, NOW)
    with pytest.raises(BadNote):
        Checkpoint.verified(foreign.note, KEYS)


@pytest.mark.parametrize(
    "text", [b"o\n05\n", b"o\n5\nAAAA\n", b"o\n-1\n", b"\n5\n", b"o\n5\n" + base64.b64encode(bytes(32)) + b"\nextra\n"]
)
def test_a_note_that_is_no_checkpoint_is_refused(text: bytes) -> None:
    with pytest.raises(BadNote):
        Checkpoint.parse(bytes(Note(text, (SIGNER.sign(text),))))
