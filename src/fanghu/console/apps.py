"""Django's entry for this app."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    """The console app."""

    name = "fanghu.console"
    label = "console"
    default_auto_field = "django.db.models.BigAutoField"
