"""What a second person approves here: that somebody reads a system's log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fanghu.approvals.approvable import Approvable, Row
from fanghu.auditlog.granting import content_hash, give
from fanghu.auditlog.models import LogReader
from fanghu.auditlog.words import ROLES
from fanghu.register.reading import people, system_names


def rows(payload: Mapping[str, Any]) -> list[Row]:
    """Whose log, and who reads it."""
    who = str(ROLES.get(payload["role"], payload["role"]))
    if payload["person"]:
        who = next((f"{each.name} {each.number}" for each in people() if str(each.pk) == payload["person"]), "—")
    return [(_("Log of"), "", system_names().get(payload["system"], "—")), (_("May read it"), "", who)]


APPROVABLES = {
    LogReader.KIND: Approvable(
        LogReader.KIND,
        gettext_lazy("reading of a system's log"),
        rows,
        lambda approval: content_hash(approval.payload),
        give,
    )
}
