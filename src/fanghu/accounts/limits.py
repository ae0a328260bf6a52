"""The numbers that a duty's mechanism here is held to: the regulation's, or the tighter ones the firm has set."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from fanghu.regulation import Limit


@cache
def _source(name: str) -> Any:
    """The function of an app above that knows what the firm tightened."""
    return import_string(name)


def in_force(duty: str) -> Mapping[str, Limit]:
    """The limits of one duty as it is judged now; one small query (``settings.FANGHU_LIMITS`` names who answers)."""
    limits: Mapping[str, Limit] = _source(settings.FANGHU_LIMITS)(duty)
    return limits
