"""Alarms, what people did about them, and how each was told."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from fanghu.events.governed import Governed


class Alarm(Governed):
    """One failure: raised, ended when it is over, closed by a person who did something about it.

    While it is not closed, the same failure coming again opens it again (``times``), and asks for an act anew.
    ``run`` names the drill that raised it on purpose.
    """

    FREE: ClassVar[frozenset[str]] = frozenset({"told_at"})

    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=120)
    subject = models.CharField(max_length=70)
    params = models.JSONField(default=dict)
    opened_at = models.DateTimeField()
    raised_at = models.DateTimeField()
    times = models.PositiveIntegerField(default=1)
    ended_at = models.DateTimeField(null=True)
    acted_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    run = models.CharField(max_length=36, blank=True)

    class Meta:
        """One open alarm for each failure."""

        ordering = ["-raised_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "key"], condition=models.Q(closed_at=None), name="one_open_alarm_per_failure"
            )
        ]

    @property
    def state(self) -> str:
        """``open`` while it goes on, ``ended`` when only the closing is left, ``closed``."""
        if self.closed_at is not None:
            return "closed"
        return "open" if self.ended_at is None else "ended"


class AlarmAct(Governed):
    """What a person did about an alarm, in their own words; never changed."""

    class Kind(models.TextChoices):
        """Something done, or the closing."""

        ACTED = "acted", pgettext_lazy("alarm", "acted on")
        CLOSED = "closed", pgettext_lazy("alarm", "closed")

    alarm: Any = models.ForeignKey(Alarm, models.CASCADE, related_name="acts")
    kind = models.CharField(max_length=8, choices=Kind)
    at = models.DateTimeField()
    by = models.ForeignKey("accounts.Account", models.PROTECT, related_name="+")
    note = models.CharField(max_length=1000)

    class Meta:
        """As they happened."""

        ordering = ["at", "pk"]


class Telling(models.Model):
    """An alarm on its way to people: by mail or webhook, tried again until it is told or given up."""

    class Way(models.TextChoices):
        """How it goes out."""

        MAIL = "mail", _("mail")
        WEBHOOK = "webhook", _("webhook")

    class About(models.TextChoices):
        """What is told."""

        RAISED = "raised", _("raised")
        ENDED = "ended", _("ended by itself")

    alarm: Any = models.ForeignKey(Alarm, models.CASCADE, related_name="tellings")
    way = models.CharField(max_length=8, choices=Way)
    about = models.CharField(max_length=8, choices=About)
    since = models.DateTimeField()
    due_at = models.DateTimeField()
    tries = models.PositiveIntegerField(default=0)
    told_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=120, blank=True)

    class Meta:
        """What is due is found by index."""

        indexes = [models.Index(fields=["told_at", "given_up_at", "due_at"], name="telling_due")]


class Catcher(models.Model):
    """Where a drill's own alarms go: an address of the drill on this machine, for as long as it runs."""

    run = models.CharField(primary_key=True, max_length=36)
    url = models.CharField(max_length=200)
