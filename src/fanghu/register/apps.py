"""Django's entry for this app."""

from django.apps import AppConfig


class RegisterConfig(AppConfig):
    """The register app."""

    name = "fanghu.register"
    label = "register"
    default_auto_field = "django.db.models.BigAutoField"
