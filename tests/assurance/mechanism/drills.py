"""A drill whose course each test writes."""

from collections.abc import Iterable
from datetime import timedelta

from fanghu.testimony import Drill, DrillResult, DrillRun, Subject

COURSE: list[object] = []
LEFT: list[str] = []
CLEANED: list[str] = []


def attack(run: DrillRun) -> DrillResult | None:
    """Play the next entry of the course: a result, an exception, or a time to go on at."""
    move = COURSE.pop(0)
    run.step("try", expected="refused", seen="refused", ok=move != "failed")
    if isinstance(move, Exception):
        raise move
    if isinstance(move, timedelta):
        run.resume_at, run.memory = run.clock() + move, {"left": "one step"}
        return None
    return move  # type: ignore[return-value]


def clean_up(run_id: str) -> Iterable[str]:
    """Say what is left."""
    CLEANED.append(run_id)
    return list(LEFT)


DRILLS = [
    Drill("locks", "6.5", Subject.system("fanghu"), "try the lock", timedelta(days=30), attack, clean_up),
]
