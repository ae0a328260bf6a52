"""The menu: sections, labels, URL names, and the right each page asks for."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from fanghu.shell.rights import Right


def shown(request: HttpRequest) -> dict[str, Any]:
    """Context of every page: the menu this account may see."""
    return {}
