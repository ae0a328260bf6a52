"""Django's entry for this app."""

from django.apps import AppConfig


class AuditlogConfig(AppConfig):
    """The auditlog app."""

    name = "fanghu.auditlog"
    label = "auditlog"
    default_auto_field = "django.db.models.BigAutoField"
