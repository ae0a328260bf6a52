"""Django's entry for this app."""

from django.apps import AppConfig


class EndpointsConfig(AppConfig):
    """The endpoints app."""

    name = "fanghu.endpoints"
    label = "endpoints"
    default_auto_field = "django.db.models.BigAutoField"
