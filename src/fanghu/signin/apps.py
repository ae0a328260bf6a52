"""Django's entry for this app."""

from django.apps import AppConfig


class SigninConfig(AppConfig):
    """The signin app."""

    name = "fanghu.signin"
    label = "signin"
    default_auto_field = "django.db.models.BigAutoField"
