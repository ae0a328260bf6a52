"""Django's entry for this app."""

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    """The intake app."""

    name = "fanghu.intake"
    label = "intake"
    default_auto_field = "django.db.models.BigAutoField"
