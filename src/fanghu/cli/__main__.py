"""The command line: ``fanghu VERB …``. Each group of verbs is a module here with ``add(subparsers)``."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from fanghu.faults import Exit, Fault

GROUPS = (
    "up",
    "demo",
    "first-run",
    "regulation",
    "assess",
    "history",
    "log",
    "drill",
    "enrol",
    "register",
    "alarms",
    "witness",
)


class Parser(argparse.ArgumentParser):
    """Wrong usage ends with exit code 64 (EX_USAGE)."""

    def error(self, message: str) -> None:  # type: ignore[override]
        """Print usage and the reason, and end with 64."""
        self.print_usage(sys.stderr)
        self.exit(Exit.USAGE, f"{self.prog}: {message}\n")


def parser(verb: str = "") -> Parser:
    """The parser of ``verb`` alone (the others' code stays unread), or of every verb when it is none of them.

    ``set_defaults(run=…)`` names the function taking the parsed arguments.
    """
    top = Parser(prog="fanghu", description="Fanghu 防護")
    verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB", parser_class=Parser)
    for name in [verb] if verb in GROUPS else GROUPS:
        importlib.import_module(f"fanghu.cli.{name.replace('-', '_')}").add(verbs)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; a Fault prints as one sentence with its code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fanghu.settings")
    os.umask(0o077)
    given = sys.argv[1:] if argv is None else argv
    arguments = parser(given[0] if given else "").parse_args(given)
    try:
        code = int(arguments.run(arguments) or Exit.YES)
        sys.stdout.flush()  # a reader that left early (``| head``) shows here, not as a trace at exit
        return code
    except Fault as fault:
        zh = os.environ.get("LANG", "").startswith("zh")
        print(f"{fault.code} {fault.zh_hant if zh else fault.en}", file=sys.stderr)
        return int(fault.exit_code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return int(Exit.CANNOT)
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
