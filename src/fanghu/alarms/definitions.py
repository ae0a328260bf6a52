"""What the firm may define of its alarms: a webhook that they are sent to."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from fanghu.alarms.problems import fault
from fanghu.register.definition import Definition, Field, Value
from fanghu.regulation.scope import SystemFacts

WEBHOOK = "alarm-webhook"


def check(value: Value) -> None:
    """Fault FH-ALM-10 for what is no https address."""
    url = value["url"]
    if not url:
        return
    try:
        parts = urlsplit(url)
        _port = parts.port
    except ValueError:
        raise fault("FH-ALM-10") from None
    if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc or parts.fragment or len(url) > 500:
        raise fault("FH-ALM-10")


def _default(_system: SystemFacts | None) -> dict[str, Any]:
    return {"url": None, "inside": False}


DEFINITIONS = [
    Definition(
        WEBHOOK, "4.7", _("Webhook for alarms"),
        _("An address that alarms are sent to besides the mail to the persons responsible; it may be left empty."),
        (
            Field("url", _("Address"), "text", _("Begins with https://. It gets the alarm as signed JSON, without personal data."), optional=True),
            Field("inside", _("It may lead to this machine itself"), "yesno", _("Otherwise loopback and link-local addresses are refused.")),
        ),
        _default, check, per_system=False,
    ),
]  # fmt: skip
