"""What the firm must define: one person asks, a second one approves, and every version stays."""

from __future__ import annotations

import pytest
from django.utils.translation import override

from fanghu.approvals.actions import decide, withdraw
from fanghu.faults import Fault
from fanghu.register import definitions as found
from fanghu.register.actions import register_system, register_system_one
from fanghu.register.collectors import marker
from fanghu.register.defining import ask_to_confirm_defaults, ask_to_define, ask_to_define_all
from fanghu.register.defining_fields import complete, hours, written
from fanghu.register.defining_forms import DefiningForm
from fanghu.register.definition import NO_LIMIT, Definition, Field
from fanghu.register.models import DefinedValue
from fanghu.register.problems import CellFault
from fanghu.testimony import FIRM, Subject

ONE = Subject.system("fanghu")
DEFAULT = {"years": 3, "cycle": "daily", "hours": ["1-5 07:00-19:00"], "idle": 15, "sources": [], "sealed": True}


def refuse_short(value):
    if value["years"] < 3:
        raise Fault("FH-TST-01", "Three years at least.", "至少三年。")


KEEPING = Definition(
    "keeping", "4.1", "Retention", "How long records are kept.",
    (
        Field("years", "Years", "number"),
        Field("cycle", "Cycle", "choice", choices=(("daily", "daily"), ("weekly", "weekly"))),
        Field("hours", "Hours", "hours", optional=True),
        Field("idle", "Idle minutes", "number", unlimited=True),
        Field("sources", "Sources", "lines", optional=True),
        Field("sealed", "Sealed", "yesno"),
    ),
    lambda system: dict(DEFAULT) if system is None or system.slug == "fanghu" else None,
    refuse_short,
)  # fmt: skip
CLOCK = Definition(
    "clock", "4.9", "Clock", "Which servers.", (Field("servers", "Servers", "lines"),),
    lambda system: {"servers": ["time.stdtime.gov.tw"]}, lambda value: None, per_system=False,
)  # fmt: skip


@pytest.fixture
def house(monkeypatch, cast, now):
    """System one, and two definitions that an app could bring."""
    monkeypatch.setattr(found, "definitions", lambda: {"keeping": KEEPING, "clock": CLOCK})
    monkeypatch.setattr("fanghu.register.defining.definitions", lambda: {"keeping": KEEPING, "clock": CLOCK})
    register_system_one(now)
    return cast


def test_nothing_is_defined_until_a_second_person_approves(house, doer, now, events):
    erin, alice, before = doer(house["erin"]), doer(house["alice"]), marker()
    assert found.defined("keeping", [ONE]) == {}
    asked = ask_to_define("keeping", ONE, DEFAULT, "檢視後採用", by=erin, now=now)
    assert found.defined("keeping", [ONE]) == {}
    with pytest.raises(Fault, match="FH-APR"):
        decide(asked.pk, True, "", by=erin, now=now)
    decide(asked.pk, True, "", by=alice, now=now)
    value = found.defined("keeping", [ONE, Subject.system("nowhere")])
    assert list(value) == [ONE]
    assert value[ONE].value == DEFAULT
    assert (value[ONE].version, value[ONE].approved_at) == (1, now)
    assert value[ONE].asked_by == erin.person
    assert value[ONE].approved_by == alice.person
    assert [event["type"] for event in events()][-2:] == ["approval.asked", "approval.granted"]
    assert events("approval.granted")[0]["detail"]["definitions"][0].startswith("keeping system:fanghu 1 ")
    assert marker() != before  # so that the engine judges again at once


def test_the_defaults_are_one_request_and_one_decision(house, doer, now, events):
    asked = ask_to_confirm_defaults("檢視後採用", by=doer(house["erin"]), now=now)
    assert {item["key"] for item in asked.payload["definitions"]} == {"keeping", "clock"}
    with pytest.raises(Fault, match="FH-REG-65"):
        ask_to_confirm_defaults("再一次", by=doer(house["alice"]), now=now)
    decide(asked.pk, True, "", by=doer(house["alice"]), now=now)
    assert found.defined("keeping", [ONE])[ONE].value == DEFAULT
    assert found.defined("clock", [ONE, FIRM])[FIRM].value == {"servers": ["time.stdtime.gov.tw"]}
    assert len(events("approval.granted")) == 1
    assert not any(standing.confirmable for standing in found.standings())


def test_a_change_is_a_new_version_and_an_overtaken_request_lapses(house, doer, now):
    erin, alice = doer(house["erin"]), doer(house["alice"])
    first = ask_to_define("keeping", ONE, DEFAULT, "一", by=erin, now=now)
    other = ask_to_define("keeping", ONE, {**DEFAULT, "years": 5}, "二", by=erin, now=now)
    decide(other.pk, True, "", by=alice, now=now)
    assert decide(first.pk, True, "", by=alice, now=now).state == "lapsed"
    assert found.defined("keeping", [ONE])[ONE].value["years"] == 5
    again = ask_to_define("keeping", ONE, DEFAULT, "三", by=erin, now=now)
    decide(again.pk, True, "", by=alice, now=now)
    assert [row.version for row in found.versions("keeping", ONE)] == [2, 1]
    assert found.defined("keeping", [ONE])[ONE].version == 2
    assert found.newest("keeping") != found.newest("clock")


@pytest.mark.parametrize(
    ("value", "reason", "code"),
    [
        ({**DEFAULT, "years": 2}, "x", "FH-TST-01"),
        ({**DEFAULT, "years": None}, "x", "FH-REG-20"),
        ({**DEFAULT, "idle": None}, "x", "FH-REG-66"),
        ({**DEFAULT, "cycle": "yearly"}, "x", "FH-REG-22"),
        (DEFAULT, " ", "FH-REG-54"),
    ],
)
def test_what_may_not_be_is_refused_and_asks_nobody(house, doer, now, events, value, reason, code):
    with pytest.raises(Fault, match=code):
        ask_to_define("keeping", ONE, value, reason, by=doer(house["erin"]), now=now)
    assert events("approval.asked") == []


def test_the_same_value_is_asked_for_once(house, doer, now):
    erin = doer(house["erin"])
    asked = ask_to_define("keeping", ONE, DEFAULT, "x", by=erin, now=now)
    with pytest.raises(Fault, match="FH-REG-61"):
        ask_to_define("keeping", ONE, DEFAULT, "x", by=doer(house["alice"]), now=now)
    withdraw(asked.pk, by=erin, now=now)
    asked = ask_to_define("keeping", ONE, DEFAULT, "x", by=erin, now=now)
    decide(asked.pk, True, "", by=doer(house["alice"]), now=now)
    with pytest.raises(Fault, match="FH-REG-62"):
        ask_to_define("keeping", ONE, DEFAULT, "x", by=erin, now=now)
    with pytest.raises(Fault, match="FH-REG-60"):
        ask_to_define("keeping", Subject.system("nowhere"), DEFAULT, "x", by=erin, now=now)


def test_a_definition_is_due_where_its_duty_binds(house, doer, now):
    erin, alice = doer(house["erin"]), doer(house["alice"])
    register_system({"slug": "mail", "name": "Mail", "kind": "office"}, by=erin, now=now)
    places = {(each.definition.key, str(each.subject)): each for each in found.standings()}
    assert set(places) == {("keeping", "system:fanghu"), ("keeping", "system:mail"), ("clock", "firm")}
    assert not places["keeping", "system:mail"].confirmable  # no default is shipped for it
    with pytest.raises(Fault, match="FH-REG-20"):
        ask_to_define_all({("keeping", "system:mail"): {}}, "x", by=erin, now=now)
    waiting = register_system(
        {"slug": "wiki", "name": "Wiki", "kind": "office", "is_core": False, "not_core_reason": "內部"},
        by=erin,
        now=now,
    )[1].approval
    decide(waiting.pk, True, "", by=alice, now=now)
    assert ("keeping", "system:wiki") not in {(e.definition.key, str(e.subject)) for e in found.standings()}


@pytest.mark.parametrize(
    ("rule", "days", "start", "until"),
    [
        ("1-5 07:00-19:00", {1, 2, 3, 4, 5}, 420, 1140),
        ("週一至週五 7:00~19:00", {1, 2, 3, 4, 5}, 420, 1140),
        ("Sat 00:00-24:00", {6}, 0, 1440),
        ("6-1 22:00-06:00", {6, 7, 1}, 1320, 360),
    ],
)
def test_hours_are_read(rule, days, start, until):
    assert (hours(rule).days, hours(rule).start, hours(rule).until) == (days, start, until)


@pytest.mark.parametrize("rule", ["", "often", "8 07:00-09:00", "1-5 25:00-26:00", "1-5 07:00", "1-5 24:00-24:30"])
def test_what_is_no_hours_is_said(rule):
    with pytest.raises(CellFault, match="FH-REG-63"):
        hours(rule)


def test_the_form_gives_back_what_it_shows():
    def sent(**changed):
        posted = {
            "years": "3", "cycle": "daily", "hours": "一至五 07:00-19:00", "idle": "15", "sources": "", "sealed": "True",
            "reason": "採用",
        } | changed  # fmt: skip
        return DefiningForm(KEEPING, None, posted)

    form = sent()
    assert form.is_valid(), form.errors
    assert complete(KEEPING, form.value()) == DEFAULT
    form = sent(idle="", idle_no_limit="on", sources="10.0.0.0/8\n\n192.168.1.1")
    assert form.is_valid(), form.errors
    assert (form.value()["idle"], form.value()["sources"]) == (NO_LIMIT, ["10.0.0.0/8", "192.168.1.1"])
    for wrong, name in ((sent(idle=""), "idle"), (sent(idle_no_limit="on"), "idle"), (sent(years="many"), "years"),
                        (sent(years=""), "years"), (sent(hours="often"), "hours"), (sent(reason=""), "reason"),
                        (sent(sealed=""), "sealed"), (sent(years="nan"), "years")):  # fmt: skip
        assert list(wrong.errors) == [name]


def test_values_are_written_for_people():
    fields = {field.name: field for field in KEEPING.fields}
    with override("zh-hant"):
        assert written(fields["hours"], ["1-5 07:00-19:00"]) == "週一–週五 07:00–19:00"
        assert written(fields["idle"], NO_LIMIT) == "不設限制"
        assert written(fields["sources"], []) == "—"
        assert written(fields["sealed"], False) == "否"


def test_erin_confirms_the_defaults_and_alice_approves_on_the_pages(house, client_as, monkeypatch):
    monkeypatch.setattr("fanghu.register.defining_views.standings", found.standings)
    erin, alice = client_as("erin"), client_as("alice")
    page = erin.get("/register/definitions/").content.decode()
    assert "Retention" in page
    assert "not defined" in page
    shown = erin.get("/register/definitions/defaults/").content.decode()
    assert "time.stdtime.gov.tw" in shown
    assert erin.post("/register/definitions/defaults/", {"reason": "檢視後採用"}).status_code == 302
    asked = found.standings()[0].waiting[0]
    assert "time.stdtime.gov.tw" in alice.get(f"/approvals/{asked.pk}/").content.decode()
    form = {"shown": asked.content_hash, "decision": "approve", "read": "on"}
    assert alice.post(f"/approvals/{asked.pk}/", form).status_code == 302
    assert DefinedValue.objects.count() == 2
    page = erin.get("/register/definitions/keeping/system:fanghu/").content.decode()
    assert "Version 1" in page
    assert "Alice" in page
    posted = {"years": "2", "cycle": "daily", "hours": "", "idle": "9", "sealed": "True", "reason": "x"}
    refused = erin.post("/register/definitions/keeping/system:fanghu/", posted)
    assert "FH-TST-01" in refused.content.decode()
    assert erin.post("/register/definitions/keeping/system:fanghu/", posted | {"years": "4"}).status_code == 302
    carol = client_as("carol")
    assert "Ask a second person" not in carol.get("/register/definitions/keeping/system:fanghu/").content.decode()
    assert "FH-REG-58" in carol.post("/register/definitions/keeping/system:fanghu/", posted).content.decode()
    assert carol.get("/register/definitions/keeping/system:none/").status_code == 400
    assert carol.get("/register/definitions/defaults/").status_code == 403
