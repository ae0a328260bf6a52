"""The guided first run, by two people, on a fresh product: at its end system one is Met at its proof, or says why not."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.journeys.clock import Clocked
from tests.journeys.conftest import Visits, keep_picture
from tests.journeys.people import enrol_first, first_sign_in, send, sign_in_again

DUTIES = (
    "3.4", "3.5a", "3.5b", "3.10", "4.1", "4.2", "4.5", "4.6", "4.8", "4.9", "4.10", "4.11", "6.1", "6.2", "6.3", "6.4",
    "6.5", "6.7a", "6.8a", "6.10", "6.11", "7.6", "8.1", "8.3",
)  # fmt: skip
"""What the guided first run must leave true of system one."""
OUTSIDE = {"4.9": "clock", "6.2": "outside", "4.11": "off the machine", "8.1": "flow"}
"""What Fanghu cannot make itself, by duty, and the word of the sentence that must say so where it is missing."""
PATIENCE = 400.0


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clocked]:
    """A fresh product of its own, by a clock that the story moves."""
    product = Clocked(tmp_path_factory.mktemp("home"))
    product.start()
    yield product
    product.stop()


def test_the_first_run(visits: Visits, served: Clocked) -> None:
    assert first_run(served)["next"] == "administrator"
    alice, erin = visits.person(), visits.person()
    assert served.enrolment is not None
    enrol_first(alice, served.enrolment, name="林愛麗", number="A001", login_id="alice")
    alice.wait_for_url(served.url + "/")
    assert "首次設定" in alice.content()
    assert first_run(served)["next"] == "officer"

    # the second person: registered, given an account, signed in
    follow(alice, "登錄人員")
    send(alice, number="E001", name="陳怡君", department="資安室")
    follow(alice, "建立帳號")
    alice.select_option("[name=person]", value=str(alice.locator("option", has_text="陳怡君").get_attribute("value")))
    alice.check("[name=roles][value=officer]")
    send(alice, login_id="erin")
    given = alice.locator("code").first.inner_text()
    waiting = first_run(served)
    assert (waiting["next"], step(waiting, "officer")["waits"]) == ("officer", True)
    app = first_sign_in(erin, "erin", given, factor=True)
    assert app is not None
    erin.wait_for_url(served.url + "/")

    # the firm: what narrows the duties waits for alice
    assert first_run(served)["next"] == "firm"
    follow(erin, "填寫公司基本事實")
    erin.check("[name=kind][value=futures_firm]")
    erin.select_option("[name=has_ciso]", "True")
    for name, value in (("foreign_group", "False"), ("internet_ordering", "True"), ("transfers_abroad", "False")):
        erin.select_option(f"[name={name}]", value)
    send(
        erin, name="穩健期貨股份有限公司", class_evidence="金管證期字第1110366117號",
        class_evidence_date="111/12/30", reason="首次建檔",
    )  # fmt: skip
    if first_run(served)["next"] == "firm":
        follow(alice, "簽核申請")
        alice.locator("main table a[href*='/approvals/']").first.click()
        approve(alice)

    # the shipped defaults: erin reviews and asks, alice confirms
    assert first_run(served)["next"] == "defaults"
    follow(erin, "檢視預設值")
    keep_picture(erin, "first-run-defaults")
    send(erin, reason="逐項檢視後採用。")
    assert first_run(served)["next"] == "confirmed"
    follow(alice, "簽核申請")
    keep_picture(alice, "first-run-approval")
    approve(alice)
    assert step(first_run(served), "confirmed")["done"]

    # the drills, some of which wait for the end of a lock or an idle session: erin is signed out meanwhile, and returns
    alice.goto("/first-run/")
    keep_picture(alice, "first-run")
    every_drill_runs(served)
    erin.goto("/")
    assert "/sign-in/" in erin.url
    app.now = served.now
    sign_in_again(erin, "erin", app)
    erin.goto("/first-run/")
    keep_picture(erin, "first-run-done")
    erin.goto("/assurance/drills/")
    keep_picture(erin, "drills")
    erin.locator("main").get_by_role("link", name="lockout").click()
    keep_picture(erin, "drill")
    erin.goto("/system/fanghu/")
    keep_picture(erin, "system-one")
    said = served.fanghu("first-run", check=False)
    assert said.returncode == 0, said.stdout

    # the verdicts
    rows = [json.loads(line) for line in served.fanghu("assess", "--format", "json").stdout.splitlines()]
    one = {row["duty"]: row for row in rows if row["subject"] == "system:fanghu"}
    wrong = {duty: told(one[duty]) for duty in DUTIES if not stands(one[duty])}
    assert not wrong, "\n".join([*(f"{duty} {line}" for duty, line in wrong.items()), *stumbles(served)])
    assert served.fanghu("log", "verify", str(served.home / "log")).returncode == 0
    assert served.fanghu("history", "verify").returncode == 0


def stands(row: dict[str, Any]) -> bool:
    """Met at its proof; or not, with exactly the outside thing named that is missing."""
    if row["verdict"] == "met":
        return set(row["target_proof"]) <= set(row["proof"])
    return OUTSIDE.get(row["duty"], "\0") in row["because"]["en"] and bool(row["because"]["zh-Hant"])


def told(row: dict[str, Any]) -> str:
    """A verdict in one line."""
    return f"{row['verdict']} {row['proof']} of {row['target_proof']}: {row['because']['en']}"


def every_drill_runs(served: Clocked) -> None:
    """Run every drill that the keeper has not started yet, and let the time go on for those that wait for it."""
    for drill in listed(served):  # the keeper has begun with them; this only saves waiting for its next look
        if drill["result"] is None and drill["under_way"] is None:
            served.fanghu("drill", "run", drill["name"], check=False)
    end, moved = time.monotonic() + PATIENCE, 0.0
    while time.monotonic() < end:
        open_ones = [drill for drill in listed(served) if drill["result"] is None]
        if not open_ones:
            return
        if all(drill["under_way"] == "waiting" for drill in open_ones):
            left = min(datetime.fromisoformat(drill["resume_at"]) for drill in open_ones) - served.now()
            if left > SHORT:
                served.wait_until(served.now() + left + SOON)
                moved = time.monotonic()
            elif left > STRIDE_FROM and time.monotonic() - moved > BREATH:
                served.wait_until(served.now() + min(STRIDE, left - REST))
                moved = time.monotonic()
        time.sleep(1)
    raise AssertionError([(drill["name"], drill["under_way"], drill["resume_at"]) for drill in listed(served)])


SHORT, SOON = timedelta(minutes=2), timedelta(seconds=0.2)
"""In a short wait other jobs of the keeper have work to do for the drill, so it is not skipped whole."""
STRIDE, BREATH = timedelta(seconds=31), 8.0
"""Its time goes in strides that every such job (each half minute) takes part in, with real seconds to work in each."""
STRIDE_FROM, REST = timedelta(seconds=20), timedelta(seconds=6)
"""The last seconds, and a drill's second and later looks, are really waited for."""


def listed(served: Clocked) -> list[dict[str, Any]]:
    return list(json.loads(served.fanghu("drill", "list", "--format", "json").stdout))


def stumbles(served: Clocked) -> list[str]:
    """What drills saw that they did not expect."""
    return [
        f"{drill['name']} {step['at']} {step['name']}: {step['seen']} {step.get('params') or ''}"
        for drill in listed(served) if drill["result"] != "passed" for step in drill["steps"] if not step["ok"]
    ]  # fmt: skip


def first_run(served: Clocked) -> dict[str, Any]:
    """What the command says; its code tells whether steps remain."""
    ended = served.fanghu("first-run", "--format", "json", check=False)
    found: dict[str, Any] = json.loads(ended.stdout)
    assert ended.returncode == (0 if found["done"] else 1)
    return found


def step(found: dict[str, Any], key: str) -> dict[str, Any]:
    return next(each for each in found["steps"] if each["key"] == key)


def follow(page: Page, words: str) -> None:
    """From the first run's page to where a step is done."""
    page.goto("/first-run/")
    page.locator("main").get_by_role("link", name=words).first.click()


def approve(page: Page) -> None:
    """Approve what the page shows."""
    page.check("[name=decision][value=approve]")
    page.check("[name=read]")
    page.locator("main form button.primary").first.click()
