"""What the log's relay and searches remember; the log itself is a folder (tlog)."""

from django.db import models


class RelayState(models.Model):
    """How far this database knows the log (primary key 1): entries before ``known_size`` need no second look."""

    known_size = models.BigIntegerField(default=0)
    sealed_size = models.BigIntegerField(default=0)
    root = models.CharField(max_length=64, blank=True)
    sealed_at = models.DateTimeField(null=True)
    verified_at = models.DateTimeField(null=True)
    verified_size = models.BigIntegerField(default=0)
    verified_ok = models.BooleanField(null=True)
    verify_asked_at = models.DateTimeField(null=True)
    finding = models.TextField(blank=True)


class ImportRun(models.Model):
    """One import of a file: what was new, what was there, what was kept verbatim because it could not be read."""

    id = models.CharField(primary_key=True, max_length=36)
    source = models.CharField(max_length=60)
    format = models.CharField(max_length=20)
    file_name = models.CharField(max_length=200)
    file_hash = models.CharField(max_length=64)
    imported = models.PositiveIntegerField(default=0)
    already = models.PositiveIntegerField(default=0)
    verbatim = models.PositiveIntegerField(default=0)
    assumed = models.JSONField(default=dict)
    hosts = models.JSONField(default=list)
    first_time = models.DateTimeField(null=True)
    last_time = models.DateTimeField(null=True)
    at = models.DateTimeField()


class KeptCheckpoint(models.Model):
    """A checkpoint somebody says is held off this machine (4.11), with where and by whom."""

    checkpoint = models.TextField()
    size = models.BigIntegerField()
    root = models.CharField(max_length=64)
    kept_at = models.DateTimeField()
    kept_by = models.ForeignKey("accounts.Account", models.PROTECT, null=True, related_name="+")
    where = models.CharField(max_length=200)
    presented_at = models.DateTimeField(null=True)
