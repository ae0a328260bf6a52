"""What administrators did by day, as read from the logs, and what people signed about it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from fanghu.events.governed import Governed


class LogReading(models.Model):
    """How far one log has been read for administrators' deeds; made anew from the log where ``mark`` does not fit it."""

    log = models.CharField(max_length=60, unique=True)
    position = models.BigIntegerField(default=0)
    root = models.CharField(max_length=64, blank=True)
    records = models.BigIntegerField(default=0)
    administrators = models.JSONField(default=dict)
    begun = models.JSONField(default=dict)
    mark = models.CharField(max_length=32, blank=True)
    read_at = models.DateTimeField(null=True)


class DeedGroup(models.Model):
    """One actor's deeds of one type on one kind of object, from one place, in one hour of a day (Taipei)."""

    log = models.CharField(max_length=60)
    source = models.CharField(max_length=60)
    day = models.DateField()
    actor = models.CharField(max_length=255)
    type = models.CharField(max_length=100)
    kind = models.CharField(max_length=60)
    hour = models.PositiveSmallIntegerField()
    place = models.CharField(max_length=255)
    records = models.BigIntegerField()
    times = models.BigIntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    first_index = models.BigIntegerField()
    last_index = models.BigIntegerField()

    class Meta:
        """One row for each; looked up by day, and by actor for what is habit."""

        constraints = [
            models.UniqueConstraint(
                fields=["log", "source", "day", "actor", "type", "kind", "hour", "place"], name="one_row_per_deed_group"
            )
        ]
        indexes = [
            models.Index(fields=["source", "day"], name="deeds_of_day"),
            models.Index(fields=["actor", "day"], name="deeds_of_actor"),
        ]


class SourceDay(models.Model):
    """What one source's day adds up to; ``digest`` is of its groups, ``mark`` keyed, ``came_at`` of its newest record."""

    log = models.CharField(max_length=60)
    source = models.CharField(max_length=60)
    day = models.DateField()
    records = models.BigIntegerField()
    came_at = models.DateTimeField()
    digest = models.CharField(max_length=64)
    mark = models.CharField(max_length=32)

    class Meta:
        """One row for each."""

        constraints = [models.UniqueConstraint(fields=["log", "source", "day"], name="one_row_per_source_day")]


class Signed(Governed):
    """What every sign-off holds."""

    signed_at = models.DateTimeField()
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    signed_by_person = models.ForeignKey("register.Person", models.PROTECT, null=True, related_name="+")
    logs = models.JSONField(default=list)
    """Name, size and root of each log as it lay when this was signed."""

    class Meta:
        """No table of its own."""

        abstract = True


class DayReview(Signed):
    """A sign-off of one system's day; records that come later call for another (``part`` 2 and on)."""

    system = models.CharField(max_length=60)
    day = models.DateField()
    part = models.PositiveSmallIntegerField(default=1)
    records = models.BigIntegerField()
    groups = models.PositiveIntegerField()
    late = models.BigIntegerField(default=0)
    content_hash = models.CharField(max_length=64)
    due_on = models.DateField()
    note = models.CharField(max_length=1000, blank=True)

    class Meta:
        """Each part once."""

        constraints = [models.UniqueConstraint(fields=["system", "day", "part"], name="one_sign_off_per_part")]

    @property
    def after_due(self) -> bool:
        """Whether it was signed later than its day asked for: it covers the day, and stays told as late."""
        return timezone.localdate(self.signed_at) > self.due_on


class Finding(Governed):
    """Something a reviewer noted about a day, until somebody says what was done about it."""

    system = models.CharField(max_length=60)
    day = models.DateField()
    text = models.CharField(max_length=1000)
    noted_at = models.DateTimeField()
    noted_by_person = models.ForeignKey("register.Person", models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)
    closed_by_person = models.ForeignKey("register.Person", models.PROTECT, null=True, related_name="+")
    closing = models.CharField(max_length=1000, blank=True)


class PeriodReview(Signed):
    """A periodic review of the logs of some systems (slugs) over a period, both days included (4.4)."""

    systems = models.JSONField()
    since = models.DateField()
    until = models.DateField()
    looked_at = models.CharField(max_length=2000)
    findings = models.CharField(max_length=2000, blank=True)
    searches = models.PositiveIntegerField(default=0)
    content_hash = models.CharField(max_length=64)
