"""Sources: declared at once, silenced by two; tokens shown once; the plan follows."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from fanghu.approvals.actions import decide
from fanghu.approvals.models import Approval
from fanghu.events.doer import KEEPER
from fanghu.events.models import OutboxEvent
from fanghu.faults import Fault
from fanghu.intake import actions
from fanghu.intake.models import Source, SourceToken
from fanghu.intake.plan import Listeners, Plan, place, read_plan
from fanghu.intake.planning import keep_plan
from fanghu.intake.planning import plan as plan_of
from tests.intake.conftest import DAY, NOW, declared, doer, values

LISTEN = {"http": "", "syslog_tls": "", "syslog_tcp": "", "syslog_udp": "", "clients": ""}


def granted(asked: Any, by: Any) -> Approval:
    assert isinstance(asked, Approval)
    return decide(asked.pk, True, "read", by=doer(by), now=NOW)


def bodies() -> list[str]:
    return [bytes(body).decode() for body in OutboxEvent.objects.values_list("body", flat=True)]


class TestDeclaring:
    def test_what_is_declared_is_expected_and_planned(self, house: dict[str, Any]) -> None:
        row = declared()
        (planned,) = plan_of(NOW, Plan()).sources
        assert (planned.name, planned.ways, planned.addresses) == ("orders-ssh", ["http", "syslog"], ["192.0.2.7/32"])
        assert row.every_seconds == 3_600
        (body,) = [each for each in map(json.loads, bodies()) if each["type"] == "source.declared"]
        assert body["object"] == "source:orders-ssh"
        assert body["detail"]["system"] == "orders" and body["detail"]["expected_seconds"] == 3_600

    @pytest.mark.parametrize(
        ("code", "more"),
        [
            ("FH-SRC-01", {"system": "nowhere"}),
            ("FH-SRC-05", {"addresses": ["mail.example"]}),
            ("FH-SRC-06", {"ways": []}),
            ("FH-SRC-07", {"addresses": []}),
            ("FH-SRC-08", {"every_seconds": 0}),
            ("FH-SRC-08", {"every_seconds": 32 * 86_400}),
            ("FH-SRC-09", {"hours_from": "8"}),
            ("FH-SRC-09", {"hours_from": "08:00"}),
            ("FH-SRC-12", {"certificates": ["nonsense"]}),
            ("FH-SRC-15", {"ways": ["follow"], "paths": ["var/log"]}),
            ("FH-SRC-16", {"ways": ["follow"]}),
            ("FH-SRC-16", {"ways": ["journal"]}),
            ("FH-SRC-18", {"zone": "Mars/Base"}),
            ("FH-SRC-19", {"format": "nonsense"}),
        ],
    )  # fmt: skip
    def test_what_cannot_be_is_refused(self, house: dict[str, Any], code: str, more: dict[str, Any]) -> None:
        with pytest.raises(Fault, match=code):
            declared(**more)
        assert not Source.objects.exists()

    @pytest.mark.parametrize("name", ["", "Orders", "a b", "-a", "a/b", "fanghu", "intake", "x" * 61])
    def test_what_is_no_name(self, house: dict[str, Any], name: str) -> None:
        with pytest.raises(Fault, match=r"FH-SRC-0[34]"):
            declared(name)

    def test_a_name_is_taken_once(self, house: dict[str, Any]) -> None:
        row = declared()
        with pytest.raises(Fault, match="FH-SRC-04"):
            declared()
        granted(actions.ask_removal(row.pk, "gone", by=doer(house["erin"]), now=NOW), house["bob"])
        assert declared().pk != row.pk, "what was removed may be declared anew"


class TestSilencing:
    def test_to_widen_is_done_at_once(self, house: dict[str, Any]) -> None:
        row = declared()
        assert (
            actions.change(row.pk, values(ways=["http", "syslog", "otlp"]), "", by=doer(house["alice"]), now=NOW)
            is None
        )
        assert Source.objects.get().ways == ["http", "otlp", "syslog"]

    @pytest.mark.parametrize("more", [{"every_seconds": 7_200}, {"ways": ["http"]}, {"hosts": ["web1"]}])
    def test_to_silence_takes_two(self, house: dict[str, Any], more: dict[str, Any]) -> None:
        row = declared()
        with pytest.raises(Fault, match="FH-SRC-10"):
            actions.change(row.pk, values(**more), " ", by=doer(house["erin"]), now=NOW)
        asked = actions.change(row.pk, values(**more), "too much noise", by=doer(house["erin"]), now=NOW)
        assert not any(getattr(Source.objects.get(), name) == value for name, value in more.items())
        with pytest.raises(Fault, match="FH-APR"):
            granted(asked, house["erin"])
        granted(asked, house["bob"])
        assert all(getattr(Source.objects.get(), name) == value for name, value in more.items())

    def test_removal_takes_two_and_closes_every_way(self, house: dict[str, Any]) -> None:
        row = declared()
        asked = actions.ask_removal(row.pk, "switched off", by=doer(house["erin"]), now=NOW)
        assert len(plan_of(NOW, Plan()).sources) == 1
        granted(asked, house["bob"])
        assert plan_of(NOW, Plan()) == Plan()
        with pytest.raises(Fault, match="FH-SRC-02"):
            actions.make_token(row.pk, "", NOW + DAY, by=KEEPER, now=NOW)

    def test_a_request_lapses_when_the_source_changed(self, house: dict[str, Any]) -> None:
        row = declared()
        asked = actions.ask_removal(row.pk, "off", by=doer(house["erin"]), now=NOW)
        actions.change(row.pk, values(format="nginx"), "", by=doer(house["alice"]), now=NOW)
        assert granted(asked, house["bob"]).state == "lapsed"
        assert Source.objects.get().removed_at is None

    def test_nothing_to_change(self, house: dict[str, Any]) -> None:
        with pytest.raises(Fault, match="FH-SRC-11"):
            actions.change(declared().pk, values(), "x", by=doer(house["erin"]), now=NOW)


class TestTokens:
    def test_only_its_hash_is_kept_and_planned_until_it_ends(self, house: dict[str, Any]) -> None:
        row = declared()
        token = actions.make_token(row.pk, "web1", NOW + DAY, by=doer(house["alice"]), now=NOW)
        digest = hashlib.sha256(token.encode()).hexdigest()
        assert token.startswith("fht_") and SourceToken.objects.get().sha256 == digest
        assert any("token.made" in body for body in bodies())
        assert not any(token in body or digest in body for body in bodies())
        assert plan_of(NOW, Plan()).sources[0].tokens == [digest]
        assert plan_of(NOW + DAY, Plan()).sources[0].tokens == [], "expired"
        actions.revoke_token(row.pk, SourceToken.objects.get().pk, by=doer(house["alice"]), now=NOW)
        actions.revoke_token(row.pk, SourceToken.objects.get().pk, by=doer(house["alice"]), now=NOW)
        assert plan_of(NOW, Plan()).sources[0].tokens == [], "revoked"

    @pytest.mark.parametrize("days", [-1, 0, 366])
    def test_a_year_at_the_longest(self, house: dict[str, Any], days: int) -> None:
        with pytest.raises(Fault, match="FH-SRC-13"):
            actions.make_token(declared().pk, "", NOW + timedelta(days=days), by=KEEPER, now=NOW)

    def test_the_token_of_another_source(self, house: dict[str, Any]) -> None:
        one, two = declared(), declared("orders-web")
        actions.make_token(one.pk, "", NOW + DAY, by=KEEPER, now=NOW)
        with pytest.raises(Fault, match="FH-SRC-02"):
            actions.revoke_token(two.pk, SourceToken.objects.get().pk, by=KEEPER, now=NOW)


class TestListening:
    def test_nothing_listens_that_nobody_uses(self, house: dict[str, Any]) -> None:
        declared(ways=["import"])
        assert plan_of(NOW, Plan()).listen == Listeners()

    def test_what_is_used_listens_on_this_machine_and_stays_there(self, house: dict[str, Any]) -> None:
        declared(ways=["http"])
        first = plan_of(NOW, Plan())
        assert first.listen.http.startswith("127.0.0.1:") and first.listen.syslog_tls == ""
        assert plan_of(NOW, Plan(listen=Listeners(http="127.0.0.1:9999"))).listen.http == "127.0.0.1:9999"

    def test_on_this_machine_it_is_set_at_once(self, house: dict[str, Any]) -> None:
        declared(ways=["http"])
        assert actions.listen({**LISTEN, "http": "127.0.0.1:7777"}, "", by=doer(house["alice"]), now=NOW) is None
        assert plan_of(NOW, Plan()).listen.http == "127.0.0.1:7777"

    def test_beyond_it_a_second_person_decides(self, house: dict[str, Any]) -> None:
        declared()
        wanted = {**LISTEN, "syslog_tls": "0.0.0.0:6514"}
        asked = actions.listen(wanted, "the branch offices send here", by=doer(house["erin"]), now=NOW)
        assert plan_of(NOW, Plan()).listen.syslog_tls.startswith("127.0.0.1:")
        granted(asked, house["bob"])
        assert plan_of(NOW, Plan()).listen.syslog_tls == "0.0.0.0:6514"
        closing = actions.listen(LISTEN, "no longer", by=doer(house["erin"]), now=NOW)
        assert isinstance(closing, Approval), "to close a listener silences whoever uses it"

    @pytest.mark.parametrize(
        ("code", "more"),
        [
            ("FH-SRC-14", {"http": "localhost:1"}),
            ("FH-SRC-17", {"syslog_tcp": "0.0.0.0:514"}),
            ("FH-SRC-17", {"syslog_udp": "192.0.2.1:514"}),
            ("FH-SRC-20", {"clients": "nonsense"}),
            ("FH-SRC-11", {}),
        ],
    )
    def test_what_is_refused(self, house: dict[str, Any], code: str, more: dict[str, str]) -> None:
        with pytest.raises(Fault, match=code):
            actions.listen({**LISTEN, **more}, "x", by=doer(house["erin"]), now=NOW)


class TestPlan:
    def test_it_is_written_where_it_differs(self, house: dict[str, Any], tmp_path: Path) -> None:
        assert keep_plan(NOW) is False, "no sources, no file"
        assert not place(tmp_path).exists()
        row = declared()
        assert keep_plan(NOW) is True
        assert keep_plan(NOW) is False
        assert [source.name for source in read_plan(tmp_path).sources] == ["orders-ssh"]
        assert place(tmp_path).stat().st_mode & 0o077 == 0
        place(tmp_path).write_bytes(b"{torn")
        assert keep_plan(NOW) is True, "a damaged file is written anew"
        granted(actions.ask_removal(row.pk, "off", by=doer(house["erin"]), now=NOW), house["bob"])
        keep_plan(NOW)
        assert read_plan(tmp_path).sources == [], "a removed source is let in no longer"
