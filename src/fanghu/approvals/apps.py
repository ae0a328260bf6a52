"""Django's entry for this app."""

from django.apps import AppConfig


class ApprovalsConfig(AppConfig):
    """The approvals app."""

    name = "fanghu.approvals"
    label = "approvals"
    default_auto_field = "django.db.models.BigAutoField"
