"""Work without a person: deliver events, see that the indexes stay near, verify, tidy the outbox, measure sizes and the clock."""

from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from fanghu.auditlog import actions, verification, witnessing, witnessing_others
from fanghu.auditlog.clocks import read_when_due
from fanghu.auditlog.host_clocks import read_host_clocks
from fanghu.auditlog.indexing import Progress
from fanghu.auditlog.keeping import note_size
from fanghu.auditlog.models import RelayState
from fanghu.auditlog.packing import pack_some
from fanghu.events.doer import KEEPER
from fanghu.jobs.job import Job

INDEXING = Progress()


def watch_indexing(now: datetime) -> int:
    """See that the indexing process gets on; how many entries wait. Fault FH-LOG-97 when it does not."""
    return INDEXING.check(Path(settings.HOME), now)


def verify_daily(now: datetime) -> bool:
    """Verify every log, whole."""
    others = verification.verify_others(by=KEEPER, now=now).values()
    return verification.verify(by=KEEPER, now=now).ok and all(report.ok for report in others)


def verify_asked(now: datetime) -> bool:
    """Verify when a page asked for it."""
    return RelayState.objects.filter(pk=1).exclude(verify_asked_at=None).exists() and verify_daily(now)


def witness(now: datetime) -> bool:
    """Bring the checkpoint of every log to the witness, if there is one."""
    witnessing_others.ask_for_others(by=KEEPER, now=now)
    return witnessing.ask(by=KEEPER, now=now) is not None


def stamp(now: datetime) -> bool:
    """Have the checkpoint stamped, if the firm names who does."""
    return witnessing.have_stamped(by=KEEPER, now=now) is not None


JOBS = [
    Job("auditlog.deliver", timedelta(seconds=1), actions.deliver, own_claim=True),
    Job("auditlog.index", timedelta(seconds=20), watch_indexing, own_claim=True),
    Job("auditlog.verify", timedelta(hours=12), verify_daily, apart=True),
    Job("auditlog.verify_asked", timedelta(seconds=5), verify_asked, own_claim=True),
    Job("auditlog.prune_outbox", timedelta(days=1), actions.prune_outbox),
    Job("auditlog.size", timedelta(hours=1), note_size),
    Job("auditlog.pack", timedelta(minutes=1), pack_some, apart=True),
    Job("auditlog.witness", timedelta(hours=6), witness, apart=True),
    Job("auditlog.stamp", timedelta(days=1), stamp, apart=True),
    Job("auditlog.clock", timedelta(seconds=30), read_when_due, own_claim=True, apart=True),
    Job("auditlog.host_clocks", timedelta(minutes=10), read_host_clocks),
]
