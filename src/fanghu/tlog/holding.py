"""What somebody outside holds against a log: a checkpoint kept from before, or what a witness saw and cosigned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fanghu.tlog.checkpoint import Checkpoint
from fanghu.tlog.damage import BadNote
from fanghu.tlog.note import Note, Verifier, cosigner


@dataclass(frozen=True, slots=True)
class Held:
    """A checkpoint that the log must extend; ``name`` says in a finding what it came from, ``broken`` what it means
    that the log does not extend it.
    """

    checkpoint: Checkpoint
    name: str
    broken: str


def since(data: bytes, keys: Sequence[Verifier]) -> Held:
    """A kept checkpoint, signed by a key of the log; it may carry lines of others. BadNote when it is none."""
    return Held(Checkpoint.verified(data, keys, others=True), "--since", "FH-TLG-20")


def witness(data: bytes) -> Held:
    """A witness file: the witness's verifier key, an empty line, the checkpoint as it cosigned it; BadNote when it is none.

    The key is trusted because the file comes from outside. Only a timestamped cosignature counts.
    """
    first, gap, rest = data.partition(b"\n\n")
    try:
        key = cosigner(first.decode())
    except UnicodeDecodeError as error:
        raise _no_witness() from error
    found = Checkpoint.parse(rest)
    lines = [s for s in Note.parse(rest).signed_by([key]) if key.time_of(s) is not None]
    if not gap or not lines or key.name == found.origin:
        raise _no_witness()
    return Held(found, "--witness", "FH-TLG-26")


def _no_witness() -> BadNote:
    return BadNote(
        "The witness file is not a witness's key, an empty line and a checkpoint that it cosigned; fetch it from the witness again.",
        "見證檔並非由見證金鑰、空行與其共同簽署之檢查點組成；請重新向見證方取得。",
    )
