"""``./run bench [NAME] [--format json]``: run bench/NAME.py's ``measure()`` and print its rows against their targets.

A row is ``{"name", "value", "unit", "target", "met", "peer"}``; ``target`` is a number the value must stay under (or
over, where it starts with ">="), ``peer`` what was measured beside it in the same run.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def names() -> list[str]:
    """Every benchmark in this folder."""
    return sorted(path.stem for path in HERE.glob("*.py") if not path.stem.startswith("_"))


def main() -> int:
    """Exit code 0 when every target is met, 1 when one is not, 64 for an unknown name."""
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("name", nargs="?", help=", ".join(names()))
    parser.add_argument("--format", choices=["text", "json"], default="text")
    asked = parser.parse_args()
    asked.name = asked.name and asked.name.replace("-", "_")
    if asked.name and asked.name not in names():
        print(f"no benchmark {asked.name}; there are: {', '.join(names())}", file=sys.stderr)
        return 64
    sys.path.insert(0, str(HERE))
    rows = [
        row for name in ([asked.name] if asked.name else names()) for row in importlib.import_module(name).measure()
    ]
    if asked.format == "json":
        print(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        for row in rows:
            mark = "met " if row["met"] else "MISS" if row["met"] is False else "    "
            peer = f"   (beside it: {row['peer']})" if row["peer"] else ""
            print(f"{mark} {row['name']}: {row['value']} {row['unit']}, target {row['target']}{peer}")
    return int(any(row["met"] is False for row in rows))


if __name__ == "__main__":
    sys.exit(main())
