"""Django's entry for this app."""

from django.apps import AppConfig


class AlarmsConfig(AppConfig):
    """The alarms app."""

    name = "fanghu.alarms"
    label = "alarms"
    default_auto_field = "django.db.models.BigAutoField"
