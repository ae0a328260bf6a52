"""What a listener hands its lines to, and what it is told back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Batch:
    """Lines of one source as they came, without line feeds. ``client`` and ``number`` make sending it again harmless.

    ``number`` rises with each batch of a client; 0 where the way in knows no numbers (syslog). ``peer`` is the address
    it came from, "" for this machine itself. ``format`` is that of the way in where it has one, not the source's ("").
    """

    source: str
    lines: Sequence[bytes]
    client: str = ""
    number: int = 0
    peer: str = ""
    format: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """Durable in the log: ``count`` entries from index ``first``; ``again`` when the batch was there already.

    ``verbatim`` counts those that could not be read and are kept as they came.
    """

    first: int
    count: int
    verbatim: int = 0
    again: bool = False


class Refused(Exception):
    """Nothing of the batch was taken: a stable ``code`` (FH-IN-NN), sentences, and whether to ``retry`` later.

    ``wait``: seconds before that is worth while, 0 when unknown.
    """

    def __init__(self, code: str, en: str, zh_hant: str, *, retry: bool = False, wait: float = 0) -> None:
        super().__init__(f"{code} {en}")
        self.code, self.en, self.zh_hant, self.retry, self.wait = code, en, zh_hant, retry, wait


class Taker(Protocol):
    """Reads, encodes and makes durable; awaits until the lines are on the disk."""

    async def take(self, batch: Batch) -> Taken:
        """Returns when every line is durable; raises Refused when none of it is."""
