"""Django's entry for this app."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """The access app."""

    name = "fanghu.access"
    label = "access"
    default_auto_field = "django.db.models.BigAutoField"
