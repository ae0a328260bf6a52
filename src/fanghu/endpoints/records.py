"""Declared addresses and flows as plain values: for forms, for requests, and for the hash that a second person approves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from fanghu.endpoints.models import Endpoint, Flow
from fanghu.endpoints.problems import fault
from fanghu.register.reading import system as registered

FIELDS: dict[str, tuple[str, ...]] = {
    "endpoint": (
        "protocol", "host", "port", "path", "purpose", "authenticates", "outside", "clear_port", "authority_pem",
    ),
    "flow": ("name", "peer", "data", "network", "protection", "endpoint"),
}  # fmt: skip
KINDS: dict[str, type[Endpoint | Flow]] = {"endpoint": Endpoint, "flow": Flow}
LABELS = {
    "system": gettext_lazy("System"),
    "protocol": gettext_lazy("Protocol"),
    "host": gettext_lazy("Host"),
    "port": gettext_lazy("Port"),
    "path": gettext_lazy("Path of a page"),
    "purpose": gettext_lazy("Purpose"),
    "authenticates": gettext_lazy("Passwords or other authentication data pass here"),
    "outside": gettext_lazy("Reachable from outside the firm"),
    "clear_port": gettext_lazy("Port without encryption beside it"),
    "authority_pem": gettext_lazy("Certificate of the firm's own authority"),
    "name": gettext_lazy("What flows"),
    "peer": gettext_lazy("To or from"),
    "data": pgettext_lazy("flow", "Data"),
    "network": gettext_lazy("Over"),
    "protection": gettext_lazy("Protected by"),
    "endpoint": gettext_lazy("Address that carries it"),
}


def kind_of(row: Endpoint | Flow) -> str:
    """``endpoint`` or ``flow``."""
    return "endpoint" if isinstance(row, Endpoint) else "flow"


def found(kind: str, pk: int, *, lock: bool = False) -> Any:
    """The row; Fault FH-END-06 when it is gone."""
    rows: Any = KINDS[kind].objects.select_related("system")
    row = (rows.select_for_update(of=("self",)) if lock else rows).filter(pk=pk).first()
    if row is None:
        raise fault("FH-END-06")
    return row


def record_of(row: Endpoint | Flow) -> dict[str, Any]:
    """A row's values by field, the carrying address by its number."""
    values = {name: getattr(row, name) for name in FIELDS[kind_of(row)]}
    return {name: value.pk if isinstance(value, Model) else value for name, value in values.items()}


def put(row: Endpoint | Flow, values: Mapping[str, Any]) -> None:
    """Set the values of a form or request; Fault FH-END-01, 06."""
    for name, value in values.items():
        if name == "system":
            system = registered(value)
            if system is None:
                raise fault("FH-END-01")
            row.system = system
        elif name == "endpoint":
            row.endpoint = None if value is None else found("endpoint", value)  # type: ignore[union-attr]
        else:
            setattr(row, name, value)


def worded(kind: str, name: str, value: Any) -> str:
    """A value as people read it."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name == "endpoint":
        return str(Endpoint.objects.filter(pk=value).first() or "–")
    if name == "authority_pem":
        return _("given")
    field: Any = KINDS[kind]._meta.get_field(name)
    choices = dict(field.flatchoices)
    return str(choices.get(value, value))
