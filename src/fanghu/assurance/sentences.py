"""A marked sentence rendered in both languages of the product."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext, override

from fanghu.testimony import Message
from fanghu.testimony.message import Plain

ZH, EN = "zh-hant", "en"
Both = tuple[str, str]


@lru_cache(maxsize=4096)
def translated(template: str) -> Both:
    """The template in zh-Hant and English."""
    with override(ZH):
        zh = gettext(template) if template else ""
    with override(EN):
        return zh, gettext(template) if template else ""


def render(messages: Iterable[Message]) -> Both:
    """The sentences one after the other, in zh-Hant and English; times are Taipei's."""
    zh, en = [], []
    for message in messages:
        local = Message(message.template, {key: _local(value) for key, value in message.params.items()})
        in_zh, in_en = translated(message.template)
        zh.append(local.render(in_zh))
        en.append(local.render(in_en))
    return "".join(zh), " ".join(en)


def _local(value: Plain) -> Plain:
    return value.astimezone(ZoneInfo(settings.TIME_ZONE)) if isinstance(value, datetime) else value


def plain(value: Plain) -> Plain:
    """A parameter as JSON keeps it: times and dates as ISO 8601."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value
