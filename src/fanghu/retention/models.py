"""What holds records longer than their retention, what was decided to go, and what each part of a log holds."""

from django.db import models

from fanghu.events.governed import Governed


class Hold(Governed):
    """A legal hold: nothing that it covers is let go. No ``sources`` means all; times are the records' own.

    Setting one is done at once; releasing it needs a second person.
    """

    reason = models.CharField(max_length=300)
    sources = models.JSONField(default=list, blank=True)
    since = models.DateField(null=True, blank=True)
    until = models.DateField(null=True, blank=True)
    set_at = models.DateTimeField()
    set_by = models.ForeignKey("accounts.Account", models.PROTECT, null=True, related_name="+")
    released_at = models.DateTimeField(null=True)
    release = models.ForeignKey("approvals.Approval", models.PROTECT, null=True, related_name="+")


class Pruning(Governed):
    """One approved decision to let go of a log's entries before ``before``; ``record`` is the entry that says it was done."""

    log = models.CharField(max_length=40, blank=True)
    before = models.BigIntegerField()
    newest = models.DateTimeField()
    approval = models.ForeignKey("approvals.Approval", models.PROTECT, related_name="+")
    approved_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    record = models.BigIntegerField(null=True)
    refused = models.CharField(max_length=20, blank=True)


class Part(models.Model):
    """What one whole segment of a log holds, as the keeper read it; shown and asked by, never pruned by (see ``carrying``)."""

    log = models.CharField(max_length=40, blank=True)
    first = models.BigIntegerField()
    newest_received = models.DateTimeField()
    oldest = models.DateTimeField()
    newest = models.DateTimeField()
    sources = models.JSONField()

    class Meta:
        """One row for each segment."""

        constraints = [models.UniqueConstraint(fields=["log", "first"], name="part_once")]
