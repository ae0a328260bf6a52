"""Django's entry for this app."""

from django.apps import AppConfig


class ClausesConfig(AppConfig):
    """The clauses app."""

    name = "fanghu.clauses"
    label = "clauses"
    default_auto_field = "django.db.models.BigAutoField"
