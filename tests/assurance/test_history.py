"""`history verify` beside a server that goes on working: what happens meanwhile is no edit, an edit still is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]


def beside_others(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.assurance.others_working", *arguments],
        env={
            **os.environ,
            "FANGHU_HOME": str(home),
            "PYTHONPATH": f"{CHECKOUT / 'src'}:{CHECKOUT}",
            "DJANGO_SETTINGS_MODULE": "fanghu.settings",
        },
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


@pytest.mark.sqlite
def test_what_others_do_between_the_steps_is_no_edit(tmp_path: Path) -> None:
    ended = beside_others(tmp_path)
    assert (ended.stdout, ended.returncode) == ("", 0), ended.stderr[-4000:]


@pytest.mark.sqlite
def test_an_edit_is_found_beside_them(tmp_path: Path) -> None:
    ended = beside_others(tmp_path, "--forge")
    assert ended.returncode == 1, ended.stderr[-4000:]
    assert ended.stdout.count("\n") == 1
    assert "of drill:busy (failed), which is missing" in ended.stdout
