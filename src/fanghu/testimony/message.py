"""A marked sentence with plain parameters, rendered only where a language is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

Plain = str | int | float | bool | date | datetime | None


def _(template: str) -> str:
    """Mark ``template`` for translation; it is translated when rendered, never here."""
    return template


@dataclass(frozen=True, slots=True)
class Message:
    """An English template (msgid, ``str.format`` fields) and the values of its fields."""

    template: str
    params: Mapping[str, Plain] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.render(self.template)

    def render(self, translated: str) -> str:
        """Fill ``translated`` (the template in some language): times as ``YYYY-MM-DD HH:MM``, dates ISO 8601."""
        shown = {
            key: value.strftime("%Y-%m-%d %H:%M") if isinstance(value, datetime) else value
            for key, value in self.params.items()
        }
        return translated.format(**shown)
