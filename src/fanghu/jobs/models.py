"""One row for each job: when it is next due, who holds it, how it last went."""

from django.db import models


class ScheduledJob(models.Model):
    """Claimed by ``UPDATE … WHERE next_at <= now AND held_until < now``: one row changed means the job is ours."""

    name = models.CharField(primary_key=True, max_length=80)
    next_at = models.DateTimeField()
    held_until = models.DateTimeField()
    last_started_at = models.DateTimeField(null=True)
    last_ok_at = models.DateTimeField(null=True)
    last_failed_at = models.DateTimeField(null=True)
    last_failure = models.CharField(max_length=200, blank=True)


class KeeperBeat(models.Model):
    """When the keeper was last alive (primary key 1)."""

    at = models.DateTimeField()
