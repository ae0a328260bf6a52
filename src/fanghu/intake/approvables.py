"""What a second person approves here: what silences a source, and where the intake listens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fanghu.approvals.approvable import Approvable, Row, hash_of
from fanghu.approvals.models import Approval
from fanghu.faults import Fault
from fanghu.intake.actions import CHANGE_KIND, LISTEN_KIND, apply_change, apply_listening
from fanghu.intake.models import ListenAddresses
from fanghu.intake.records import LABELS, found, listening, record_of, worded


def rows_shown(payload: Mapping[str, Any]) -> list[Row]:
    """Each value that would change; of a removal every value, with nothing after it."""
    before, after = payload["before"], payload["after"]
    if after is None:
        return [(str(LABELS[name]), worded(name, value), _("removed")) for name, value in before.items()]
    return [
        (str(LABELS[name]), worded(name, before[name]), worded(name, value)) for name, value in after.items()
    ]  # fmt: skip


def source_hash(approval: Approval) -> str:
    """The hash as the source stands now."""
    try:
        before = record_of(found(approval.payload["pk"]))
    except Fault:
        before = {}
    return hash_of({**approval.payload, "before": before})


def listening_hash(approval: Approval) -> str:
    """The hash as the listeners stand now."""
    return hash_of({**approval.payload, "before": listening(ListenAddresses.objects.filter(pk=1).first())})


APPROVABLES = {
    CHANGE_KIND: Approvable(CHANGE_KIND, gettext_lazy("source of logs"), rows_shown, source_hash, apply_change),
    LISTEN_KIND: Approvable(
        LISTEN_KIND, gettext_lazy("where the intake listens"), rows_shown, listening_hash, apply_listening
    ),
}
