"""An export with proofs checked by itself: its bytes and the log's public key, no server and no database; no Django."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fanghu.auditlog.record import OWN_LOG, LogRecord
from fanghu.faults import Fault
from fanghu.tlog.checkpoint import Checkpoint
from fanghu.tlog.damage import BadEntry, BadNote
from fanghu.tlog.entry import Entry
from fanghu.tlog.merkle import inclusion_holds, leaf_hash
from fanghu.tlog.note import Verifier

MOST_SAID = 20


@dataclass(slots=True)
class Finding:
    """What came out: how many records are proved, under which checkpoints of which origins, and what is wrong, by line."""

    records: int = 0
    sizes: dict[str, int] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether every record is proved."""
        return not self.wrong


@dataclass(frozen=True, slots=True)
class _Claim:
    """One line: the record it shows, and the path from its bytes to a checkpoint that comes last."""

    line: int
    log: str
    index: int
    leaf: bytes
    path: list[bytes]


def check(lines: Iterable[bytes], keys: Sequence[Verifier], names: Mapping[str, str] | None = None) -> Finding:
    """Read the export once; its last line holds the checkpoints, each signed by one of ``keys``.

    A log's name in it is only what the file says: two names cannot have one origin, and ``names`` (by origin) are known.
    """
    found, claims, notes = Finding(), [], {}
    for number, line in enumerate(lines, 1):
        try:
            said = json.loads(line)
            if isinstance(said.get("checkpoints"), dict):
                notes = said["checkpoints"]
                continue
            claims.append(_claim(number, said))
        except (ValueError, KeyError, TypeError, AttributeError, binascii.Error, BadEntry, Fault) as why:
            _say(found, f"line {number}: {why or type(why).__name__}")
    if not notes:
        _say(found, "there is no line with checkpoints: the file was cut")
    heads = {log: head for log, note in notes.items() if (head := _head(log, note, keys, found)) is not None}
    for log, head in list(heads.items()):
        known = (names or {}).get(head.origin, log)
        if known != log or sum(other.origin == head.origin for other in heads.values()) > 1:
            _say(found, f"what is called the log {log} is {known}, by its origin {head.origin}")
            del heads[log]
    for claim in claims:
        head = heads.get(claim.log)
        if head is None:
            _say(found, f"line {claim.line}: there is no signed checkpoint of the log {claim.log}")
        elif not inclusion_holds(claim.index, head.size, claim.leaf, claim.path, head.root):
            _say(found, f"line {claim.line}: entry {claim.index} is not proved to stand in the log {claim.log}")
        else:
            found.records += 1
    found.sizes = {log: head.size for log, head in heads.items()}
    found.origins = {log: head.origin for log, head in heads.items()}
    return found


def _claim(number: int, said: dict[str, Any]) -> _Claim:
    data = base64.b64decode(said["entry"], validate=True)
    log, index = str(said["log"]), int(said["index"])
    shown = json.loads(json.dumps(LogRecord(index, Entry(data), "" if log == OWN_LOG else log).as_json(), default=str))
    beside = {key: value for key, value in said.items() if key not in ("entry", "leaf_hash", "proof")}
    if shown != beside:
        differing = sorted(key for key in shown.keys() | beside.keys() if shown.get(key) != beside.get(key))
        raise ValueError(f"what is shown is not what the entry says: {', '.join(differing)}")
    leaf = leaf_hash(data)
    if leaf.hex() != said["leaf_hash"]:
        raise ValueError("the leaf hash is not that of the entry")
    return _Claim(number, log, index, leaf, [bytes.fromhex(node) for node in said["proof"]])


def _head(log: str, note: str, keys: Sequence[Verifier], found: Finding) -> Checkpoint | None:
    try:
        return Checkpoint.verified(str(note).encode(), keys)
    except BadNote:
        _say(found, f"the checkpoint of the log {log} is not signed by the given key")
        return None


def _say(found: Finding, what: str) -> None:
    if len(found.wrong) < MOST_SAID:
        found.wrong.append(what)
