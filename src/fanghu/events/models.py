"""The outbox: events written in the deed's own transaction, waiting for the log."""

from django.db import models


class OutboxEvent(models.Model):
    """One audit event not yet known to be sealed in the log; ``body`` is the encoded envelope."""

    id = models.CharField(primary_key=True, max_length=32)
    body = models.BinaryField()
    created_at = models.DateTimeField()
    log_index = models.BigIntegerField(null=True)
    sealed_at = models.DateTimeField(null=True)

    class Meta:
        """Undelivered rows are found by index, never by id order."""

        indexes = [models.Index(fields=["sealed_at", "created_at"], name="outbox_waiting")]
