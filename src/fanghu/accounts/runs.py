"""Whether a drill's run is under way, as the app above that keeps the runs answers (``settings.FANGHU_OPEN_RUNS``)."""

from __future__ import annotations

from django.conf import settings
from django.utils.module_loading import import_string


def run_is_open(run_id: str) -> bool:
    """Whether the run goes on now; one query."""
    return bool(import_string(settings.FANGHU_OPEN_RUNS)(run_id))
