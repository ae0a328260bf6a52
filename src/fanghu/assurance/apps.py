"""Django's entry for this app."""

from django.apps import AppConfig


class AssuranceConfig(AppConfig):
    """The assurance app."""

    name = "fanghu.assurance"
    label = "assurance"
    default_auto_field = "django.db.models.BigAutoField"
