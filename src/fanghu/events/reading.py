"""What others may ask of the outbox."""

from __future__ import annotations

from django.db.models import Q

from fanghu.events.models import OutboxEvent


def newer_than(size: int) -> frozenset[str]:
    """Ids of the events that a log of ``size`` entries does not hold yet; one query."""
    return frozenset(
        OutboxEvent.objects.filter(Q(log_index=None) | Q(log_index__gte=size)).values_list("id", flat=True)
    )
