"""Every page of the demo, as its officer (or administrator) gets it: time on the server, bytes over the wire.

The sample firm is made afresh, about two minutes; a folder that ``./run demo`` made may be named in FANGHU_DEMO instead.
"""

from __future__ import annotations

import gzip
import json
import logging
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SLOWEST, LARGEST, FIRST = 100, 30, 60
"""Milliseconds on the server; KiB over the wire, with style and script for the first page."""
TRIES = 5
NOT_PAGES = {
    "log_kept_file", "register_export", "document", "set_language", "enrol", "demo_enter", "passkey_new",
    "endpoint_provoked", "register_import_check", "without_script", "session_end",
}  # fmt: skip
"""Downloads, answers to scripts, and what lives only with a one-time link or a file under way."""


def measure() -> list[dict[str, Any]]:
    """Make the sample, or copy one, and run in its folder."""
    with tempfile.TemporaryDirectory(prefix="fanghu-bench-") as above:
        home = Path(above, "demo")
        environment = os.environ | {
            "FANGHU_HOME": str(home),
            "FANGHU_BASE_URL": "https://127.0.0.1:8444",
            "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
            "DJANGO_SETTINGS_MODULE": "fanghu.demo.settings",
            "DATABASE_URL": "",
        }
        made = os.environ.get("FANGHU_DEMO")
        if made:
            shutil.copytree(made, home, ignore=shutil.ignore_patterns("run"))
        else:
            sys.path.insert(0, str(ROOT / "src"))
            from fanghu.demo.folder import claim

            claim(home)
            command = [sys.executable, "-m", "fanghu.demo.furnish"]
            subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
        run = subprocess.run([sys.executable, __file__], env=environment, stdout=subprocess.PIPE, check=True)
    found: list[dict[str, Any]] = json.loads(run.stdout)
    return found


def addresses() -> Iterator[tuple[str, str]]:
    """(name, path) of every page that the sample's data can open; a page with a part in its path once for each row."""
    from django.urls import NoReverseMatch, get_resolver, reverse

    samples = parts()

    def walk(patterns: Any) -> Iterator[tuple[str, str]]:
        for entry in patterns:
            if hasattr(entry, "url_patterns"):
                yield from walk(entry.url_patterns)
            elif entry.name and entry.name not in NOT_PAGES:
                try:
                    for values in samples.get(entry.name, [{}]):
                        yield entry.name, reverse(entry.name, kwargs=values)
                except NoReverseMatch:  # answers forms only, or has no sample
                    continue

    yield from walk(get_resolver().url_patterns)


def parts() -> dict[str, list[dict[str, Any]]]:
    """What stands in the paths of pages, from the sample's own rows."""
    from django.apps import apps
    from django.conf import settings

    from fanghu.assurance.drilling import drills
    from fanghu.register.definitions import standings
    from fanghu.regulation import load

    def rows(model: str, key: str = "pk", most: int = 12) -> list[Any]:
        return list(apps.get_model(model).objects.values_list(key, flat=True)[:most])

    edition = load(settings.FANGHU_EDITION)
    slugs = rows("register.System", "slug")
    return {
        "clause": [{"number": number} for number in (*edition.clauses, *edition.duties)],
        "system": [{"slug": slug} for slug in slugs],
        "register_system_edit": [{"slug": slug} for slug in slugs],
        "register_system_retire": [{"slug": slug} for slug in slugs if slug != "fanghu"],
        "register_system_delete": [{"slug": slug} for slug in slugs if slug != "fanghu"],
        "register_person": [{"person_id": pk} for pk in rows("register.Person")],
        "account": [{"account_id": pk} for pk in rows("accounts.Account")],
        "approval": [{"approval_id": pk} for pk in rows("approvals.Approval", most=40)],
        "attest": [{"duty": "5.8", "subject": "firm"}],
        "relief": [{"duty": "8.1", "subject": "system:fanghu"}],
        "drill": [{"name": name} for name in drills()],
        "log_kept": [{"kept_id": pk} for pk in rows("auditlog.KeptCheckpoint")],
        "definition": [{"key": each.definition.key, "subject": str(each.subject)} for each in standings()],
        "endpoint": [{"pk": pk} for pk in rows("endpoints.Endpoint")],
    }


def main() -> None:
    """Measure in the data folder of this process and print the rows."""
    import django

    django.setup()
    from django.apps import apps
    from django.core.management import call_command

    from tests.cast import sit_down

    Path(os.environ["FANGHU_HOME"], "static").mkdir(exist_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0)
    accounts = apps.get_model("accounts", "Account").objects
    visitors = [sit_down(accounts.get(login_id=name)) for name in ("erin", "alice")]
    logging.getLogger("django.request").setLevel(logging.CRITICAL)  # addresses that answer forms only are left out
    for visitor in visitors:
        visitor.defaults["SERVER_NAME"] = "127.0.0.1"
    found: dict[str, list[tuple[str, float, float, float]]] = {}
    for name, path in addresses():
        for visitor in visitors:
            answer = visitor.get(path)
            if answer.status_code == 200 and "text/html" in answer["Content-Type"]:
                found.setdefault(name, []).append((path, *measured(visitor, path)))
                break
    print(json.dumps([*rows_of(found), first_page(visitors[0])]))


def measured(visitor: Any, path: str) -> tuple[float, float, float]:
    """Of warm requests through the whole middleware: median milliseconds, of them CPU, and KiB as the server compresses."""
    taken, worked = [], []
    for _ in range(TRIES):
        began, cpu = time.perf_counter(), time.process_time()
        answer = visitor.get(path, headers={"accept-encoding": "gzip"})
        taken.append((time.perf_counter() - began) * 1_000)
        worked.append((time.process_time() - cpu) * 1_000)
    return statistics.median(taken), statistics.median(worked), len(answer.content) / 1_024


def rows_of(found: dict[str, list[tuple[str, float, float, float]]]) -> Iterator[dict[str, Any]]:
    """The slowest and the largest address of each page, and how many were asked."""
    yield row("pages opened", sum(map(len, found.values())), "addresses", None, f"{len(found)} pages")
    for name, pages in found.items():
        slow, large = max(pages, key=lambda page: page[1]), max(pages, key=lambda page: page[3])
        yield row(
            f"{name}: server time, median of {TRIES}",
            round(slow[1], 1),
            "ms",
            SLOWEST,
            f"{slow[0]}, CPU {slow[2]:.0f} ms",
        )
        yield row(f"{name}: over the wire", round(large[3], 1), "KiB", LARGEST, large[0])


def first_page(visitor: Any) -> dict[str, Any]:
    """The board with every style and script it names, as they are served compressed."""
    answer = visitor.get("/", headers={"accept-encoding": "gzip"})
    text = gzip.decompress(answer.content).decode()
    folder = Path(os.environ["FANGHU_HOME"], "static")
    size = len(answer.content)
    names = sorted(set(re.findall(r'(?:href|src)="/static/([^"]+)"', text)))
    for name in names:
        packed = folder / f"{name}.gz"
        size += (packed if packed.exists() else folder / name).stat().st_size
    return row("first page with style and script", round(size / 1_024, 1), "KiB", FIRST, ", ".join(names))


def row(name: str, value: float, unit: str, target: float | None, peer: str) -> dict[str, Any]:
    """One line of the benchmark."""
    met = None if target is None else value < target
    return {"name": name, "value": value, "unit": unit, "target": target, "met": met, "peer": peer}


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
