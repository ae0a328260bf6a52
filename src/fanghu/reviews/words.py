"""What kinds of administrators' deeds are called on pages: our own by the catalogue, other systems' by these names."""

from __future__ import annotations

from django.utils.translation import gettext, pgettext_lazy

from fanghu.auditlog.catalogue import KINDS

OTHERS = {
    "account.changed": pgettext_lazy("deed", "Account changed"),
    "account.created": pgettext_lazy("deed", "Account created"),
    "account.deleted": pgettext_lazy("deed", "Account deleted"),
    "account.disabled": pgettext_lazy("deed", "Account disabled"),
    "account.enabled": pgettext_lazy("deed", "Account enabled"),
    "account.unlocked": pgettext_lazy("deed", "Account unlocked"),
    "command.run": pgettext_lazy("deed", "Command run with privilege"),
    "configuration.changed": pgettext_lazy("deed", "Settings changed"),
    "grant.changed": pgettext_lazy("deed", "Rights granted or revoked"),
    "group.changed": pgettext_lazy("deed", "Group changed"),
    "log.cleared": pgettext_lazy("deed", "Log cleared"),
    "password.reset": pgettext_lazy("deed", "Password reset"),
    "policy.changed": pgettext_lazy("deed", "Policy changed"),
    "privilege.refused": pgettext_lazy("deed", "Privilege refused"),
    "privilege.used": pgettext_lazy("deed", "Privilege used"),
    "role.changed": pgettext_lazy("deed", "Role changed"),
    "schema.changed": pgettext_lazy("deed", "Schema changed"),
    "service.installed": pgettext_lazy("deed", "Service installed"),
    "session.opened": pgettext_lazy("deed", "Session opened"),
    "signin.succeeded": pgettext_lazy("deed", "Signed in"),
    "task.changed": pgettext_lazy("deed", "Scheduled task changed"),
    "task.created": pgettext_lazy("deed", "Scheduled task created"),
    "user.switched": pgettext_lazy("deed", "Switched to another user"),
}


def name_of(type_: str) -> str:
    """The shown name of a type, the type itself where it has none."""
    if type_ in OTHERS:
        return str(OTHERS[type_])
    return gettext(KINDS[type_]) if type_ in KINDS else type_
