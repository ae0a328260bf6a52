"""What the firm may define of who vouches for its log from outside: a witness, a time-stamp authority (4.11)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from django.utils.translation import gettext_lazy as _

from fanghu.faults import Fault
from fanghu.register.definition import Definition, Field, Value
from fanghu.regulation.scope import SystemFacts
from fanghu.tlog.damage import BadNote
from fanghu.tlog.note import cosigner

WITNESS = "log-witness"


def check(value: Value) -> None:
    """Faults FH-LOG-65 … 67 for an address, a key or certificates that are none."""
    for name in ("url", "stamp_url"):
        if value[name] and not _is_address(value[name]):
            raise Fault(
                "FH-LOG-65",
                "An address begins with https:// or http:// and names a host; correct it.",
                "位址須以 https:// 或 http:// 開頭並含主機名稱；請修正。",
            )
    if value["url"]:
        try:
            cosigner(value["key"] or "")
        except BadNote:
            raise Fault(
                "FH-LOG-66",
                "Give the witness's key as it prints it at its start, name+hash+base64, whole.",
                "請填入見證方啟動時列印的完整金鑰（name+hash+base64）。",
            ) from None
    if value["stamp_url"]:
        try:
            found = x509.load_pem_x509_certificates(roots_of(value))
        except ValueError:
            found = []
        if not found:
            raise Fault(
                "FH-LOG-67",
                "Give the root certificates of the time-stamp authority in PEM, from BEGIN to END.",
                "請填入時戳機構根憑證的 PEM 全文（自 BEGIN 至 END）。",
            )


def roots_of(value: Value) -> bytes:
    """The root certificates as one PEM text."""
    return "\n".join(value["stamp_roots"] or []).encode() + b"\n"


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        _port = parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc and len(text) <= 300


def _default(_system: SystemFacts | None) -> dict[str, Any]:
    return {"url": None, "key": None, "stamp_url": None, "stamp_roots": []}


DEFINITION = Definition(
    WITNESS, "4.11", _("Witness of the log"),
    _("Who vouches for the log from another machine; without one a person keeps a checkpoint elsewhere."),
    (
        Field("url", _("Address of the witness"), "text", _("As `fanghu witness` prints it on the other machine."), optional=True),
        Field("key", _("Key of the witness"), "text", _("As it prints it: name+hash+base64."), optional=True),
        Field("stamp_url", _("Address of a time-stamp authority"), "text", _("RFC 3161."), optional=True),
        Field("stamp_roots", _("Its root certificates"), "lines", _("PEM, from BEGIN to END."), optional=True),
    ),
    _default, check, per_system=False,
)  # fmt: skip
