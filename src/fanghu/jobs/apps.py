"""Django's entry for this app."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """The jobs app."""

    name = "fanghu.jobs"
    label = "jobs"
    default_auto_field = "django.db.models.BigAutoField"
