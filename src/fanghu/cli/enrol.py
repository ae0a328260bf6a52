"""``fanghu enrol``: one-time links made on the machine."""

from __future__ import annotations

import argparse
from typing import Any

from fanghu.faults import Exit


def add(verbs: Any) -> None:
    """``fanghu enrol`` prints the first administrator's link; ``--again NAME`` one for a lost second factor."""
    parser = verbs.add_parser("enrol", help="print a one-time enrolment link")
    parser.add_argument("--again", metavar="NAME", help="login id of an account that lost its second factor")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the link; exit 1 when the first link is not needed any more."""
    from fanghu.cli.ready import django_ready, here

    django_ready()
    from django.conf import settings
    from django.utils import timezone

    from fanghu.auditlog.actions import seal_now
    from fanghu.signin.actions import make_first_link, make_recovery_link

    now = timezone.now()
    if arguments.again:
        path: str | None = make_recovery_link(arguments.again, now, by=here())
    else:
        path = make_first_link(now, by=here())
    if path is None:
        print("FH-SGN-23 An administrator can sign in already; use: fanghu enrol --again NAME")
        return int(Exit.NO)
    seal_now(wait=True)
    served = settings.HOME / "run" / "url"
    print(f"{served.read_text('utf-8') if served.exists() else settings.BASE_URL}{path}")
    print("Good once, for 60 minutes. 僅可使用一次，60 分鐘內有效。")
    return int(Exit.YES)
