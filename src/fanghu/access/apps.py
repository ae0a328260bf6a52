"""Django's entry for this app."""

from typing import Any

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """The access app."""

    name = "fanghu.access"
    label = "access"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """What a drill's run was given goes with its canaries."""
        from fanghu.access.binding import unbind
        from fanghu.accounts.signals import canaries_removed

        def forget(run_id: str, **_signal: Any) -> list[str]:
            return unbind(run_id)

        canaries_removed.connect(forget, weak=False, dispatch_uid="access.conditions")
