"""Names of roles, and why a sign-in is stray, as people read them."""

from django.utils.translation import gettext_lazy as _

from fanghu.shell.rights import Role

ROLE_NAMES = {
    Role.OFFICER: _("security officer"),
    Role.ADMINISTRATOR: _("system administrator"),
    Role.REVIEWER: _("account reviewer"),
    Role.AUDITOR: _("auditor (reads only)"),
    Role.OWNER: _("system owner"),
}

WHY_STRAY = {
    "unknown_account": _("No such account is kept here."),
    "no_holder": _("The account has no holder."),
    "holder_left": _("Its holder no longer works here."),
    "no_check_out": _("Nobody had it checked out."),
    "canary": _("No drill under way made this account to sign in."),
}
