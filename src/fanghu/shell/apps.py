"""Django's entry for this app."""

from django.apps import AppConfig


class ShellConfig(AppConfig):
    """The shell app."""

    name = "fanghu.shell"
    label = "shell"
    default_auto_field = "django.db.models.BigAutoField"
