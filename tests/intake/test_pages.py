"""The pages of sources, from declaring one to copying its configuration."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from fanghu.approvals.models import Approval
from fanghu.intake.models import ListenAddresses, Source, SourceGap, SourceToken
from fanghu.intake.plan import Listeners, Plan, place, write
from fanghu.intake.snippets import snippets
from tests.intake.conftest import NOW, declared

Sit = Callable[[str], Any]
FORM = {
    "name": "orders-ssh", "system": "orders", "format": "openssh", "ways": ["http", "syslog"], "every_minutes": "60",
    "addresses": "192.0.2.7\n192.0.2.8", "zone": "Asia/Taipei", "most_per_second": "0",
}  # fmt: skip


def test_declared_changed_and_asked_to_be_removed(house: dict[str, Any], client_as: Sit) -> None:
    erin = client_as("erin")
    assert "No source is declared yet" in erin.get("/sources/").content.decode()
    wrong = erin.post("/sources/new/", {**FORM, "addresses": "nonsense"})
    assert wrong.status_code == 400 and "FH-SRC-05" in wrong.content.decode()
    assert erin.post("/sources/new/", FORM).status_code == 302
    row = Source.objects.get()
    assert (row.every_seconds, row.addresses) == (3_600, ["192.0.2.7/32", "192.0.2.8/32"])
    assert "awaited" in erin.get("/sources/").content.decode()
    page = f"/sources/{row.pk}/change/"
    assert "192.0.2.7/32" in erin.get(page).content.decode()
    assert erin.post(page, {**FORM, "every_minutes": "30"})["Location"] == f"/sources/{row.pk}/"
    silencing = erin.post(page, {**FORM, "every_minutes": "90", "reason": "it is slow at night"})
    assert silencing["Location"] == f"/approvals/{Approval.objects.get().pk}/"
    shown = client_as("bob").get(silencing["Location"]).content.decode()
    assert "30 min" in shown and "90 min" in shown and "it is slow at night" in shown
    removal = erin.post(f"/sources/{row.pk}/remove/", {"reason": "switched off"})
    assert removal.status_code == 302 and Source.objects.get().removed_at is None


def test_a_token_is_shown_once(house: dict[str, Any], client_as: Sit) -> None:
    row, alice = declared(), client_as("alice")
    answer = alice.post(f"/sources/{row.pk}/token/", {"label": "web1", "days": "30"})
    token = re.search(r"fht_[\w-]{43}", answer.content.decode())
    assert token and answer["Cache-Control"] == "no-store"
    again = alice.get(f"/sources/{row.pk}/").content.decode()
    assert token[0] not in again and "web1" in again
    assert alice.post(f"/sources/{row.pk}/token/", {"label": "x", "days": "366"}).status_code == 400
    assert alice.post(f"/sources/{row.pk}/token/{SourceToken.objects.get().pk}/revoke/").status_code == 302
    assert SourceToken.objects.get().revoked_at is not None


def test_who_may_only_look(house: dict[str, Any], client_as: Sit) -> None:
    row, carol = declared(), client_as("carol")
    page = carol.get(f"/sources/{row.pk}/").content.decode()
    assert "Make a token" not in page
    assert carol.get("/sources/new/").status_code == carol.get("/sources/listen/").status_code == 403
    assert carol.post(f"/sources/{row.pk}/token/", {"label": "x", "days": "1"}).status_code == 403
    assert client_as("mallory").get("/sources/").status_code == 302
    assert carol.get("/sources/999/").status_code == 404


def test_a_gap_and_its_cause_are_shown(house: dict[str, Any], client_as: Sit) -> None:
    row = declared()
    SourceGap.objects.create(cause="source.silent", key=row.name, source=row, began_at=NOW, noticed_at=NOW)
    SourceGap.objects.create(cause="log.waiting", key="relay", began_at=NOW, noticed_at=NOW, ended_at=NOW)
    carol = client_as("carol")
    listed = carol.get("/sources/").content.decode()
    assert "Source silent" in listed and "Events not reaching the log" in listed
    chinese = carol.get(f"/sources/{row.pk}/", headers={"accept-language": "zh-hant"}).content.decode()
    assert "來源中斷" in chinese and "60 分鐘" in chinese


def test_where_the_intake_listens(house: dict[str, Any], client_as: Sit) -> None:
    alice = client_as("alice")
    assert alice.post("/sources/listen/", {"http": "localhost:1"}).status_code == 400
    assert alice.post("/sources/listen/", {"http": "127.0.0.1:8500"})["Location"] == "/sources/"
    assert ListenAddresses.objects.get().http == "127.0.0.1:8500"
    outside = alice.post("/sources/listen/", {"http": "0.0.0.0:8500", "reason": "the branches"})
    assert outside["Location"].startswith("/approvals/")


class TestSnippets:
    LISTEN = Listeners(
        http="192.0.2.1:8444", syslog_tls="192.0.2.1:6514", syslog_tcp="127.0.0.1:8514", syslog_udp="127.0.0.1:8514"
    )

    def test_each_open_way_has_its_own(self) -> None:
        found = {
            each.title: each.text for each in snippets("orders", ["http", "otlp", "syslog", "journal"], self.LISTEN)
        }
        assert set(found) == {
            "rsyslog (TLS)",
            "logger",
            "curl",
            "OpenTelemetry Collector",
            "journald",
            "cron (4.9, 4.11)",
        }
        assert 'target="192.0.2.1" port="6514"' in found["rsyslog (TLS)"]
        assert "https://192.0.2.1:8444/v1/records" in found["curl"]
        assert "https://192.0.2.1:8444/v1/logs" in found["OpenTelemetry Collector"]

    def test_what_is_closed_has_none(self) -> None:
        assert list(snippets("orders", ["http", "otlp", "syslog", "follow"], Listeners())) == []

    def test_they_stand_on_the_page(self, house: dict[str, Any], client_as: Sit, settings: Any) -> None:
        row = declared()
        write(place(settings.HOME), Plan(listen=self.LISTEN))
        page = client_as("carol").get(f"/sources/{row.pk}/").content.decode()
        assert "RSYSLOG_SyslogProtocol23Format" in page and "Bearer TOKEN" in page


@pytest.mark.parametrize("language", ["en", "zh-hant"])
def test_every_page_in_both_tongues(house: dict[str, Any], client_as: Sit, language: str) -> None:
    row, erin = declared(), client_as("erin")
    for path in ("/sources/", "/sources/new/", "/sources/listen/", f"/sources/{row.pk}/", f"/sources/{row.pk}/change/"):
        assert erin.get(path, headers={"accept-language": language}).status_code == 200, path
