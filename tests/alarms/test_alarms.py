"""From a failure to its closing: raised once, told, acted on by a person, closed only when it is over."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail

from fanghu.alarms import actions
from fanghu.alarms.models import Alarm, Telling
from fanghu.alarms.telling import tell_due, webhook_key
from fanghu.alarms.webhook import SIGNATURE, signed_by
from fanghu.approvals.actions import decide
from fanghu.events.doer import KEEPER, Doer
from fanghu.events.models import OutboxEvent
from fanghu.faults import Fault
from fanghu.register.actions import register_system_one
from fanghu.register.defining import ask_to_define
from fanghu.testimony import FIRM
from tests.alarms.catching import catching

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
PARAMS = {"source": "orders", "since": "2026-11-21T04:00:00+00:00", "every": 1440}
Sit = Callable[[str], Any]


def doer(account: Any) -> Doer:
    return Doer("console", account=str(account.pk), person=str(account.person_id))


def raised(now: datetime = NOW, key: str = "orders", **more: Any) -> Alarm:
    return actions.raise_alarm("source.silent", key, PARAMS, subject="system:fanghu", by=KEEPER, now=now, **more)


def deeds() -> list[str]:
    bodies = [
        json.loads(bytes(body))
        for body in OutboxEvent.objects.order_by("created_at", "pk").values_list("body", flat=True)
    ]
    return sorted(body["type"] for body in bodies if body["type"].startswith("alarm."))


@pytest.fixture
def people(cast: dict[str, Any], settings: Any) -> dict[str, Any]:
    """Erin and alice can get mail; so could dave, who owns nothing."""
    register_system_one(NOW)
    for name in ("erin", "alice", "dave"):
        person = cast[name].person
        person.email = f"{name}@firm.example"
        person.save()
    settings.EMAIL_HOST = "mail.firm.example"
    return cast


class TestLife:
    def test_one_failure_is_one_alarm(self, people: dict[str, Any]) -> None:
        first = raised()
        assert raised(NOW + timedelta(seconds=30)).pk == first.pk
        assert raised(key="mail").pk != first.pk
        assert deeds() == ["alarm.raised", "alarm.raised"]

    def test_it_is_closed_only_when_over_and_acted_on(self, people: dict[str, Any]) -> None:
        alarm, erin = raised(), doer(people["erin"])
        with pytest.raises(Fault, match="FH-ALM-03"):
            actions.close(alarm.pk, "all fine", by=erin, now=NOW)
        actions.end_alarm("source.silent", "orders", by=KEEPER, now=NOW)
        with pytest.raises(Fault, match="FH-ALM-04"):
            actions.close(alarm.pk, "it ended by itself", by=erin, now=NOW)
        with pytest.raises(Fault, match="FH-ALM-02"):
            actions.act(alarm.pk, "  ", by=erin, now=NOW)
        with pytest.raises(Fault, match="FH-ALM-06"):
            actions.act(alarm.pk, "restarted", by=KEEPER, now=NOW)
        actions.act(alarm.pk, "restarted rsyslog", by=erin, now=NOW)
        closed = actions.close(alarm.pk, "it was the certificate", by=erin, now=NOW)
        assert closed.state == "closed"
        with pytest.raises(Fault, match="FH-ALM-05"):
            actions.act(alarm.pk, "more", by=erin, now=NOW)
        assert deeds() == ["alarm.acted", "alarm.closed", "alarm.ended", "alarm.raised"]

    def test_what_comes_again_asks_for_an_act_again(self, people: dict[str, Any]) -> None:
        alarm, erin = raised(), doer(people["erin"])
        actions.act(alarm.pk, "restarted", by=erin, now=NOW)
        actions.end_alarm("source.silent", "orders", by=KEEPER, now=NOW)
        again = raised(NOW + timedelta(hours=1))
        assert (again.pk, again.times, again.acted_at, again.state) == (alarm.pk, 2, None, "open")
        actions.end_alarm("source.silent", "orders", by=KEEPER, now=NOW)
        with pytest.raises(Fault, match="FH-ALM-04"):
            actions.close(alarm.pk, "done", by=erin, now=NOW)

    def test_after_its_closing_it_is_another(self, people: dict[str, Any]) -> None:
        alarm, erin = raised(), doer(people["erin"])
        actions.end_alarm("source.silent", "orders", by=KEEPER, now=NOW)
        actions.act(alarm.pk, "restarted", by=erin, now=NOW)
        actions.close(alarm.pk, "done", by=erin, now=NOW)
        assert raised().pk != alarm.pk

    def test_there_is_nothing_to_end(self, people: dict[str, Any]) -> None:
        assert actions.end_alarm("source.silent", "orders", by=KEEPER, now=NOW) is None
        assert deeds() == []


class TestTelling:
    def test_mail_goes_to_those_responsible_in_both_tongues(self, people: dict[str, Any]) -> None:
        raised()
        assert mail.outbox == [], "nothing is sent inside the transaction"
        assert tell_due(NOW) == 1
        (letter,) = mail.outbox
        assert letter.bcc == ["erin@firm.example"], "the officer; system one has no owner"
        assert letter.to == []
        assert "來源中斷" in letter.subject and "Source silent" in letter.subject
        assert "2026-11-21 12:00:00" in letter.body, "Taipei time"
        assert "/alarms/" in letter.body
        assert Alarm.objects.get().told_at == NOW
        assert tell_due(NOW + timedelta(days=2)) == 0, "told once"
        assert "alarm.told" in deeds()

    def test_the_end_is_told_too(self, people: dict[str, Any]) -> None:
        raised()
        actions.end_alarm("source.silent", "orders", by=KEEPER, now=NOW)
        assert tell_due(NOW) == 2
        assert "Over: Source silent" in mail.outbox[1].subject

    def test_nobody_to_tell_is_tried_again_and_given_up_after_a_day(self, people: dict[str, Any]) -> None:
        person = people["erin"].person
        person.email = ""
        person.save()
        raised()
        at, tries = NOW, 0
        while Telling.objects.filter(given_up_at=None).exists():
            assert tell_due(at) == 0
            assert tell_due(at) == 0, "not due before its pause is over"
            at = max(at, Telling.objects.get().due_at)
            tries += 1
            assert tries < 60
        row = Telling.objects.get()
        assert row.given_up_at - row.since >= timedelta(days=1)
        assert row.tries == tries < 40
        assert deeds().count("alarm.told") == 1, "the failure is one event"
        assert Alarm.objects.get().told_at is None

    def test_the_webhook_the_firm_approved(self, people: dict[str, Any], settings: Any) -> None:
        settings.EMAIL_HOST = ""
        asked = ask_to_define(
            "alarm-webhook",
            FIRM,
            {"url": "https://localhost:9/hook", "inside": False},
            "chat",
            by=doer(people["erin"]),
            now=NOW,
        )
        decide(asked.pk, True, "read", by=doer(people["bob"]), now=NOW)
        raised()
        assert tell_due(NOW) == 0
        assert "this machine" in Telling.objects.get().problem, "loopback is refused unless the firm says so"

    @pytest.mark.parametrize(
        "url", ["http://x.example/", "https://", "https://a:b@x.example/", "https://x.example/#a", "https://x:99999/"]
    )
    def test_what_is_no_address_is_refused_at_once(self, people: dict[str, Any], url: str) -> None:
        with pytest.raises(Fault, match="FH-ALM-10"):
            ask_to_define("alarm-webhook", FIRM, {"url": url, "inside": True}, "x", by=doer(people["erin"]), now=NOW)

    def test_a_drills_alarm_goes_to_the_drill_alone(self, people: dict[str, Any]) -> None:
        with catching() as caught:
            actions.catch("run-1", caught.url)
            raised(run="run-1")
            assert tell_due(NOW) == 1
        ((headers, body),) = caught.posts
        assert signed_by(webhook_key(), body, headers[SIGNATURE])
        said = json.loads(body)
        assert (
            said["drill"] is True and said["kind"] == "source.silent" and said["said"]["en"]["name"] == "Source silent"
        )
        assert "firm.example" not in body.decode() and "erin" not in body.decode().lower(), "no personal data"
        assert mail.outbox == []
        assert actions.forget_run("run-1", by=KEEPER, now=NOW) == 0
        assert not Alarm.objects.exists() and not Telling.objects.exists()

    def test_a_receiver_that_fails_is_asked_again(self, people: dict[str, Any]) -> None:
        with catching() as caught:
            actions.catch("run-1", caught.url)
            raised(run="run-1")
            caught.status = 503
            assert tell_due(NOW) == 0
            assert tell_due(NOW + timedelta(seconds=1)) == 0
            caught.status = 200
            assert tell_due(NOW + timedelta(seconds=15)) == 1
        assert len(caught.posts) == 2


class TestPages:
    def test_from_the_list_to_the_closing(self, people: dict[str, Any], client_as: Sit) -> None:
        alarm = raised()
        erin = client_as("erin")
        listed = erin.get("/alarms/").content.decode()
        assert "Nothing has come from the source orders since 2026-11-21 12:00:00" in listed
        page = f"/alarms/{alarm.pk}/"
        assert erin.get(page).status_code == 200
        refused = erin.post(f"{page}act/", {"note": ""})
        assert refused.status_code == 400
        assert erin.post(f"{page}act/", {"note": "restarted it"}).status_code == 302
        early = erin.post(f"{page}close/", {"note": "done"})
        assert early.status_code == 400 and "FH-ALM-03" in early.content.decode()
        actions.end_alarm("source.silent", "orders", by=KEEPER, now=NOW)
        assert erin.post(f"{page}close/", {"note": "a certificate had run out"}).status_code == 302
        story = erin.get(page).content.decode()
        assert "restarted it" in story and "a certificate had run out" in story and "Erin" in story
        assert erin.get("/alarms/").content.decode().count("source orders") == 1

    def test_who_may_only_look(self, people: dict[str, Any], client_as: Sit) -> None:
        alarm = raised()
        carol = client_as("carol")
        assert "Record what was done" not in carol.get(f"/alarms/{alarm.pk}/").content.decode()
        assert carol.post(f"/alarms/{alarm.pk}/act/", {"note": "x"}).status_code == 403
        assert client_as("mallory").get("/alarms/").status_code == 302
        assert client_as("erin").get("/alarms/999/").status_code == 404

    def test_in_chinese_too(self, people: dict[str, Any], client_as: Sit) -> None:
        alarm = raised()
        erin = client_as("erin")
        page = erin.get(f"/alarms/{alarm.pk}/", headers={"accept-language": "zh-hant"}).content.decode()
        assert "來源中斷" in page and "2026-11-21 12:00:00" in page

    def test_it_waits_in_the_menu_and_in_my_work(self, people: dict[str, Any], client_as: Sit) -> None:
        raised()
        erin, carol = client_as("erin"), client_as("carol")
        assert "1 alarm waits for a person." in erin.get("/work/").content.decode()
        assert 'Alarms <span class="count">1</span>' in erin.get("/alarms/").content.decode()
        assert 'Alarms <span class="count">' not in carol.get("/alarms/").content.decode()


def test_the_key_that_receivers_check_with(people: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    from fanghu.cli.__main__ import main

    assert main(["alarms", "webhook-key"]) == 0
    assert capsys.readouterr().out.strip() == webhook_key().hex()
