"""Names of roles as people read them."""

from django.utils.translation import gettext_lazy as _

from fanghu.shell.rights import Role

ROLE_NAMES = {
    Role.OFFICER: _("security officer"),
    Role.ADMINISTRATOR: _("system administrator"),
    Role.REVIEWER: _("account reviewer"),
    Role.AUDITOR: _("auditor (reads only)"),
    Role.OWNER: _("system owner"),
}
