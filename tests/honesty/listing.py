"""The list of planted faults, by duty: what ``docs/honesty.md`` shows; ``python -m tests.honesty.listing`` writes it."""

from __future__ import annotations

import importlib
import os
from pathlib import Path

from tests.honesty.planting import Plant

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "honesty.md"
HEAD = """# Planted faults

Every fault below is planted into the mechanism behind a duty by `tests/honesty/`; the verdict must turn from Met, and be
Met again when the fault is taken out. What a drill must find is broken in the tests of that drill. Written by
`python -m tests.honesty.listing`.
"""


def plants() -> dict[str, list[Plant]]:
    """``DUTY`` and ``PLANTS`` of every module here."""
    found: dict[str, list[Plant]] = {}
    for path in sorted(HERE.glob("a*/test_c*.py")):
        module = importlib.import_module(f"tests.honesty.{path.parent.name}.{path.stem}")
        found.setdefault(module.DUTY, []).extend(module.PLANTS)
    return found


def page() -> str:
    """The page, duties in their order."""
    parts = [HEAD]
    for duty, faults in sorted(plants().items(), key=lambda item: _order(item[0])):
        parts.append(f"\n## {duty}\n" + "".join(f"- {plant.fault}\n" for plant in faults))
    return "".join(parts)


def _order(duty: str) -> tuple[int, int, str]:
    article, _dot, rest = duty.partition(".")
    number = rest.rstrip("abc")
    return int(article), int(number.partition(".")[0]), rest


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fanghu.settings")
    import django

    django.setup()
    PAGE.write_text(page(), "utf-8")
