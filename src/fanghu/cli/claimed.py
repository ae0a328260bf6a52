"""Which operating-system account asks for a command: what the machine says of it, which its root can make it say."""

from __future__ import annotations

import os
import pwd
import re
from collections.abc import Callable, Mapping
from pathlib import Path

NOBODY_SIGNED_IN = 2**32 - 1
"""The kernel's login uid of what no sign-in began: services, containers."""

UNFIT = re.compile(r"[^\w.@$-]")
LONGEST = 64
LOGINUID = Path("/proc/self/loginuid")


def claimed_account(environment: Mapping[str, str] = os.environ, *, loginuid: Path = LOGINUID) -> str:
    """The account that signed in on this machine, else the one that called sudo, else the one that the command runs as."""
    return account_of(_signed_in(loginuid), environment.get("SUDO_USER", ""), os.getuid(), _named)


def account_of(login_uid: int, sudo_user: str, uid: int, named: Callable[[int], str]) -> str:
    """The name, in letters, digits and ``.@$_-``.

    The kernel's word goes before the environment's: it stays through su and sudo, and only root can set it.
    """
    name = sudo_user or named(uid) if login_uid == NOBODY_SIGNED_IN else named(login_uid)
    return UNFIT.sub("_", name)[:LONGEST]


def _signed_in(loginuid: Path) -> int:
    try:
        return int(loginuid.read_text("ascii"))
    except (OSError, ValueError):
        return NOBODY_SIGNED_IN


def _named(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid-{uid}"
