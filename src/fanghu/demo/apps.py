"""Django's entry for this app."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    """The sample's app; installed by its own settings only."""

    name = "fanghu.demo"
    label = "demo"
