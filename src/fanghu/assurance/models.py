"""What was judged, when, and on what: verdict intervals, runs, attestations, relief, drill runs."""

import uuid
from datetime import datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from fanghu.assurance.words import RELIEF_WORDS
from fanghu.events.governed import Governed


class JudgingRun(models.Model):
    """One pass of judging; ``root`` is the SHA-256 over its leaves (docs/decisions/0030), kept in ``leaves`` (zlib)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    edition = models.CharField(max_length=20)
    version = models.CharField(max_length=40)
    lock_hash = models.CharField(max_length=64)
    scope = models.CharField(max_length=200)
    cells = models.PositiveIntegerField(default=0)
    changes = models.PositiveIntegerField(default=0)
    root = models.CharField(max_length=64, blank=True)
    leaves = models.BinaryField(default=b"")
    event = models.CharField(max_length=32, blank=True)

    class Meta:
        """Read in the order of judging."""

        indexes = [models.Index(fields=["started_at"], name="run_started")]


class VerdictInterval(models.Model):
    """What Fanghu said of a duty for a subject from ``from_at`` to ``until`` (None: now), last said at ``confirmed_at``."""

    subject = models.CharField(max_length=70)
    duty = models.CharField(max_length=12)
    edition = models.CharField(max_length=20)
    verdict = models.CharField(max_length=15)
    code = models.CharField(max_length=60)
    params = models.JSONField(default=dict)
    because_zh = models.TextField()
    because_en = models.TextField()
    first_params = models.JSONField(default=dict)
    first_because_zh = models.TextField(default="")
    first_because_en = models.TextField(default="")
    source = models.CharField(max_length=200, blank=True)
    read_at = models.DateTimeField(null=True)
    proof = models.JSONField(default=list)
    reading_hash = models.CharField(max_length=64)
    limits_hash = models.CharField(max_length=64)
    first_facts = models.JSONField(null=True)
    last_facts = models.JSONField(null=True)
    facts_hash = models.CharField(max_length=64, blank=True)
    stable = models.CharField(max_length=64, default="")
    words = models.CharField(max_length=64, default="")
    from_at = models.DateTimeField()
    confirmed_at = models.DateTimeField()
    fresh_until = models.DateTimeField()
    until = models.DateTimeField(null=True)
    run = models.ForeignKey(JudgingRun, models.PROTECT, related_name="+")

    class Meta:
        """One open interval for each subject and duty; as-of answers by (subject, duty, from)."""

        indexes = [
            models.Index(fields=["subject", "duty", "from_at"], name="interval_as_of"),
            models.Index(fields=["until"], name="interval_until"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "duty"], condition=models.Q(until=None), name="one_open_interval"
            )
        ]


class Attestation(Governed):
    """A document that says a duty is kept: effective period, file hash, expiry, revision; stands once approved."""

    class State(models.TextChoices):
        """Where it stands."""

        WAITING = "waiting", _("waiting for the second person")
        STANDING = "standing", _("standing")
        REFUSED = "refused", _("refused")
        REPLACED = "replaced", _("replaced by a later revision")
        WITHDRAWN = "withdrawn", _("withdrawn")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    duty = models.CharField(max_length=12)
    subject = models.CharField(max_length=70)
    claim = models.CharField(max_length=10, default="met")
    statement = models.TextField()
    document_name = models.CharField(max_length=200)
    document_hash = models.CharField(max_length=64)
    document_size = models.PositiveIntegerField(default=0)
    effective_from = models.DateField()
    effective_until = models.DateField()
    revision = models.PositiveIntegerField(default=1)
    replaces = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    approval = models.ForeignKey("approvals.Approval", models.PROTECT, null=True, related_name="+")
    made_by = models.ForeignKey("accounts.Account", models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        """Looked up by duty, subject and state."""

        indexes = [models.Index(fields=["state", "duty", "subject"], name="attestation_standing")]


class Relief(Governed):
    """Relief (foreign_standard, physical_substitute, same_group) laid over a verdict; stands once approved, until its end."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    duty = models.CharField(max_length=12)
    subject = models.CharField(max_length=70)
    kind = models.CharField(max_length=24)
    comparison = models.JSONField(default=list)
    reason = models.TextField()
    document_name = models.CharField(max_length=200, blank=True)
    document_hash = models.CharField(max_length=64, blank=True)
    until = models.DateField()
    state = models.CharField(max_length=10, choices=Attestation.State, default=Attestation.State.WAITING)
    approval = models.ForeignKey("approvals.Approval", models.PROTECT, null=True, related_name="+")
    made_by = models.ForeignKey("accounts.Account", models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    @property
    def kind_name(self) -> str:
        """The kind of relief in the language of the page."""
        return str(RELIEF_WORDS.get(self.kind, self.kind))


class TightenedLimit(Governed):
    """A number the firm has made stricter than the regulation's."""

    duty = models.CharField(max_length=12)
    name = models.CharField(max_length=60)
    value = models.FloatField()
    set_at = models.DateTimeField()

    class Meta:
        """One value for each number."""

        constraints = [models.UniqueConstraint(fields=["duty", "name"], name="one_tightened_value")]


class HistoryCheck(models.Model):
    """The newest daily verification of history (primary key 1): when, how many findings, the first of them (zh, en)."""

    at = models.DateTimeField()
    findings = models.PositiveIntegerField()
    first = models.JSONField(default=list)
    log_read = models.BooleanField()


class ChangedSubject(models.Model):
    """A mark that something about a subject changed, so that it is judged again; gone once it was."""

    subject = models.CharField(max_length=70)
    at = models.DateTimeField()


def _filled(template: str, step: dict[str, Any]) -> str:
    """A step's template with its parameters; one without is shown as it stands."""
    params = step.get("params")
    return template.format(**params) if params else template


class DrillRecord(models.Model):
    """One run of a drill: asked for, under way (perhaps waiting for a delayed step), finished, cleaned up."""

    class State(models.TextChoices):
        """Where the run stands."""

        QUEUED = "queued", _("queued")
        RUNNING = "running", _("running")
        WAITING = "waiting", _("waiting for its delayed step")
        FINISHED = "finished", _("finished")

    id = models.CharField(primary_key=True, max_length=36)
    name = models.CharField(max_length=60)
    duty = models.CharField(max_length=12)
    subject = models.CharField(max_length=70)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    asked_by = models.ForeignKey("accounts.Account", models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    resume_at = models.DateTimeField(null=True)
    memory = models.JSONField(default=dict)
    steps = models.JSONField(default=list)
    result = models.CharField(max_length=12, blank=True)
    finished_at = models.DateTimeField(null=True)
    left_over = models.JSONField(default=list)
    cleaned_at = models.DateTimeField(null=True)

    @property
    def steps_shown(self) -> list[dict[str, Any]]:
        """The steps in the language of the page, with their times as times."""
        return [
            {
                **step,
                "name": _filled(step["name"] and gettext(step["name"]), step),
                "expected": _filled(step["expected"] and pgettext("drill", step["expected"]), step),
                "seen": _filled(step["seen"] and pgettext("drill", step["seen"]), step),
                "at": datetime.fromisoformat(step["at"]),
            }
            for step in self.steps
        ]

    class Meta:
        """One unfinished run of a drill at a time."""

        indexes = [models.Index(fields=["name", "-asked_at"], name="drill_history")]
        constraints = [
            models.UniqueConstraint(fields=["name"], condition=~models.Q(state="finished"), name="one_run_at_a_time")
        ]
