"""Django's entry for this app."""

from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    """The reviews app."""

    name = "fanghu.reviews"
    label = "reviews"
    default_auto_field = "django.db.models.BigAutoField"
