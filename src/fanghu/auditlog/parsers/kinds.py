"""Which kinds of records of other systems tell of an administrator's function (4.3): one list for all formats."""

from __future__ import annotations

PRIVILEGED = frozenset(
    {
        "command.run", "privilege.used", "privilege.refused", "user.switched", "account.created", "account.changed",
        "account.deleted", "account.disabled", "account.enabled", "account.unlocked", "group.changed", "password.reset",
        "policy.changed", "log.cleared", "service.installed", "task.created", "task.changed", "role.changed",
        "grant.changed", "schema.changed", "configuration.changed",
    }
)  # fmt: skip
