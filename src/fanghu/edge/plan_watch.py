"""The plan as it stands now, for whoever runs by it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from fanghu.edge.running import say
from fanghu.intake.plan import Plan, Source, place, read_plan


@dataclass(slots=True)
class PlanWatch:
    """The plan in its file; a file that cannot be read leaves the last good one standing."""

    home: Path
    plan: Plan = field(default_factory=Plan)
    _seen: tuple[int, int, int] | None = None
    _by_name: dict[str, Source] = field(default_factory=dict)

    def look(self) -> bool:
        """Read the file when it changed; whether there is another plan now."""
        try:
            found = place(self.home).stat()
            mark = (found.st_mtime_ns, found.st_ino, found.st_size)
        except OSError:
            mark = (0, 0, 0)
        if mark == self._seen:
            return False
        self._seen = mark
        try:
            plan = read_plan(self.home)
        except (msgspec.MsgspecError, OSError):
            say(f"{place(self.home)} cannot be read; the plan before it goes on")
            return False
        changed = plan != self.plan
        self.plan, self._by_name = plan, {source.name: source for source in plan.sources}
        return changed

    def named(self, name: str) -> Source | None:
        """A source of the plan."""
        return self._by_name.get(name)
