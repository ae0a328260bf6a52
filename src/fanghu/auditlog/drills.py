"""The drill of 4.11: tamper with a copy of the log in every way a hand on the disk could, and see that it is found."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from pathlib import Path

from fanghu.auditlog.actions import places
from fanghu.auditlog.checkpoints import newest_kept
from fanghu.auditlog.sources import systems_sending
from fanghu.auditlog.tampering import UNTOUCHED, Outcome, try_on_copy, try_rewriting
from fanghu.keys import log_keys
from fanghu.keys.locations import LogPlaces
from fanghu.testimony import Drill, DrillResult, DrillRun, Message, Subject, _
from fanghu.tlog.note import Verifier
from fanghu.tlog.reader import LogReader

LARGEST = 512 * 2**20
REWRITE_AT_MOST = 50_000
TryOnCopy = Callable[..., Sequence[Outcome]]


def workplace(run_id: str) -> Path:
    """Where a run's copies lie: in the data folder, never in the log's own."""
    return places().home / "drills" / run_id


def tampering(run: DrillRun, *, try_: TryOnCopy = try_on_copy) -> DrillResult:
    """Copy, tamper, verify; with a checkpoint held elsewhere also what only root could do."""
    here = places()
    if _size(here) > LARGEST:
        run.step(_("copy the log"), expected="under 512 MB", seen="larger", ok=False)
        return "not_reached"
    work = workplace(run.run_id)
    work.mkdir(mode=0o700, parents=True, exist_ok=True)
    key: Verifier = log_keys.pinned(here.public_key, log=here.folder)
    outcomes = list(try_(here.folder, [key], random.Random(run.run_id), work))  # noqa: S311
    kept, whole = newest_kept(), outcomes[0][1]
    if whole and kept is not None and 0 < kept.size <= REWRITE_AT_MOST and LogReader(here.folder).first == 0:
        retired = log_keys.trusted(here.public_key, log=here.folder).retired
        signer = log_keys.signing(here)
        outcomes.append(try_rewriting(here.folder, signer, work, kept.checkpoint.encode(), retired))
    held = [_told(run, done, found) for done, found in outcomes]
    held += [
        _beside(run, other, work, try_) for other in LogPlaces.all(here.home) if other.name and _size(other) <= LARGEST
    ]
    return "passed" if all(held) else "failed"


def _size(at: LogPlaces) -> int:
    return sum(path.stat().st_size for path in at.folder.rglob("*") if path.is_file())


def _beside(run: DrillRun, at: LogPlaces, work: Path, try_: TryOnCopy) -> bool:
    """The same with a log beside ours, in one step."""
    outcomes = try_(at.folder, [log_keys.pinned(at.public_key, log=at.folder)], random.Random(run.run_id), work)  # noqa: S311
    missed = [str(done) for done, found in outcomes if not found]
    seen = ", ".join(missed[:3]) or "found"
    return run.step(_("the same in a copy of the log {log}"), expected="found", seen=seen, ok=not missed, log=at.name)


def _told(run: DrillRun, done: Message, found: bool) -> bool:
    params = {name: value if isinstance(value, int) else str(value) for name, value in done.params.items()}
    if done is UNTOUCHED:
        return run.step(done.template, expected="whole", seen="whole" if found else "not whole", ok=found)
    seen = "found" if found else "not found"
    return run.step(done.template, expected="found", seen=seen, ok=found, **params)


def clean_up(run_id: str) -> Iterable[str]:
    """Remove the run's copies; return what is left."""
    work = workplace(run_id)
    shutil.rmtree(work, ignore_errors=True)
    return [work.name] if work.exists() else []


DRILLS = [
    Drill(
        name="log-tampering",
        duty="4.11",
        subject=Subject.system("fanghu"),
        sets_out_to=_(
            "In a copy of the log a file of each kind is altered, cut short and removed, one is added, records are changed "
            "with their check sums made right, and the checkpoint is signed with another key; each is found, and an "
            "untouched copy verifies. Where a checkpoint is held elsewhere, so is a log built anew with the real key, as "
            "long as the log is whole and short. Logs beside it are tried too, up to 512 MB; verification is the same for all."
        ),
        every=timedelta(days=1),
        attack=tampering,
        clean_up=clean_up,
        also=systems_sending,
    )
]
