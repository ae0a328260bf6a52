"""What a second person approves here: letting go of a part of a log, and releasing a hold."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fanghu.approvals.approvable import Approvable, Row, hash_of
from fanghu.approvals.models import Approval
from fanghu.retention.actions import PRUNE_KIND, RELEASE_KIND, decided, held, release
from fanghu.retention.models import Hold
from fanghu.retention.standing import going
from fanghu.retention.surveying import surveyed


def pruning_rows(payload: Mapping[str, Any]) -> list[Row]:
    """Which entries go, whose, and how old the newest of them is."""
    newest = timezone.localtime(datetime.fromisoformat(payload["newest"]))
    return [
        (_("Entries"), f"{payload['first']:,} – {payload['before'] - 1:,}", _("gone, and with them no proof about the rest")),
        (_("Sources"), ", ".join(payload["sources"]), "–"),
        (_("Newest of them came in"), f"{newest:%Y-%m-%d %H:%M}", "–"),
    ]  # fmt: skip


def pruning_now(approval: Approval) -> str:
    """The hash as things stand: another one as soon as a hold or a longer retention keeps any of it."""
    payload = approval.payload
    reached = [part.first for part in going(surveyed(payload["log"]), timezone.now())]
    asked = [part.first for part in surveyed(payload["log"]) if payload["first"] <= part.first < payload["before"]]
    return hash_of({**payload, "allowed": len(asked) == payload["parts"] and set(asked) <= set(reached)})


def hold_rows(payload: Mapping[str, Any]) -> list[Row]:
    """What the hold keeps."""
    return [
        (_("Why it is held"), payload["reason"], _("released")),
        (_("Sources"), ", ".join(payload["sources"]) or _("all"), "–"),
        (_("Records of"), f"{payload['since'] or '…'} – {payload['until'] or '…'}", "–"),
    ]  # fmt: skip


def hold_now(approval: Approval) -> str:
    """The hash of the hold as it stands."""
    hold = Hold.objects.filter(pk=approval.payload["hold"]).first()
    return hash_of(held(hold) if hold else {})


APPROVABLES = {
    PRUNE_KIND: Approvable(
        PRUNE_KIND, gettext_lazy("letting go of a part of a log"), pruning_rows, pruning_now, decided
    ),
    RELEASE_KIND: Approvable(RELEASE_KIND, gettext_lazy("release of a hold"), hold_rows, hold_now, release),
}
