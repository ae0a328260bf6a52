"""What happens before serving: copy the database, migrate it, collect static files, register system one, note the start.

Prints one JSON object: ``enrol`` (path of the enrolment link or null) and ``warnings``; or ``fault`` with its sentence.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fanghu.faults import Exit, Fault

KEEP_COPIES = 5
LOW_DISK = 200 * 2**20


def check_disk(home: Path) -> None:
    """Refuse to start without room to write."""
    if shutil.disk_usage(home).free < LOW_DISK:
        raise Fault(
            "FH-UP-07",
            f"Less than 200 MB is free where {home} lies; free some disk space.",
            f"{home} 所在磁碟剩餘空間不足 200 MB；請先釋出空間。",
        )


def copy_database(home: Path, now: datetime) -> Path | None:
    """Copy an SQLite database with its backup interface before a migration; Fault when it is damaged."""
    source = home / "fanghu.sqlite3"
    if not source.exists():
        return None
    folder = home / "before-migration"
    folder.mkdir(mode=0o700, exist_ok=True)
    target = folder / f"{now:%Y%m%dT%H%M%SZ}.sqlite3"
    try:
        with sqlite3.connect(source) as original, sqlite3.connect(target) as copy:
            if original.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                raise sqlite3.DatabaseError("quick_check")
            original.backup(copy)
    except sqlite3.DatabaseError as error:
        target.unlink(missing_ok=True)
        raise Fault(
            "FH-UP-08",
            f"The database {source} is damaged; restore it from a backup or from {folder}.",
            f"資料庫 {source} 已損壞；請自備份或 {folder} 還原。",
        ) from error
    for old in sorted(folder.glob("*.sqlite3"))[:-KEEP_COPIES]:
        old.unlink()
    return target


def migrate(home: Path, now: datetime) -> bool:
    """Bring the database up to date, copying it first; return whether anything was to do."""
    from django.core.management import call_command
    from django.db import DatabaseError, connection
    from django.db.migrations.executor import MigrationExecutor

    try:
        executor = MigrationExecutor(connection)
        if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return False
        if connection.vendor == "sqlite":
            connection.close()
            copy_database(home, now)
        call_command("migrate", interactive=False, verbosity=0)
    except DatabaseError as error:
        raise Fault(
            "FH-UP-09",
            "The database cannot be opened; check DATABASE_URL, or restore the data folder from a backup.",
            "資料庫無法開啟；請檢查 DATABASE_URL，或自備份還原資料夾。",
        ) from error
    return True


def collect_static(home: Path) -> None:
    """Put the static files in place when the installed ones differ from those collected last."""
    from django.core.management import call_command

    from fanghu.release import VERSION, lock_hash

    package = Path(__file__).resolve().parents[1]
    newest = max((path.stat().st_mtime_ns for path in package.glob("*/static/**/*") if path.is_file()), default=0)
    stamp, mark = home / "run" / "static.stamp", f"{VERSION} {lock_hash()} {newest}"
    if stamp.exists() and stamp.read_text() == mark:
        return
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    stamp.write_text(mark)


def warnings(home: Path) -> list[str]:
    """What a person should know at every start."""
    checkout = Path(__file__).resolve().parents[3]
    if checkout not in home.parents:
        return []
    return [
        f"warning: the data folder lies in the checkout ({home}); set FANGHU_HOME to keep it elsewhere"
        " / 資料夾位於原始碼目錄內，請以 FANGHU_HOME 指定其他位置"
    ]


def prepare(home: Path, now: datetime) -> dict[str, Any]:
    """Do it all; the start itself is an audit event with version and lock-file hash."""
    check_disk(home)
    from fanghu.cli.ready import django_ready, here

    django_ready()
    migrate(home, now)
    collect_static(home)
    from django.db import transaction

    from fanghu.auditlog.actions import open_log
    from fanghu.events.actions import record
    from fanghu.register.actions import register_system_one
    from fanghu.release import VERSION, lock_hash
    from fanghu.signin.actions import make_first_link

    open_log(now)
    register_system_one(now)
    with transaction.atomic():
        record("server.started", by=here(), now=now, detail={"version": VERSION, "lock_hash": lock_hash()})
    return {"enrol": make_first_link(now), "warnings": warnings(home)}


def main() -> int:
    """Print the outcome as JSON."""
    os.umask(0o077)
    try:
        print(json.dumps(prepare(Path(os.environ["FANGHU_HOME"]), datetime.now(UTC))))
    except Fault as fault:
        print(json.dumps({"fault": fault.code, "en": fault.en, "zh": fault.zh_hant, "exit": int(fault.exit_code)}))
        return int(fault.exit_code)
    return int(Exit.YES)


if __name__ == "__main__":
    sys.exit(main())
