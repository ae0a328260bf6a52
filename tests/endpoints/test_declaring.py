"""Addresses and flows: declared at once, changed or removed by two, probed by the keeper, followed for system one."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fanghu.approvals.actions import decide
from fanghu.approvals.models import Approval
from fanghu.endpoints import actions, own
from fanghu.endpoints.collectors import PROVIDERS
from fanghu.endpoints.facts import AuthenticationPaths, ErrorPages, ProtectedFlows
from fanghu.endpoints.jobs import due, probe_due
from fanghu.endpoints.models import Endpoint, EndpointProbe, Flow
from fanghu.endpoints.provoked import SECRET, Hush, Provoked
from fanghu.events.doer import KEEPER, Doer
from fanghu.events.models import OutboxEvent
from fanghu.faults import Fault
from fanghu.keys.authority import Certificate
from fanghu.keys.facts import AlgorithmsInUse
from fanghu.register.actions import register_system, register_system_one
from fanghu.testimony import Scope, Subject
from tests.endpoints.conftest import Serving
from tests.probes.front import front, page, strong, weak

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
MAIL = Subject.system("mail")
Sit = Callable[[str], Any]


@pytest.fixture
def house(cast: dict[str, Any]) -> dict[str, Any]:
    """System one and a mail system."""
    register_system_one(NOW)
    register_system({"slug": "mail", "name": "Mail", "kind": "office"}, by=KEEPER, now=NOW)
    return cast


def doer(account: Any) -> Doer:
    return Doer("console", account=str(account.pk), person=str(account.person_id))


def values(port: int, **more: Any) -> dict[str, Any]:
    given = {
        "system": "mail", "protocol": "https", "host": "127.0.0.1", "port": port, "path": "/", "purpose": "sign_in",
        "authenticates": True, "outside": False, "clear_port": None, "authority_pem": "",
    }  # fmt: skip
    return {**given, **more}


def said(kind: type, subject: Subject = MAIL, now: datetime | None = None) -> Any:
    return PROVIDERS[kind](Scope(now or datetime.now(UTC), frozenset({subject})))[subject]


def test_a_system_that_declares_nothing_has_no_provider(house: dict[str, Any]) -> None:
    """Then a document may stand; for system one the provider is always there."""
    scope = Scope(NOW, frozenset({MAIL, Subject.system("fanghu")}))
    assert set(PROVIDERS[AuthenticationPaths](scope)) == {Subject.system("fanghu")}


def test_declared_probed_and_judged_on(house: dict[str, Any], held: Certificate) -> None:
    """An address with cookies and errors as a firm's system might have them, from declaration to facts."""
    answer = page(
        "404 Not Found", "<h1>Not here</h1> Code E404", "Set-Cookie: s=1; Secure; HttpOnly", "Server: nginx/1.1"
    )
    with front(lambda _request: answer, strong(held)) as port:
        pem = held.authority.read_text()
        row = actions.declare("endpoint", values(port, authority_pem=pem), by=doer(house["erin"]), now=NOW)
        assert said(AuthenticationPaths).unreached == {row.address}, "declared, not probed: nothing is known"
        before = OutboxEvent.objects.count()
        assert probe_due(datetime.now(UTC)) == 2
        assert OutboxEvent.objects.count() == before + 2, "system one's rows, and the probing"
    paths = said(AuthenticationPaths)
    assert not paths.unreached
    assert paths.facts.paths == 1
    assert paths.facts.cookies == {f"{row.address} s: SameSite"}
    assert paths.facts.without_hsts == {row.address}
    assert not paths.facts.weak and not paths.facts.untrusted and not paths.facts.clear_answers
    errors = said(ErrorPages).facts
    assert errors.provoked == 6 and not errors.without_code
    assert "page that does not exist: headers" in errors.leaking
    uses = {use.algorithm for use in said(AlgorithmsInUse).facts.uses}
    assert {"TLS 1.3", "ECDSA P-256", "SHA-256", "X25519"} <= uses


def test_what_is_weak_is_seen(house: dict[str, Any], held: Certificate) -> None:
    with front(lambda _request: page("200 OK", "in"), weak(held), clear_too=True) as port:
        row = actions.declare("endpoint", values(port), by=doer(house["erin"]), now=NOW)
        probe_due(datetime.now(UTC))
    facts = said(AuthenticationPaths).facts
    assert f"{row.address} TLS 1.0" in facts.weak
    assert facts.clear_answers == facts.untrusted == {row.address}


def test_an_address_in_the_clear(house: dict[str, Any]) -> None:
    with front(lambda _request: page("200 OK", "password?"), None) as port:
        row = actions.declare("endpoint", values(port), by=doer(house["erin"]), now=NOW)
        probe_due(datetime.now(UTC))
    assert said(AuthenticationPaths).facts.unencrypted == {row.address}


def test_a_silent_address_is_not_reached_and_tried_again(house: dict[str, Any]) -> None:
    row = actions.declare("endpoint", values(9), by=doer(house["erin"]), now=datetime.now(UTC))
    probe_due(datetime.now(UTC))
    assert said(AuthenticationPaths).unreached == {row.address}
    assert row not in list(due(datetime.now(UTC)))
    assert row in list(due(datetime.now(UTC) + timedelta(minutes=3)))


def test_facts_grow_old_and_a_change_makes_them_unknown(house: dict[str, Any], held: Certificate) -> None:
    with front(lambda _request: page("200 OK", "in"), strong(held)) as port:
        row = actions.declare("endpoint", values(port), by=doer(house["erin"]), now=NOW)
        probe_due(datetime.now(UTC))
    read_at = said(AuthenticationPaths).read_at
    assert datetime.now(UTC) - read_at < timedelta(minutes=1)
    assert row not in list(due(read_at + timedelta(hours=1)))
    assert row in list(due(read_at + timedelta(hours=21)))
    Endpoint.objects.filter(pk=row.pk).update(changed_at=datetime.now(UTC))
    assert said(AuthenticationPaths).unreached == {row.address}


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"host": "https://x"}, "FH-END-02"),
        ({"host": "a b"}, "FH-END-02"),
        ({"port": 0}, "FH-END-03"),
        ({"clear_port": 70_000}, "FH-END-03"),
        ({"path": "no-slash"}, "FH-END-07"),
        ({"path": "/a\r\nX: y"}, "FH-END-07"),
        ({"system": "nothing"}, "FH-END-01"),
    ],
)
def test_what_cannot_be_is_refused(house: dict[str, Any], wrong: dict[str, Any], code: str) -> None:
    with pytest.raises(Fault) as refused:
        actions.declare("endpoint", {**values(443), **wrong}, by=doer(house["erin"]), now=NOW)
    assert refused.value.code == code
    assert not Endpoint.objects.exists()


def test_the_same_address_twice(house: dict[str, Any]) -> None:
    actions.declare("endpoint", values(443), by=doer(house["erin"]), now=NOW)
    with pytest.raises(Fault, match="declared"):
        actions.declare("endpoint", values(443), by=doer(house["erin"]), now=NOW)


def test_to_change_or_remove_needs_a_second_person(house: dict[str, Any]) -> None:
    """Nobody alone makes a gap disappear: the row stays until another person approves, and its own asker cannot."""
    row = actions.declare("endpoint", values(443), by=doer(house["erin"]), now=NOW)
    asked = actions.ask_change("endpoint", row.pk, {"authenticates": False}, "wrong", by=doer(house["erin"]), now=NOW)
    assert Endpoint.objects.get().authenticates
    with pytest.raises(Fault):
        decide(asked.pk, True, "", by=doer(house["erin"]), now=NOW)
    decide(asked.pk, True, "", by=doer(house["bob"]), now=NOW)
    assert not Endpoint.objects.get().authenticates
    gone = actions.ask_change("endpoint", row.pk, None, "taken down", by=doer(house["erin"]), now=NOW)
    decide(gone.pk, True, "", by=doer(house["bob"]), now=NOW)
    assert not Endpoint.objects.exists()


def test_a_request_lapses_when_the_row_changed_meanwhile(house: dict[str, Any]) -> None:
    row = actions.declare("endpoint", values(443), by=doer(house["erin"]), now=NOW)
    asked = actions.ask_change("endpoint", row.pk, None, "taken down", by=doer(house["erin"]), now=NOW)
    Endpoint.objects.update(outside=True)
    assert decide(asked.pk, True, "", by=doer(house["bob"]), now=NOW).state == Approval.State.LAPSED
    assert Endpoint.objects.exists()


def test_system_one_follows_what_runs(house: dict[str, Any], settings: Any) -> None:
    settings.BASE_URL = "https://fanghu.firm.example:9443"
    assert actions.follow_what_runs(NOW)
    assert not actions.follow_what_runs(NOW), "nothing changed"
    own = Endpoint.objects.get()
    assert (own.host, own.port, own.own, own.protocol) == ("fanghu.firm.example", 9443, True, "https")
    assert {flow.name: flow.network for flow in Flow.objects.all()}["console pages"] == "intranet"
    settings.BASE_URL = "http://10.1.2.3:80"
    assert actions.follow_what_runs(NOW)
    assert Endpoint.objects.get().protocol == "clear"
    with pytest.raises(Fault, match="configuration"):
        actions.ask_change("endpoint", Endpoint.objects.get().pk, None, "hide", by=doer(house["erin"]), now=NOW)


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({"HOST": "db.firm.example"}, ("db.firm.example", 5432)),
        ({"HOST": "db1.firm.example,db2.firm.example", "PORT": "5433,5434"}, ("db1.firm.example", 5433)),
        ({"HOST": "127.0.0.1"}, None),
        ({"HOST": "/run/postgresql"}, None),
        ({}, None),
    ],
)
def test_a_database_on_another_machine_is_an_address(values: dict[str, str], found: tuple[str, int] | None) -> None:
    made = own.database({"ENGINE": "django.db.backends.postgresql", **values})
    assert (made and (made["host"], made["port"])) == found
    assert own.database({"ENGINE": "django.db.backends.sqlite3", **values}) is None


def test_mail_elsewhere_is_followed(house: dict[str, Any], settings: Any) -> None:
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "mail.firm.example", 587, True
    actions.follow_what_runs(NOW)
    found = {(row.protocol, row.host, row.port) for row in Endpoint.objects.exclude(purpose="sign_in")}
    assert found == {("smtp", "mail.firm.example", 587)}
    facts = said(ProtectedFlows, Subject.system("fanghu"))
    assert facts.facts.flows == 2
    assert len(facts.unreached) == 2


def test_flows_without_proof(house: dict[str, Any], held: Certificate) -> None:
    by = doer(house["erin"])
    told = {"system": "mail", "peer": "bank", "data": "personal", "network": "internet", "endpoint": None}
    actions.declare("flow", {**told, "name": "clear", "protection": "none"}, by=by, now=NOW)
    actions.declare("flow", {**told, "name": "said", "protection": "tls"}, by=by, now=NOW)
    actions.declare("flow", {**told, "name": "inside", "protection": "none", "network": "machine"}, by=by, now=NOW)
    actions.declare("flow", {**told, "name": "public", "protection": "none", "data": "other"}, by=by, now=NOW)
    facts = said(ProtectedFlows).facts
    assert facts == ProtectedFlows(2, frozenset({"clear"}), frozenset(), frozenset({"said"}), None, frozenset())


def test_a_flow_by_the_address_of_another_system(house: dict[str, Any]) -> None:
    by = doer(house["erin"])
    other = actions.declare("endpoint", values(443, system="fanghu"), by=by, now=NOW)
    flow = {"system": "mail", "name": "x", "peer": "y", "data": "personal", "network": "internet", "protection": "tls"}
    with pytest.raises(Fault, match="another system"):
        actions.declare("flow", {**flow, "endpoint": other.pk}, by=by, now=NOW)


def test_a_few_queries_however_many_systems(house: dict[str, Any], django_assert_max_num_queries: Any) -> None:
    subjects = set()
    for number in range(12):
        register_system({"slug": f"s{number}", "name": "S", "kind": "office"}, by=KEEPER, now=NOW)
        actions.declare("endpoint", values(443, system=f"s{number}"), by=KEEPER, now=NOW)
        subjects.add(Subject.system(f"s{number}"))
    for kind in (AuthenticationPaths, ErrorPages, ProtectedFlows):
        with django_assert_max_num_queries(2):
            assert len(PROVIDERS[kind](Scope(NOW, frozenset(subjects)))) == 12 if kind is not ProtectedFlows else True


class TestPages:
    def test_the_list_says_what_was_seen(self, house: dict[str, Any], client_as: Sit, held: Certificate) -> None:
        erin = client_as("erin")
        assert "No address is declared yet" in erin.get("/endpoints/").content.decode()
        with front(lambda _request: page("200 OK", "in"), weak(held)) as port:
            row = actions.declare("endpoint", values(port), by=KEEPER, now=NOW)
            probe_due(datetime.now(UTC))
        shown = erin.get("/endpoints/").content.decode()
        assert row.address in shown and "TLS 1.0" in shown
        detail = erin.get(f"/endpoints/{row.pk}/").content.decode()
        assert "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384" in detail and "ECDSA P-256" in detail
        chinese = erin.get(f"/endpoints/{row.pk}/", headers={"accept-language": "zh-hant"}).content.decode()
        assert "提供的版本" in chinese

    def test_declare_change_and_remove(self, house: dict[str, Any], client_as: Sit) -> None:
        erin = client_as("erin")
        form = {k: v for k, v in values(443, host="shop.example").items() if v not in (None, False)}
        assert erin.get("/endpoints/new/endpoint/").status_code == 200
        assert erin.post("/endpoints/new/endpoint/", form).status_code == 302
        row = Endpoint.objects.get()
        flow = {"system": "mail", "name": "orders", "peer": "bank", "data": "personal", "network": "internet",
                "protection": "tls", "endpoint": row.pk}  # fmt: skip
        assert erin.post("/endpoints/new/flow/", flow).status_code == 302
        changed = {**form, "host": "other.example", "reason": "moved"}
        answer = erin.post(f"/endpoints/endpoint/{row.pk}/change/", changed)
        approval = Approval.objects.get()
        assert answer.headers["Location"] == f"/approvals/{approval.pk}/"
        assert "other.example" in erin.get(answer.headers["Location"]).content.decode()
        assert erin.post(f"/endpoints/flow/{Flow.objects.get().pk}/remove/", {"reason": "ended"}).status_code == 302
        assert erin.post(f"/endpoints/{row.pk}/probe/").status_code == 302
        assert Endpoint.objects.get().asked_at is not None
        told = [json.loads(bytes(row.body))["type"] for row in OutboxEvent.objects.order_by("created_at")]
        assert told[-5:] == [
            "endpoint.declared", "flow.declared", "approval.asked", "approval.asked", "endpoint.probe_asked",
        ], "one deed, one event"  # fmt: skip

    def test_wrong_input_is_said_in_the_form(self, house: dict[str, Any], client_as: Sit) -> None:
        erin = client_as("erin")
        form = {
            k: v for k, v in values(443, host="https://x", authority_pem="nonsense").items() if v not in (None, False)
        }
        answer = erin.post("/endpoints/new/endpoint/", form)
        assert answer.status_code == 400 and "no certificate in PEM form" in answer.content.decode()
        answer = erin.post("/endpoints/new/endpoint/", {**form, "authority_pem": ""})
        assert answer.status_code == 400 and "FH-END-02" in answer.content.decode()

    @pytest.mark.parametrize("who", ["carol", "mallory"])
    def test_who_may_only_look(self, house: dict[str, Any], client_as: Sit, who: str) -> None:
        assert client_as(who).post("/endpoints/new/endpoint/", values(443, clear_port="")).status_code in (302, 403)
        assert not Endpoint.objects.exists()

    def test_nobody_but_a_canary_can_make_it_fail(self, house: dict[str, Any], client_as: Sit) -> None:
        """The page that fails on purpose is no page for anybody else."""
        for who in ("erin", "alice"):
            assert client_as(who).get("/endpoints/provoked/program/").status_code == 404
        assert client_as("mallory").get("/endpoints/provoked/program/").status_code == 302


def test_a_probe_kept_for_a_row_gone_is_left_out(house: dict[str, Any]) -> None:
    assert actions.keep([actions.Probed(4711, None, "x")], by=KEEPER, now=NOW) == 0
    assert not EndpointProbe.objects.exists()


def test_the_served_system_is_met(serving: Serving, transactional_db: None) -> None:
    """From the served product to the verdict: 6.4 and 7.6 met as measured, 8.1 says the one thing that is missing."""
    from fanghu.assurance.readings import readings
    from fanghu.regulation import load

    register_system_one(NOW)
    serving()
    probe_due(datetime.now(UTC))
    found = {}
    for duty in ("6.4", "7.6", "8.1", "8.3"):
        reading = readings("fanghu.clauses")[duty]
        testimony = said(reading.asks_for[0], Subject.system("fanghu"))
        assert not testimony.unreached
        verdict = reading.judge(load().duties[duty], testimony.facts, datetime.now(UTC))
        found[duty] = (
            f"{verdict.code} {verdict.message if duty in ('7.6', '8.3') and verdict.kind != 'met' else ''}".strip()
        )
    assert found == {"6.4": "encrypted", "7.6": "short", "8.1": "no_records", "8.3": "sound"}


def test_what_a_drill_provokes_leaves_one_line() -> None:
    """The server's log names the failure; a traceback would only hide real ones. Any other keeps its own."""
    for error, kept in ((Provoked(SECRET), False), (RuntimeError("a real one"), True)):
        told = (type(error), error, None)
        record = logging.LogRecord("django.request", logging.ERROR, "", 0, "Internal Server Error", (), told)
        assert Hush().filter(record)
        assert bool(record.exc_info) is kept
