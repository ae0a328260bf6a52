"""A request that a second person must decide, bound to the hash of what was asked."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from fanghu.events.governed import Governed


class Approval(Governed):
    """One request. ``kind`` names an Approvable; ``payload`` is what is asked; ``content_hash`` is over what was shown."""

    class State(models.TextChoices):
        """Where a request stands."""

        PENDING = "pending", _("waiting")
        APPROVED = "approved", _("approved")
        REFUSED = "refused", _("refused")
        WITHDRAWN = "withdrawn", _("withdrawn")
        LAPSED = "lapsed", _("lapsed: what was asked has changed since")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=60)
    subject = models.CharField(max_length=200)
    title = models.CharField(max_length=300)
    payload = models.JSONField()
    content_hash = models.CharField(max_length=64)
    reason = models.TextField(blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.PENDING)
    asked_by = models.ForeignKey("accounts.Account", models.PROTECT, related_name="+", null=True)
    asked_by_person = models.ForeignKey("register.Person", models.PROTECT, related_name="+", null=True)
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey("accounts.Account", models.PROTECT, related_name="+", null=True)
    decided_by_person = models.ForeignKey("register.Person", models.PROTECT, related_name="+", null=True)
    decided_at = models.DateTimeField(null=True)
    decision_note = models.TextField(blank=True)
    flag = models.CharField(max_length=200, blank=True)

    class Meta:
        """Waiting requests are looked up by state and kind."""

        indexes = [models.Index(fields=["state", "kind", "subject"], name="approval_waiting")]
        ordering = ["-asked_at"]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"
