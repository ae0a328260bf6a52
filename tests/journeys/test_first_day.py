"""A security officer's first day: one command, enrol, describe the firm, import systems and a real log, attest, board."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
import xlsxwriter
from playwright.sync_api import Page

from tests.journeys.conftest import Visits, keep_picture
from tests.journeys.people import enrol_first, first_sign_in, send
from tests.journeys.served import CHECKOUT, Served

SSHD_LOG = CHECKOUT.parent / "shared" / "data" / "openssh-2k.log"
OWN_LOG = """\
Dec 10 06:55:46 gw1 sshd[24200]: Invalid user webmaster from 203.0.113.5
Dec 10 06:55:48 gw1 sshd[24200]: Failed password for invalid user webmaster from 203.0.113.5 port 38926 ssh2
Dec 10 09:32:20 gw1 sshd[24680]: Accepted password for fztu from 198.51.100.49 port 49116 ssh2
"""
HEADERS = ["代碼", "名稱", "類別", "核心", "非核心理由", "對外服務", "保有個人資料", "使用密碼", "主機"]
SYSTEMS = [
    ["webtrade", "網路下單系統", "交易", "是", "", "是", "是", "是", "web1"],
    ["quotes", "行情報價系統", "報價", "是", "", "是", "否", "是", "q1"],
    ["settle", "盤後結算系統", "盤後結算", "是", "", "否", "是", "是", "s1"],
]


def workbook(rows: list[list[str]]) -> bytes:
    """An XLSX as a person would make it."""
    kept = io.BytesIO()
    with xlsxwriter.Workbook(kept) as book:
        sheet = book.add_worksheet("系統")
        for number, row in enumerate([HEADERS, *rows]):
            sheet.write_row(number, 0, row)
    return kept.getvalue()


def test_the_first_day(visits: Visits, served: Served, tmp_path: Path) -> None:
    """From the printed link to a verdict for every duty on every system, with a second person."""
    assert served.enrolment is not None
    alice, erin = visits.person(), visits.person()

    # opening the link does not use it up; the form does
    alice.goto(served.enrolment)
    keep_picture(alice, "enrol")
    enrol_first(alice, served.enrolment, name="林愛麗", number="A001", login_id="alice")
    alice.wait_for_url(served.url + "/")
    keep_picture(alice, "board-first")
    gone = visits.person()
    gone.goto(served.enrolment)
    assert "FH-" in gone.content()

    # a second person: entered in the register, given an account by the administrator
    alice.goto("/register/people/new/")
    send(alice, number="E001", name="陳怡君", department="資安室")
    alice.goto("/accounts/new/")
    alice.select_option("[name=person]", value=str(alice.locator("option", has_text="陳怡君").get_attribute("value")))
    alice.check("[name=roles][value=officer]")
    send(alice, login_id="erin")
    given = alice.locator("code").first.inner_text()
    first_sign_in(erin, "erin", given, factor=True)
    erin.wait_for_url(served.url + "/")

    # the firm
    erin.goto("/register/firm/")
    erin.check("[name=kind][value=futures_firm]")
    erin.select_option("[name=has_ciso]", "True")
    erin.select_option("[name=foreign_group]", "False")
    erin.select_option("[name=internet_ordering]", "True")
    erin.select_option("[name=transfers_abroad]", "False")
    keep_picture(erin, "firm-form")
    send(
        erin,
        name="穩健期貨股份有限公司",
        class_evidence="金管證期字第1110366117號",
        class_evidence_date="111/12/30",
        reason="首次建檔",
    )
    assert "main" in erin.content()

    # systems from a workbook: a bad row first, named and nothing saved; then the good one
    bad = [*SYSTEMS, ["bad code!", "壞列", "交易", "也許", "", "", "", "", ""]]
    erin.goto("/register/import/")
    erin.check("[name=table][value=systems]")
    erin.set_input_files(
        "[name=file]", {"name": "systems.xlsx", "mimeType": "application/xlsx", "buffer": workbook(bad)}
    )
    erin.locator("main form button.primary").first.click()
    keep_picture(erin, "import-bad")
    assert "FH-REG" in erin.content()
    erin.goto("/register/import/")
    erin.check("[name=table][value=systems]")
    erin.set_input_files(
        "[name=file]", {"name": "systems.xlsx", "mimeType": "application/xlsx", "buffer": workbook(SYSTEMS)}
    )
    erin.locator("main form button.primary").first.click()
    keep_picture(erin, "import-dry-run")
    erin.locator("main form button.primary").first.click()
    erin.wait_for_url(re.compile("/register/$"))
    assert "網路下單系統" in erin.content()
    keep_picture(erin, "register")

    # what narrows the scope waits for alice; then she approves it
    alice.goto("/approvals/")
    keep_picture(alice, "approvals")
    for link in [a.get_attribute("href") for a in alice.locator("main table a[href*='/approvals/']").all()]:
        alice.goto(str(link))
        decide(alice)

    # a real log, by the command line while the server runs
    log = tmp_path / "sshd.log"
    log.write_bytes(SSHD_LOG.read_bytes() if SSHD_LOG.exists() else OWN_LOG.encode())
    lines = len(log.read_text().splitlines())
    said = served.fanghu("log", "import", str(log), "--format", "openssh", "--source", "webtrade").stdout
    assert str(lines) in said.replace(",", "")
    again = served.fanghu("log", "import", str(log), "--format", "openssh", "--source", "webtrade").stdout
    assert str(lines) in again.replace(",", "")
    erin.goto("/log/?q=fztu")
    assert "fztu" in erin.content()
    keep_picture(erin, "log")

    # one clause attested by erin, approved by alice
    erin.goto("/assurance/attest/5.8/firm/")
    erin.set_input_files(
        "[name=document]", {"name": "應變程序.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 plan"}
    )
    keep_picture(erin, "attest")
    send(erin, statement="應變程序第三版，董事會核定，含人力、設備與聯絡資源。")
    alice.goto("/work/")
    keep_picture(alice, "work")
    alice.goto("/approvals/")
    alice.locator("main table a[href*='/approvals/']").first.click()
    keep_picture(alice, "approval")
    decide(alice)
    erin.goto("/clause/5.8/")
    keep_picture(erin, "clause-5.8")

    # the command line judges every duty on every subject
    rows = [json.loads(line) for line in served.fanghu("assess", "--format", "json").stdout.splitlines()]
    subjects = {row["subject"] for row in rows}
    assert subjects == {"firm", "system:fanghu", "system:webtrade", "system:quotes", "system:settle"}
    assert len({row["duty"] for row in rows}) == 83
    verdicts = {(row["duty"], row["subject"]): row for row in rows}
    assert verdicts["5.8", "firm"]["verdict"] == "met"
    assert verdicts["5.8", "firm"]["proof"] == ["attested"]
    one = {duty: verdicts[duty, "system:fanghu"]["verdict"] for duty in ("6.3", "6.5", "6.7a", "6.11")}
    assert one == dict.fromkeys(one, "met")
    assert verdicts["4.5", "system:fanghu"]["verdict"] == "not_met"  # until a second person confirms its fields
    assert verdicts["4.11", "system:fanghu"]["verdict"] == "unknown"
    assert verdicts["6.6", "system:settle"]["because"]["zh-Hant"]

    # the board shows it
    erin.goto("/")
    assert "網路下單系統" in erin.content()
    keep_picture(erin, "board")
    erin.goto("/clause/6.5/")
    keep_picture(erin, "clause-6.5")
    erin.goto("/system/fanghu/")
    keep_picture(erin, "system-one")

    # and the log holds together, checked without the server's help
    assert served.fanghu("log", "verify", str(served.home / "log")).returncode == 0
    assert served.fanghu("history", "verify").returncode == 0


def decide(page: Page) -> None:
    """Approve what the page shows."""
    page.check("[name=decision][value=approve]")
    page.check("[name=read]")
    page.locator("main form button.primary").first.click()


@pytest.mark.parametrize("name", ["sign-in"])
def test_sign_in_page_in_all_its_looks(visits: Visits, name: str) -> None:
    """Both languages, dark, and 400 pixels wide."""
    for language in ("zh-TW", "en-US"):
        for dark in (False, True):
            page = visits.person(language, dark=dark, width=400 if dark else 1200)
            page.goto("/sign-in/")
            keep_picture(page, f"{name}-{language}-{'dark-narrow' if dark else 'light'}")
            assert page.locator("h1").inner_text()
