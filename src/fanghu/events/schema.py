"""The audit event: type, time, place, identity, outcome (4.5; names after OCSF where it has one)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

Detail = str | int | float | bool | list[str] | None
Outcome = Literal["success", "failure"]


class AuditEvent(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True, kw_only=True):
    """One deed. ``type`` is ``subject.action``; ``time`` UTC; ``actor`` an account id or the way in (``cli:wei``: at the
    command line, claiming the operating-system account wei).

    Never holds customers' personal data, secrets, or what was typed into a login field.
    """

    id: str
    type: str
    time: datetime
    actor: str
    outcome: Outcome
    place: str = ""
    via: str = ""
    session: str = ""
    run: str = ""
    object: str = ""
    detail: dict[str, Detail] = {}
    rows: dict[str, tuple[str, str]] = {}
    """Digests before and after ("" where there is none) of the governed rows that the deed changed."""
