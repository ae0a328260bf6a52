"""Asking a witness to vouch for a checkpoint, and checking what it answers (c2sp.org/tlog-witness)."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from fanghu.tlog.checkpoint import Checkpoint
from fanghu.tlog.damage import BadNote
from fanghu.tlog.note import Note, Verifier, cosigner_text
from fanghu.witness.cosigning import SIZE_TYPE, write

LARGEST = 64 * 1024
Answered = tuple[int, str, bytes]
"""Status, content type, body."""
Post = Callable[[str, bytes], Answered]


class Growth(Protocol):
    """A log that can prove that it grew."""

    def consistency_proof(self, old: int, new: int | None = None) -> list[bytes]:
        """RFC 6962 proof that the tree of ``new`` entries extends that of ``old``."""


@dataclass(frozen=True, slots=True)
class Cosigned:
    """A checkpoint with the witness's line beside the log's own; ``at`` is the time the witness states."""

    checkpoint: Checkpoint
    witness: Verifier
    note: bytes
    at: datetime

    @property
    def file(self) -> bytes:
        """What ``fanghu log verify --witness FILE`` reads."""
        return cosigner_text(self.witness).encode() + b"\n\n" + self.note


class NotVouched(Exception):
    """The witness did not cosign: why, in two languages. ``fork``: it saw another history of this log than stands here."""

    def __init__(self, why: str, zh_hant: str, *, fork: bool = False) -> None:
        super().__init__(why)
        self.why, self.zh_hant, self.fork = why, zh_hant, fork


def submit(log: Growth, checkpoint: Checkpoint, url: str, witness: Verifier, *, old: int, post: Post) -> Cosigned:
    """Bring a checkpoint to a witness that last saw ``old`` entries (it says so itself when that is wrong).

    Raises NotVouched when it refuses, answers nonsense or cannot be reached.
    """
    for attempt in range(2):
        status, kind, body = post(f"{url.rstrip('/')}/add-checkpoint", _request(log, checkpoint, old))
        if status == 200:
            return _checked(checkpoint, witness, body)
        if status == 409 and kind.partition(";")[0].strip() == SIZE_TYPE and body.strip().isdigit() and len(body) < 24:
            known = int(body)
            if known > checkpoint.size:
                raise NotVouched(
                    f"the witness saw {known} entries, more than the {checkpoint.size} here",
                    f"見證方看過 {known} 筆，多於此處的 {checkpoint.size} 筆",
                    fork=True,
                )
            if known == old or attempt:
                raise NotVouched(
                    f"the witness saw other entries among the first {known}",
                    f"見證方看過的前 {known} 筆與此處不同",
                    fork=True,
                )
            old = known
            continue
        if status == 422:
            raise NotVouched(
                f"the log does not extend the {old} entries that the witness saw",
                f"日誌並非見證方看過的 {old} 筆的延伸",
                fork=True,
            )
        if status == 404:
            raise NotVouched("the witness was not given this log's key", "見證方未取得此日誌的金鑰")
        if status == 403:
            raise NotVouched(
                "the key the witness was given for this log did not sign; after a rotation give it the new one",
                "簽章並非出自見證方所取得的金鑰；更換金鑰後請將新金鑰交給見證方",
            )
        raise NotVouched(f"the witness answered {status}", f"見證方回應 {status}")
    raise NotVouched("the witness answered 409 twice", "見證方兩次回應 409")


def over_http(timeout: float = 20.0, kind: str = "text/plain") -> Post:
    """POST bodies of a content type over HTTP or HTTPS; no redirects are followed. What cannot be reached raises NotVouched."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_words: object) -> None:
            return None

    opener = urllib.request.build_opener(Stay, urllib.request.ProxyHandler({}))

    def post(url: str, body: bytes) -> Answered:
        request = urllib.request.Request(url, body, {"Content-Type": kind}, method="POST")  # noqa: S310 - checked when defined
        try:
            with opener.open(request, timeout=timeout) as answer:
                return answer.status, answer.headers.get("Content-Type", ""), answer.read(LARGEST)
        except urllib.error.HTTPError as answer:
            with answer:
                return answer.code, answer.headers.get("Content-Type", ""), answer.read(LARGEST)
        except (OSError, ValueError) as why:
            name = type(why).__name__
            raise NotVouched(f"it cannot be reached ({name})", f"無法連線（{name}）") from why

    return post


def _request(log: Growth, checkpoint: Checkpoint, old: int) -> bytes:
    proof: Sequence[bytes] = log.consistency_proof(old, checkpoint.size) if 0 < old < checkpoint.size else ()
    return write(old, proof, checkpoint.note)


def _checked(checkpoint: Checkpoint, witness: Verifier, body: bytes) -> Cosigned:
    """The cosigned note, if one of the lines is the witness's and holds for this checkpoint."""
    try:
        lines = Note.parse(checkpoint.text + b"\n" + body).signatures
    except BadNote:
        lines = ()
    for line in lines:
        at = witness.time_of(line)
        if at is not None and witness.holds(checkpoint.text, line):
            return Cosigned(checkpoint, witness, checkpoint.note + line.line().encode() + b"\n", at)
    raise NotVouched("the witness's answer is not signed by its key", "見證方的回應並非以其金鑰簽署")
