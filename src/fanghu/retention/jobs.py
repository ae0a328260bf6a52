"""What the keeper does for retention."""

from __future__ import annotations

from datetime import datetime, timedelta

from fanghu.events.doer import KEEPER
from fanghu.jobs.job import Job
from fanghu.retention.actions import carry_out
from fanghu.retention.models import Pruning
from fanghu.retention.surveying import survey


def prune_approved(now: datetime) -> int:
    """Let go of what two people decided."""
    return carry_out(now, by=KEEPER) if Pruning.objects.filter(done_at=None, refused="").exists() else 0


JOBS = [
    Job("retention.survey", timedelta(minutes=10), survey),
    Job("retention.prune", timedelta(seconds=30), prune_approved, own_claim=True),
]
