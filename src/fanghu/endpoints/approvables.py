"""What a second person approves here: changing or removing a declared address or flow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fanghu.approvals.approvable import Approvable, Row, hash_of
from fanghu.approvals.models import Approval
from fanghu.endpoints.actions import CHANGE_KIND, apply_change
from fanghu.endpoints.records import LABELS, found, record_of, worded
from fanghu.faults import Fault


def rows_shown(payload: Mapping[str, Any]) -> list[Row]:
    """Each value that would change; of a removal every value, with nothing after it."""
    kind, before, after = payload["row"], payload["before"], payload["after"]
    if after is None:
        return [(str(LABELS[name]), worded(kind, name, value), _("removed")) for name, value in before.items()]
    return [
        (str(LABELS[name]), worded(kind, name, before[name]), worded(kind, name, value))
        for name, value in after.items()
    ]  # fmt: skip


def current_hash(approval: Approval) -> str:
    """The hash as the row stands now: it differs as soon as the row was changed or removed otherwise."""
    payload = approval.payload
    try:
        before = record_of(found(payload["row"], payload["pk"]))
    except Fault:
        before = {}
    return hash_of({**payload, "before": before})


APPROVABLES = {
    CHANGE_KIND: Approvable(
        CHANGE_KIND, gettext_lazy("declared address or flow"), rows_shown, current_hash, apply_change
    )
}
