"""Django made ready for a command, only when the command needs it."""

from __future__ import annotations

import os
import socket

from fanghu.cli.claimed import claimed_account
from fanghu.events.doer import Doer


def django_ready() -> None:
    """Load settings and apps (about half a second)."""
    import django

    django.setup()


def here() -> Doer:
    """Who runs this command on the machine: nobody proven, so the operating-system account is a claim."""
    return Doer("cli", place=f"{socket.gethostname()} uid {os.getuid()}", claimed=claimed_account())
