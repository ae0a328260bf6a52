"""Django's entry for this app."""

from django.apps import AppConfig


class EventsConfig(AppConfig):
    """The events app."""

    name = "fanghu.events"
    label = "events"
    default_auto_field = "django.db.models.BigAutoField"
