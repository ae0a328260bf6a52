"""One role x right table: what each role may do; everything else is denied; no Django."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Role(StrEnum):
    """Roles of the cast: erin, alice, bob, carol, dave."""

    OFFICER = "officer"
    ADMINISTRATOR = "administrator"
    REVIEWER = "reviewer"
    AUDITOR = "auditor"
    OWNER = "owner"


class Right(StrEnum):
    """What a view or action asks for. PUBLIC and SELF are asked for by pages, never granted by a role."""

    PUBLIC = "public"
    SELF = "self"
    BOARD_VIEW = "board.view"
    REGISTER_VIEW = "register.view"
    REGISTER_CHANGE = "register.change"
    APPROVAL_DECIDE = "approval.decide"
    EVIDENCE_ATTEST = "evidence.attest"
    RELIEF_ASK = "relief.ask"
    JUDGE_RUN = "judge.run"
    DRILL_RUN = "drill.run"
    LOG_READ = "log.read"
    """Opens the pages of the log; what is read there, ``auditlog.readers`` decides. Whoever was given a system's log has it too."""
    LOG_READ_OWN = "log.read.own"
    """Reads what this product itself records."""
    LOG_READ_ALL = "log.read.all"
    """Reads every log, and what of it belongs to no system."""
    LOG_READERS = "log.readers"
    """Asks that somebody be given a system's log, and takes it away again."""
    LOG_IMPORT = "log.import"
    LOG_REVIEW = "log.review"
    SOURCE_MANAGE = "source.manage"
    RETENTION_ASK = "retention.ask"
    ALARM_HANDLE = "alarm.handle"
    ACCOUNT_VIEW = "account.view"
    ACCOUNT_MANAGE = "account.manage"
    REGULATION_IMPORT = "regulation.import"


R = Right
_READ = frozenset({R.BOARD_VIEW, R.REGISTER_VIEW})
TABLE: dict[Role, frozenset[Right]] = {
    Role.OFFICER: _READ
    | {
        R.REGISTER_CHANGE, R.APPROVAL_DECIDE, R.EVIDENCE_ATTEST, R.RELIEF_ASK, R.JUDGE_RUN, R.DRILL_RUN,
        R.LOG_READ, R.LOG_READ_ALL, R.LOG_READERS, R.LOG_IMPORT, R.ACCOUNT_VIEW, R.REGULATION_IMPORT, R.LOG_REVIEW,
        R.SOURCE_MANAGE, R.RETENTION_ASK, R.ALARM_HANDLE,
    },
    Role.ADMINISTRATOR: _READ
    | {
        R.REGISTER_CHANGE, R.APPROVAL_DECIDE, R.EVIDENCE_ATTEST, R.JUDGE_RUN, R.DRILL_RUN, R.LOG_IMPORT,
        R.LOG_READ, R.LOG_READ_OWN, R.LOG_READERS, R.ACCOUNT_VIEW, R.ACCOUNT_MANAGE, R.REGULATION_IMPORT,
        R.SOURCE_MANAGE, R.RETENTION_ASK, R.ALARM_HANDLE,
    },
    Role.REVIEWER: _READ | {R.APPROVAL_DECIDE, R.ACCOUNT_VIEW, R.LOG_READ, R.LOG_READ_ALL, R.LOG_REVIEW},
    Role.AUDITOR: _READ | {R.LOG_READ, R.LOG_READ_ALL, R.ACCOUNT_VIEW},
    Role.OWNER: _READ | {R.REGISTER_CHANGE, R.EVIDENCE_ATTEST, R.RELIEF_ASK},
}  # fmt: skip


def rights_of(roles: Iterable[str]) -> frozenset[Right]:
    """The rights that ``roles`` give together; unknown role names give none."""
    known = [Role(role) for role in roles if role in Role._value2member_map_]
    return frozenset().union(*(TABLE[role] for role in known))
