"""The sample's folder is its own: nothing else is taken for it, and nothing of a firm's is ever removed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fanghu.demo import folder
from fanghu.faults import Fault

SOURCES = Path(__file__).resolve().parents[2] / "src"


def test_an_empty_place_is_marked_and_furnished_once(tmp_path: Path) -> None:
    home = tmp_path / "sample"
    assert folder.claim(home) is True
    folder.write_mark(home, furnished=True)
    assert folder.claim(home) is False


def test_a_folder_with_anything_else_in_it_is_refused(tmp_path: Path) -> None:
    kept = tmp_path / "fanghu.sqlite3"
    kept.write_text("a firm's own")
    with pytest.raises(Fault) as refused:
        folder.claim(tmp_path)
    assert refused.value.code == "FH-DEM-01"
    assert kept.read_text() == "a firm's own"


def test_a_furnishing_that_broke_off_begins_anew(tmp_path: Path) -> None:
    folder.claim(tmp_path)
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "frames").write_text("half")
    assert folder.claim(tmp_path) is True
    assert [entry.name for entry in tmp_path.iterdir()] == [folder.MARK]


def test_what_is_not_the_samples_is_never_emptied(tmp_path: Path) -> None:
    (tmp_path / "fanghu.sqlite3").write_text("a firm's own")
    with pytest.raises(Fault) as refused:
        folder.empty(tmp_path)
    assert refused.value.code == "FH-DEM-02"
    assert (tmp_path / "fanghu.sqlite3").exists()


@pytest.mark.parametrize(
    ("url", "own"),
    [
        ("https://127.0.0.1:8444", True),
        ("https://[::1]:8444", True),
        ("https://localhost:8444", True),
        ("https://0.0.0.0:8444", False),
        ("https://192.0.2.7:8444", False),
        ("https://localhost.example:8444", False),
        ("https://fanghu.example", False),
    ],
)
def test_only_loopback_is_served(url: str, own: bool) -> None:
    if own:
        folder.require_loopback(url)
        return
    with pytest.raises(Fault) as refused:
        folder.require_loopback(url)
    assert refused.value.code == "FH-DEM-03"


def load_settings(home: Path, url: str) -> subprocess.CompletedProcess[str]:
    code = "from django.conf import settings; print(settings.ROOT_URLCONF)"
    environment = {
        **os.environ, "FANGHU_HOME": str(home), "FANGHU_BASE_URL": url, "PYTHONPATH": str(SOURCES),
        "DJANGO_SETTINGS_MODULE": "fanghu.demo.settings",
    }  # fmt: skip
    return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)


def test_the_links_url_map_loads_only_for_the_samples_folder_on_loopback(tmp_path: Path) -> None:
    home = tmp_path / "firm"
    home.mkdir()
    assert "FH-DEM-02" in load_settings(home, "https://127.0.0.1:1").stderr
    folder.claim(tmp_path / "sample")
    assert "FH-DEM-03" in load_settings(tmp_path / "sample", "https://192.0.2.7:1").stderr
    assert load_settings(tmp_path / "sample", "https://127.0.0.1:1").stdout.strip() == "fanghu.demo.urls"
