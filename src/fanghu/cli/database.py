"""A command's hold on the database: a sentence, not a trace, when it is not there or cannot be read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from fanghu.cli.ready import django_ready
from fanghu.faults import Exit, Fault


@contextmanager
def database() -> Iterator[None]:
    """Load Django and turn a database that is missing, damaged or busy into a Fault FH-CLI-01 or 02."""
    django_ready()
    from django.db import DatabaseError

    try:
        yield
    except DatabaseError as error:
        if "locked" in str(error):
            raise Fault(
                "FH-CLI-02",
                "The database is busy; try again in a moment.",
                "資料庫忙碌中；請稍後再試。",
                exit_code=Exit.BUSY,
            ) from error
        raise Fault(
            "FH-CLI-01",
            "The database is not ready; run `./run up` once, or check FANGHU_HOME and DATABASE_URL.",
            "資料庫尚未就緒；請先執行一次 `./run up`，或檢查 FANGHU_HOME 與 DATABASE_URL。",
        ) from error
