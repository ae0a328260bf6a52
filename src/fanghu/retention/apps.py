"""Django's entry for this app."""

from django.apps import AppConfig


class RetentionConfig(AppConfig):
    """The retention app."""

    name = "fanghu.retention"
    label = "retention"
    default_auto_field = "django.db.models.BigAutoField"
