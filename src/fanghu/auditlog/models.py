"""What the log's relay and searches remember; the log itself is a folder (tlog)."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from fanghu.events.governed import Governed


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


class KeptCheckpoint(Governed):
    """A checkpoint somebody says is held off this machine (4.11), with where and by whom."""

    checkpoint = models.TextField()
    size = models.BigIntegerField()
    root = models.CharField(max_length=64)
    kept_at = models.DateTimeField()
    kept_by = models.ForeignKey("accounts.Account", models.PROTECT, null=True, related_name="+")
    where = models.CharField(max_length=200)
    presented_at = models.DateTimeField(null=True)


class ClockReading(models.Model):
    """One reading of one host's clock (4.9): the kernel's word, a time daemon's, or the offset from a named server.

    ``synchronised`` is None where the method cannot say; ``offset_seconds`` None where none was read, with the problem.
    """

    class Method(models.TextChoices):
        """Who says so."""

        KERNEL = "kernel", _("kernel")
        DAEMON = "daemon", _("time daemon")
        SERVER = "server", _("time server")

    host = models.CharField(max_length=255)
    method = models.CharField(max_length=10, choices=Method)
    reference = models.CharField(max_length=255, blank=True)
    at = models.DateTimeField()
    synchronised = models.BooleanField(null=True)
    offset_seconds = models.FloatField(null=True)
    problem = models.CharField(max_length=200, blank=True)

    class Meta:
        """Read by host and method, newest first."""

        indexes = [models.Index(fields=["host", "method", "-at"], name="clock_newest")]


class LogSize(models.Model):
    """What the log and its index took on disk on one day, as last measured that day (4.6), in bytes."""

    day = models.DateField(primary_key=True)
    at = models.DateTimeField()
    held_bytes = models.BigIntegerField()
    free_bytes = models.BigIntegerField()
    entries = models.BigIntegerField()


class Refusal(models.Model):
    """When an account was last refused for want of a right, so that a minute leaves one event (4.10)."""

    account = models.ForeignKey("accounts.Account", models.CASCADE, related_name="+")
    right = models.CharField(max_length=40)
    told_at = models.DateTimeField()
    untold = models.PositiveIntegerField(default=0)

    class Meta:
        """One row for each account and right."""

        constraints = [models.UniqueConstraint(fields=["account", "right"], name="refusal_once")]


class OtherLog(models.Model):
    """A log beside this system's own (the intake's), as last verified; ``checkpoint`` is the one that was whole then.

    ``witness`` is the outside one that vouched for it last; ``refusal`` is why it does not, where it does not: a line each
    in Chinese and in English.
    """

    name = models.CharField(primary_key=True, max_length=60)
    checkpoint = models.TextField(blank=True)
    verified_at = models.DateTimeField(null=True)
    verified_size = models.BigIntegerField(default=0)
    verified_ok = models.BooleanField(null=True)
    finding = models.TextField(blank=True)
    witness = models.CharField(max_length=255, blank=True)
    witnessed_at = models.DateTimeField(null=True)
    witnessed_size = models.BigIntegerField(default=0)
    refusal = models.TextField(blank=True)


class SavedSearch(models.Model):
    """A question somebody asks often: the search form's fields under a name of theirs."""

    account = models.ForeignKey("accounts.Account", models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    asked = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        """A name stands once for each account."""

        ordering = ("name",)
        constraints = [models.UniqueConstraint(fields=["account", "name"], name="saved_search_once")]


class LogReader(Governed):
    """Somebody who was given a system's log to read (4.10): all who hold a role, or one person; until it is taken away.

    A second person approved it; a row that its own approval does not bear out gives nothing.
    """

    KIND = "log.reader"

    system = models.ForeignKey("register.System", models.PROTECT, related_name="+")
    role = models.CharField(max_length=20, blank=True)
    person = models.ForeignKey("register.Person", models.PROTECT, null=True, related_name="+")
    approval = models.OneToOneField("approvals.Approval", models.PROTECT, related_name="+")
    given_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by_person = models.ForeignKey("register.Person", models.PROTECT, null=True, related_name="+")

    class Meta:
        """A role or a person, each once at a time for a system."""

        constraints = [
            models.CheckConstraint(name="role_or_person", condition=models.Q(role="") | models.Q(person=None)),
            models.UniqueConstraint(
                fields=["system", "role"],
                condition=models.Q(ended_at=None, person=None),
                name="role_reads_once",
            ),
            models.UniqueConstraint(
                fields=["system", "person"], condition=models.Q(ended_at=None), name="person_reads_once"
            ),
        ]

    @property
    def stands(self) -> bool:
        """Whether a second person approved exactly this."""
        said = (self.approval.kind, self.approval.state, self.approval.payload)
        return said == (self.KIND, "approved", asked_of(self.system.slug, self.role, self.person_id))


def asked_of(system: str, role: str, person: Any) -> dict[str, Any]:
    """What an approval of a reader says: the system's slug, and a role or a person's id."""
    return {"system": system, "role": role, "person": str(person or "")}
