"""Sources of logs: declared, let in by tokens and certificates, seen, missed."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from fanghu.events.governed import Governed


class Source(Governed):
    """One source of a system's logs; ``removed_at`` ends it, its gaps stay.

    ``every_seconds``: a record is expected at least so often, within ``hours_from`` … ``hours_until`` ("HH:MM" of
    Taipei, both "" for around the clock). ``run`` names the drill that declared it as its canary.
    """

    name = models.SlugField(max_length=60)
    system: Any = models.ForeignKey("register.System", models.PROTECT, related_name="log_sources")
    format = models.CharField(max_length=20)
    zone = models.CharField(max_length=40, default="Asia/Taipei")
    ways = models.JSONField(default=list)
    addresses = models.JSONField(default=list)
    hosts = models.JSONField(default=list)
    paths = models.JSONField(default=list)
    journal = models.CharField(max_length=200, blank=True)
    certificates = models.JSONField(default=list)
    every_seconds = models.PositiveIntegerField(default=86_400)
    hours_from = models.CharField(max_length=5, blank=True)
    hours_until = models.CharField(max_length=5, blank=True)
    most_per_second = models.PositiveIntegerField(default=0)
    declared_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)
    run = models.CharField(max_length=36, blank=True)

    class Meta:
        """One source of a name at a time."""

        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(removed_at=None), name="one_source_of_a_name"
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class SourceToken(Governed):
    """A token that lets a source in over HTTP; only its SHA-256 is kept."""

    source: Any = models.ForeignKey(Source, models.CASCADE, related_name="tokens")
    label = models.CharField(max_length=60)
    sha256 = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        """Newest first."""

        ordering = ["-made_at", "-pk"]


class SourceSeen(models.Model):
    """What has come of a source, over all runs of the intake; ``run_*`` is what the present run said last.

    ``skipped`` counts the numbers of batches that are missing for good or for long; ``missing_told`` of them may still come;
    ``missing_since``: since when more are missing than these. ``untold`` of them, since ``untold_since``, no gap tells of
    yet; the newest that does is of ``told_at``.
    """

    source: Any = models.OneToOneField(Source, models.CASCADE, related_name="seen")
    last_at = models.DateTimeField(null=True)
    records = models.BigIntegerField(default=0)
    verbatim = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)
    refused_since = models.DateTimeField(null=True)
    refused_then = models.BigIntegerField(default=0)
    skipped = models.BigIntegerField(default=0)
    missing_told = models.BigIntegerField(default=0)
    missing_since = models.DateTimeField(null=True)
    untold = models.BigIntegerField(default=0)
    untold_since = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    run_since = models.CharField(max_length=40, blank=True)
    run_records = models.BigIntegerField(default=0)
    run_verbatim = models.BigIntegerField(default=0)
    run_refused = models.BigIntegerField(default=0)
    run_skipped = models.BigIntegerField(default=0)


class SourceGap(Governed):
    """An interval in which logging failed, with its cause (a kind of alarm) and the alarm it raised.

    ``key`` names what failed: a source, or a part of Fanghu itself; ``source`` is None for the latter.
    """

    cause = models.CharField(max_length=40)
    key = models.CharField(max_length=120)
    source: Any = models.ForeignKey(Source, models.CASCADE, null=True, related_name="gaps")
    began_at = models.DateTimeField()
    noticed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    alarm: Any = models.ForeignKey("alarms.Alarm", models.SET_NULL, null=True, related_name="+")

    class Meta:
        """One that goes on for each failure."""

        ordering = ["-began_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["cause", "key"], condition=models.Q(ended_at=None), name="one_gap_going_on"
            )
        ]  # fmt: skip


class HostConfig(models.Model):
    """One file of the configuration of logging on a host (4.11), as the host itself says; ``sha256`` "" once it was gone.

    ``since`` is when this hash was said first, ``at`` when it was said last, ``source`` by which the host says it.
    """

    host = models.CharField(max_length=255)
    path = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64, blank=True)
    source = models.CharField(max_length=60)
    since = models.DateTimeField()
    at = models.DateTimeField()

    class Meta:
        """A file of a host once."""

        ordering = ["host", "path"]
        constraints = [models.UniqueConstraint(fields=["host", "path"], name="one_file_of_a_host")]


class ListenAddresses(Governed):
    """Where the intake listens, as the firm set it (primary key 1); ``clients``: authority of client certificates, PEM."""

    FREE: ClassVar[frozenset[str]] = frozenset()

    http = models.CharField(max_length=80, blank=True)
    syslog_tcp = models.CharField(max_length=80, blank=True)
    syslog_tls = models.CharField(max_length=80, blank=True)
    syslog_udp = models.CharField(max_length=80, blank=True)
    clients = models.TextField(blank=True)
    changed_at = models.DateTimeField()


class Watch(models.Model):
    """When the watch last looked (primary key 1), and what it suspects but has not seen for long enough."""

    watched_at = models.DateTimeField()
    suspects = models.JSONField(default=dict)


class CanaryTrace(models.Model):
    """The newest canary of one way in (`canaries.ways.WAYS`), sent each hour.

    ``came_at`` is when the newest that was found in the log had been sent, as ``entry`` with bytes of this ``digest``;
    ``lost_at`` when the first had been sent of those that were not found since.
    """

    way = models.CharField(max_length=20, unique=True)
    sent_at = models.DateTimeField()
    came_at = models.DateTimeField(null=True)
    entry = models.BigIntegerField(null=True)
    digest = models.CharField(max_length=64, blank=True)
    lost_at = models.DateTimeField(null=True)
