"""Django's entry for this app."""

from django.apps import AppConfig


class KeysConfig(AppConfig):
    """The keys app."""

    name = "fanghu.keys"
    label = "keys"
    default_auto_field = "django.db.models.BigAutoField"
