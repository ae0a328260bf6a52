"""The addresses and flows of this very program, read from what it runs with: its listener, its database, its mail."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from fanghu.testimony import _

Values = dict[str, Any]
CONSOLE, DATABASE, MAIL, LOG = _("console pages"), _("database"), _("mail"), _("audit log")


def endpoints() -> dict[str, Values]:
    """What listens or is called over a network, by the name of the flow it carries."""
    console = urlsplit(settings.BASE_URL)
    found: dict[str, Values] = {
        CONSOLE: {
            "protocol": "https" if console.scheme == "https" else "clear",
            "host": console.hostname or "127.0.0.1",
            "port": console.port or (443 if console.scheme == "https" else 80),
            "path": "/sign-in/",
            "purpose": "sign_in",
            "authority_pem": authority(),
        }
    }
    if (elsewhere := database(settings.DATABASES["default"])) is not None:
        found[DATABASE] = elsewhere
    if settings.EMAIL_HOST and not is_here(settings.EMAIL_HOST):
        protocol = "smtp" if settings.EMAIL_USE_TLS else "clear"
        found[MAIL] = {
            "protocol": protocol,
            "host": settings.EMAIL_HOST,
            "port": settings.EMAIL_PORT,
            "purpose": "mail",
        }
    return found


def database(values: Mapping[str, Any]) -> Values | None:
    """The address of a database on another machine; None where it is a file or on this one."""
    host = str(values.get("HOST") or "").partition(",")[0]
    if not str(values["ENGINE"]).endswith("postgresql") or not host or is_here(host):
        return None
    port = int(str(values.get("PORT") or 5432).partition(",")[0])
    return {"protocol": "postgresql", "host": host, "port": port, "purpose": "database"}


def flows() -> dict[str, Values]:
    """What this program sends and receives, by name; a flow that has no endpoint stays on this machine."""
    reached = endpoints()
    found: dict[str, Values] = {}
    for name, peer, data in (
        (CONSOLE, _("browsers of the staff"), "sensitive"),
        (DATABASE, _("the database"), "sensitive"),
        (LOG, _("the log's folder"), "sensitive"),
        (MAIL, _("the mail server"), "sensitive"),
    ):
        if name in reached:
            protection = "none" if reached[name]["protocol"] == "clear" else "tls"
            found[name] = {"peer": peer, "data": data, "network": "intranet", "protection": protection}
        elif name != MAIL:
            found[name] = {"peer": peer, "data": data, "network": "machine", "protection": "none"}
    return found


def authority() -> str:
    """Our own certificate authority's certificate, or "" where the firm put its own certificate in place."""
    path = settings.HOME / "tls" / "authority.pem"
    return str(path.read_text("ascii")) if path.exists() else ""


def is_here(host: str) -> bool:
    """Whether a host is this machine (a name, a loopback address or a socket's folder)."""
    if host == "localhost" or host.startswith("/"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
