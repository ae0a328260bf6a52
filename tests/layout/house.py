"""Where the house stands: its packages and files, read once for the layout tests."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src" / "fanghu"
PACKAGES = tuple(sorted(p.parent for p in SRC.glob("*/__init__.py")))
APPS = tuple(p for p in PACKAGES if (p / "apps.py").exists())
MODULES = tuple(sorted(p for p in SRC.rglob("*.py") if "migrations" not in p.parts))


def shown(path: Path) -> str:
    """A path as a person would write it, from the root of the checkout."""
    return path.relative_to(ROOT).as_posix()
