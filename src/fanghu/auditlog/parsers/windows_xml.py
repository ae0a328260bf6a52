"""A Windows event as XML, one a line (``wevtutil qe /f:xml``, event forwarding), in the shape of its JSON; pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

_MOST = 200
"""So many values of an event are read; no event of the Security log has half as many."""


def event_of(line: bytes) -> dict[str, Any] | None:
    """The event as ``{"Event": {"System": …, "EventData": …}}``; None for anything else. No DTD, no entity is accepted."""
    try:
        root = fromstring(line, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        return None
    if _name(root) != "Event":
        return None
    parts = {_name(part): part for part in root}
    system = parts.get("System")
    if system is None:
        return None
    said = _values(system)
    created = next((each for each in system if _name(each) == "TimeCreated"), None)
    said["TimeCreated"] = {"#attributes": {"SystemTime": created.get("SystemTime", "") if created is not None else ""}}
    event: dict[str, Any] = {"System": said}
    if "EventData" in parts:
        event["EventData"] = _values(parts["EventData"])
    elif "UserData" in parts:
        event["UserData"] = {_name(each): _values(each) for each in list(parts["UserData"])[:1]}
    return {"Event": event}


def _values(parent: Iterable[Element]) -> dict[str, Any]:
    """The text of each element by its ``Name``, else by its own; the first of several."""
    found: dict[str, Any] = {}
    for each in list(parent)[:_MOST]:
        found.setdefault(each.get("Name") or _name(each), each.text or "")
    return found


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
