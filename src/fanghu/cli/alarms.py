"""``fanghu alarms``: the key that a webhook's receiver checks signatures with."""

from __future__ import annotations

import argparse
from typing import Any

from fanghu.faults import Exit


def add(subparsers: Any) -> None:
    """Add the verbs of this group."""
    top = subparsers.add_parser("alarms", help="alarms: the key of webhooks' signatures")
    verbs = top.add_subparsers(dest="alarms_verb", required=True, metavar="VERB", parser_class=type(top))
    key = verbs.add_parser("webhook-key", help="print the secret key (hex) that webhooks are signed with")
    key.set_defaults(run=webhook_key)


def webhook_key(_arguments: argparse.Namespace) -> int:
    """Print the key; whoever may read the key folder may read it here."""
    from fanghu.cli.ready import django_ready

    django_ready()
    from fanghu.alarms.telling import webhook_key as key

    print(key().hex())
    return Exit.YES
