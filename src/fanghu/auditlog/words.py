"""Roles by the names that people know, where a right is given to all who hold one."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from fanghu.shell.rights import Role

ROLES: Mapping[str, str | Promise] = {
    Role.OFFICER: _("security officer"),
    Role.ADMINISTRATOR: _("system administrator"),
    Role.REVIEWER: _("account reviewer"),
    Role.AUDITOR: _("auditor (reads only)"),
    Role.OWNER: _("system owner"),
}
