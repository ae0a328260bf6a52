"""What came in, by source, for the state file; and how many a second a source may send."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from fanghu.auditlog.derived import utc_text
from fanghu.auditlog.record import OWN_SOURCE
from fanghu.intake.plan import Seen, State, read_state, state_place, write

MOST_SOURCES = 10_000
MOST_MISSING = 1_000_000_000
"""What is told of one source at most; its sender does not number its batches one after the other."""


@dataclass(slots=True)
class Tally:
    """Counts since the intake started; `troubles` says what is wrong, by part."""

    home: Path
    since: str = ""
    unknown: int = 0
    sources: dict[str, Seen] = field(default_factory=dict)
    troubles: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Go on where a sequencer of the same start left off (``since`` given), else begin at nothing."""
        before = read_state(self.home) if self.since else None
        if before is not None and before.since == self.since:
            self.unknown, self.sources = before.unknown, before.sources
        self.since = self.since or utc_text(datetime.now(UTC))

    def came(self, source: str, records: int, verbatim: int) -> None:
        """Records that are durable now."""
        if source == OWN_SOURCE:
            return
        seen = self._of(source)
        seen.last = utc_text(datetime.now(UTC))
        seen.records += records
        seen.verbatim += verbatim

    def turned(self, source: str, count: int) -> None:
        """Records that were refused; of nobody known where ``source`` is ""."""
        if source:
            self._of(source).refused += count
        else:
            self.unknown += count

    def skipped(self, skipped: Mapping[str, int]) -> None:
        """Numbers of batches that can come no more, by source."""
        for source, count in skipped.items():
            seen = self._of(source)
            seen.skipped = min(seen.skipped + count, MOST_MISSING)

    def missing(self, missing: Mapping[str, int]) -> None:
        """Numbers of batches that were passed over and may still come, by source; as it is now."""
        for source, count in missing.items():
            self._of(source).missing = min(count, MOST_MISSING)

    def trouble(self, who: str, sentence: str) -> None:
        """What is wrong with one part; "" when it is well."""
        if sentence:
            self.troubles[who] = sentence
        else:
            self.troubles.pop(who, None)

    def write(self) -> None:
        """Put the state into its place; a disk that does not take it is told of by other means."""
        state = State(
            at=utc_text(datetime.now(UTC)),
            since=self.since,
            trouble=" ".join(self.troubles[who] for who in sorted(self.troubles))[:2_000],
            unknown=self.unknown,
            sources=self.sources,
        )
        try:
            write(state_place(self.home), state)
        except OSError:
            return

    def _of(self, source: str) -> Seen:
        if source not in self.sources and len(self.sources) >= MOST_SOURCES:
            source = ""
        return self.sources.setdefault(source, Seen())


@dataclass(slots=True)
class Buckets:
    """A leaky bucket for each source: a batch is let in while nothing is owed, then owes its records."""

    clock: Callable[[], float] = time.monotonic
    _owed: dict[str, tuple[float, float]] = field(default_factory=dict)

    def wait(self, source: str, records: int, most: int) -> float:
        """Seconds until the source may send again; 0 when the batch is let in."""
        if not most:
            return 0
        now = self.clock()
        owed, at = self._owed.get(source, (0.0, now))
        owed = max(0.0, owed - (now - at) * most)
        if owed >= most:
            self._owed[source] = owed, now
            return (owed - most) / most + 1 / most
        self._owed[source] = owed + records, now
        return 0
