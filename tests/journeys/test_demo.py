"""`fanghu demo`: a sample firm's board; each of the cast comes in by a link; a clause leads down to its log entry."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from fanghu.demo.firm import CAST, SYSTEMS
from tests.journeys.conftest import Visits, keep_picture
from tests.journeys.served import Served


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The sample, made and served."""
    home = tmp_path_factory.mktemp("sample") / "home"
    home.mkdir()
    product = Served(home, verb=("demo", "--folder", str(home / "demo")), settings="fanghu.demo.settings").start()
    product.home = home / "demo"
    yield product
    product.stop()


def link_of(served: Served, login_id: str) -> str:
    """The one-time link printed for one of the cast."""
    return re.search(rf"^{login_id}\s.*(https://\S+)$", "\n".join(served.lines), re.MULTILINE).group(1)  # type: ignore[union-attr]


def test_the_cast_comes_in_once_each_and_the_board_leads_to_the_log(served: Served, visits: Visits) -> None:
    for player in CAST:
        page = visits.person()
        page.goto(link_of(served, player.login_id))
        assert player.name in page.content()
        page.locator("main button.primary").click()
        page.wait_for_url(served.url + "/")
        assert "示範資料" in page.content()
        assert player.name in page.content()
        keep_picture(page, f"demo-board-{player.login_id}")
        if player.login_id == "erin":
            erin = page
    again = visits.person()
    assert again.goto(link_of(served, "erin")).status == 404  # type: ignore[union-attr]
    assert "FH-DEM-04" in again.content()

    for values in SYSTEMS:
        assert values["name"] in erin.content()
    erin.goto("/clause/5.4/")
    keep_picture(erin, "demo-clause")
    assert "尚未納入語音下單系統" in erin.content() or "說明尚有缺口" in erin.content()
    evidence = erin.locator("main a[href*='/approvals/'], main a[href*='/assurance/document']").first
    assert evidence.count(), "a clause leads to its evidence"
    erin.goto("/log/?q=approval.granted")
    assert "approval.granted" in erin.content() or "核准" in erin.content()
    keep_picture(erin, "demo-log")
    assert erin.locator("main tbody tr").count() > 5


def test_its_history_is_whole_and_looks_like_a_firms(served: Served) -> None:
    """Gaps, overdue papers, relief, what waits; and nothing that the log does not explain."""
    assert served.fanghu("history", "verify").returncode == 0
    assert served.fanghu("log", "verify", str(served.home / "log")).returncode == 0
    rows = [line for line in served.fanghu("assess", "--format", "json").stdout.splitlines() if line]
    found = {verdict: sum(f'"{verdict}"' in row for row in rows) for verdict in ("met", "not_met", "unknown")}
    assert found["met"] > 150
    assert found["not_met"] >= 8
    assert found["unknown"] > 50


def test_its_systems_send_their_logs_and_are_judged_by_them(served: Served) -> None:
    """Sources with records and no gap, clocks as the hosts tell them, and an audit rule that nobody has explained."""
    sources = json.loads(served.fanghu("log", "sources", "--format", "json").stdout)
    sent = {each["name"]: each for each in sources if each["name"] != "fanghu"}
    assert set(sent) == {"ledger-db", "webtrade-hosts", "webtrade-nginx"}
    assert all(each["records"] > 100 and not each["kept_verbatim"] and not each["gaps"] for each in sent.values())
    assert served.fanghu("log", "verify", str(served.home / "logs" / "intake")).returncode == 0
    rows = served.fanghu("assess", "--system", "webtrade", "--format", "json").stdout.splitlines()
    verdicts = {each["duty"]: (each["verdict"], each["code"]) for each in map(json.loads, rows)}
    assert verdicts["4.9"][0] == "met" and verdicts["4.11"] == ("not_met", "reconfigured")


def test_the_products_own_settings_do_not_know_the_links(served: Served) -> None:
    """The same folder served as a firm's would have no such route."""
    code = "from django.urls import resolve; import django; django.setup(); resolve('/demo/enter/x/')"
    environment = {**served.environment, "DJANGO_SETTINGS_MODULE": "fanghu.settings"}
    import subprocess
    import sys

    ended = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert "Resolver404" in ended.stderr


def test_the_folder_is_not_touched_by_another(tmp_path: Path) -> None:
    """The demo refuses a folder that it did not make."""
    (tmp_path / "own").write_text("a firm's")
    refused = Served(tmp_path).fanghu("demo", "--folder", str(tmp_path), check=False)
    assert "FH-DEM-01" in refused.stderr
    outside = Served(tmp_path).fanghu("demo", "--folder", str(tmp_path / "x"), "--host", "192.0.2.1", check=False)
    assert "FH-DEM-03" in outside.stderr
