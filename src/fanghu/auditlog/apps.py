"""Django's entry for this app."""

from django.apps import AppConfig


class AuditlogConfig(AppConfig):
    """The auditlog app."""

    name = "fanghu.auditlog"
    label = "auditlog"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Hear of pages that the gate refuses."""
        from fanghu.auditlog.refusals import hear
        from fanghu.shell.signals import access_refused

        access_refused.connect(hear, dispatch_uid="auditlog.refusals")
