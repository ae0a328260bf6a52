"""Who may read which log is a right of its own, given for one system by two people, and nothing goes around it (4.10)."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from fanghu.approvals.actions import decide
from fanghu.approvals.models import Approval
from fanghu.auditlog import granting
from fanghu.auditlog.actions import export, import_file, index, indexes, search
from fanghu.auditlog.models import LogReader, SavedSearch, asked_of
from fanghu.auditlog.order import Order
from fanghu.auditlog.query import Query, parse
from fanghu.auditlog.reach import pages
from fanghu.auditlog.readers import reach_of, readings
from fanghu.auditlog.vault import SealedLog
from fanghu.events.doer import KEEPER, Doer
from fanghu.events.models import OutboxEvent
from fanghu.faults import Fault
from fanghu.register.actions import register_system, register_system_one
from fanghu.shell.access import Denied
from fanghu.shell.rights import Right
from tests.auditlog.conftest import NOW
from tests.auditlog.sample import SAMPLE
from tests.auditlog.taken_in import take_in

Sit = Callable[[str], Any]
OTHER = b"Jan  2 09:00:00 vault sshd[300]: Failed password for keymaster from 198.51.100.9 port 1 ssh2\n"
STRAY = b"Jan  2 09:00:00 nobody sshd[300]: Failed password for drifter from 198.51.100.77 port 1 ssh2\n"


def doer(account: Any) -> Doer:
    return Doer("console", account=str(account.pk), person=str(account.person_id), place="192.0.2.1")


@pytest.fixture
def house(own_log: Path, cast: Any, tmp_path: Path) -> dict[str, Any]:
    """Fanghu, two systems whose logs were imported into its own log, a log of the intake, and a source of no system."""
    now = timezone.now()
    register_system_one(now)
    for slug, name in (("gate", "Gate"), ("vault", "Vault")):
        register_system({"slug": slug, "name": name, "kind": "other", "is_core": True}, by=doer(cast["erin"]), now=now)
    for name, lines in (("gate", SAMPLE), ("vault", OTHER), ("stray", STRAY)):
        (tmp_path / name).write_bytes(lines)
        import_file(Order(tmp_path / name, "openssh", name), by=KEEPER, now=NOW)
    take_in(tmp_path, 300)
    index().catch_up(SealedLog(own_log))
    indexes().catch_up()
    return {name: doer(account) for name, account in cast.items()}


def give(house: dict[str, Any], slug: str, *, role: str = "", person: str = "") -> LogReader:
    """What two people do."""
    whom = UUID(house[person].person) if person else None
    asked = granting.ask_to_give(slug, role, whom, "their work", by=house["erin"], now=timezone.now())
    decide(asked.pk, True, "", by=house["bob"], now=timezone.now())
    return LogReader.objects.get(approval=asked)


def sources(query: str, by: Doer, **more: Any) -> set[str]:
    return {record.source for record in search(parse(query), by=by, now=NOW, **more)}


def told(kind: str) -> list[dict[str, Any]]:
    events = [json.loads(bytes(body)) for body in OutboxEvent.objects.order_by("pk").values_list("body", flat=True)]
    return [event for event in events if event["type"] == kind]


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


EVERYTHING = {"fanghu", "gate", "vault", "stray", "交易主機"}


def test_what_each_of_the_cast_reads_without_being_given_anything(house: Any) -> None:
    for who in ("erin", "bob", "carol"):
        assert sources("", house[who]) == EVERYTHING, who
    assert sources("", house["alice"]) == {"fanghu"}, "her own system's log, no other's"
    assert sources("", house["dave"]) == set()
    assert sources("", Doer("console")) == set(), "nobody signed in"
    assert sources("", Doer("console", account="0" * 32)) == set(), "an account there is not"
    assert sources("", KEEPER) == sources("", Doer("cli", place="here")) == EVERYTHING


def test_one_system_s_log_is_given_to_a_person_by_two_people(house: Any, cast: Any) -> None:
    row = give(house, "gate", person="dave")
    assert row.stands and sources("", house["dave"]) == {"gate"}
    assert reach_of(house["dave"]).sources == {"gate"}
    assert sources("type=signin.*", house["dave"]) == {"gate"}
    assert sources("source=*", house["dave"], newest_first=True, limit=400) == {"gate"}
    assert sources("keymaster", house["dave"]) == sources("drifter", house["dave"]) == set()
    assert sources("where=198.51.100.*", house["dave"]) == set()
    [secret] = search(parse("who=keymaster"), by=house["carol"], now=NOW)
    assert sources(f"id={secret.id}", house["dave"]) == set(), "not even by its id"
    [event] = [each for each in told("approval.granted") if each["detail"]["kind"] == "log.reader"]
    assert event["detail"]["reader"] == row.pk and event["actor"] == house["bob"].name
    granting.take_away(row.pk, by=house["erin"], now=timezone.now())
    assert sources("", house["dave"]) == set()
    [ended] = told("log.reader_ended")
    assert ended["object"] == "system:gate" and ended["detail"]["person"] == house["dave"].person
    with pytest.raises(Fault, match="FH-LOG-74"):
        granting.take_away(row.pk, by=house["erin"], now=timezone.now())


def test_it_is_given_to_a_role_and_adds_to_what_the_role_reads(house: Any) -> None:
    give(house, "vault", role="administrator")
    assert sources("", house["alice"]) == {"fanghu", "vault"}
    give(house, "fanghu", role="owner")
    assert sources("", house["dave"]) == {"fanghu"}


def test_a_source_named_outright_is_refused_and_the_refusal_is_one_event(house: Any) -> None:
    give(house, "gate", person="dave")
    for asked in ("source=vault", "source=gate source=vault", 'source="no such source A123456789"'):
        with pytest.raises(Denied, match="FH-LOG-70"):
            search(parse(asked), by=house["dave"], now=NOW)
    with pytest.raises(Denied):
        export(parse("source=vault"), "csv", by=house["dave"], now=NOW)
    refused = told("log.reading_refused")
    assert sorted(each["detail"]["systems"] for each in refused) == [[], ["vault"], ["vault"], ["vault"]]
    assert {each["actor"] for each in refused} == {house["dave"].name}
    assert {each["outcome"] for each in refused} == {"failure"}
    assert b"A123456789" not in msgspec.json.encode(refused), "what was typed in is in no event of ours"
    assert told("log.searched") == told("log.exported") == []


def test_hosts_named_in_lines_make_nobody_their_reader(house: Any, tmp_path: Path) -> None:
    """Whoever may edit the register could claim a host; whose log a source is for readers is as declared."""
    from fanghu.auditlog.sources import systems_of_sources

    system = apps.get_model("register", "System")
    system.objects.filter(slug="gate").update(hosts=["nobody"])
    assert systems_of_sources(["stray"]) == {"stray": "gate"}
    give(house, "gate", person="dave")
    assert sources("", house["dave"]) == {"gate"}


def test_what_is_declared_to_be_a_system_s_is_read_with_it(house: Any) -> None:
    from fanghu.intake.actions import declare

    declare("stray", {"system": "gate", "format": "openssh", "ways": ["import"]}, by=house["erin"], now=NOW)
    give(house, "gate", person="dave")
    assert sources("", house["dave"]) == {"gate", "stray"}


def test_nobody_gives_to_themselves_and_nothing_is_given_twice(house: Any) -> None:
    now = timezone.now()
    ask = granting.ask_to_give
    for slug, role, person, reason in (
        ("none", "owner", None, "x"), ("gate", "owner", None, " "), ("gate", "", None, "x"), ("gate", "officer", None, "x"),
        ("gate", "root", None, "x"), ("gate", "owner", UUID(house["dave"].person), "x"), ("gate", "", UUID(int=7), "x"),
    ):  # fmt: skip
        with pytest.raises(Fault, match="FH-LOG-71"):
            ask(slug, role, person, reason, by=house["erin"], now=now)
    with pytest.raises(Fault, match="FH-LOG-73"):
        ask("gate", "", UUID(house["alice"].person), "x", by=house["alice"], now=now)
    with pytest.raises(Fault, match="FH-LOG-73"):
        ask("gate", "administrator", None, "x", by=house["alice"], now=now)
    asked = ask("gate", "administrator", None, "x", by=house["erin"], now=now)
    with pytest.raises(Fault, match="FH-LOG-73"):
        decide(asked.pk, True, "", by=house["alice"], now=now)
    with pytest.raises(Fault, match="FH-LOG-72"):
        ask("gate", "administrator", None, "again", by=house["erin"], now=now)
    assert sources("", house["alice"]) == {"fanghu"}, "asked for is not given"
    decide(asked.pk, False, "no need", by=house["bob"], now=now)
    give(house, "gate", role="administrator")
    with pytest.raises(Fault, match="FH-LOG-72"):
        ask("gate", "administrator", None, "again", by=house["erin"], now=now)
    assert LogReader.objects.count() == 1


def test_a_row_written_by_hand_gives_nothing_and_is_named(house: Any, cast: Any) -> None:
    approved = give(house, "gate", role="administrator")
    system = apps.get_model("register", "System").objects.get(slug="vault")
    now = timezone.now()
    other = Approval.objects.create(
        kind=LogReader.KIND, subject="system:vault", title="", payload=asked_of("vault", "", cast["dave"].person_id),
        content_hash="0" * 64, asked_at=now,
    )  # fmt: skip
    LogReader.objects.create(system=system, person=cast["dave"].person, approval=other, given_at=now)
    assert sources("", house["dave"]) == set(), "asked for, and nobody approved it"
    LogReader.objects.filter(pk=approved.pk).update(system=system)
    assert sources("", house["alice"]) == {"fanghu"}, "another system than was approved"
    assert {slug: len(rows) for slug, rows in readings(now).unapproved.items()} == {"vault": 2}


def test_a_lent_account_and_one_that_ended_read_nothing(house: Any, cast: Any) -> None:
    from fanghu.accounts.models import Account

    give(house, "gate", person="dave")
    Account.objects.filter(pk=cast["dave"].pk).update(lent=True)
    assert sources("", house["dave"]) == set(), (
        "what the person was given is not read through an account of nobody's own"
    )
    Account.objects.filter(pk=cast["dave"].pk).update(lent=False)
    assert [account.login_id for account in readings(timezone.now()).systems["gate"]] == ["dave"]
    Account.objects.filter(pk=cast["dave"].pk).update(state="disabled")
    assert readings(timezone.now()).of("gate") == readings(timezone.now()).every


def test_the_pages_show_count_and_suggest_nothing_else(house: Any, client_as: Sit) -> None:
    assert client_as("dave").get("/log/").status_code == 403
    give(house, "gate", person="dave")
    dave = client_as("dave")
    page = dave.get("/log/")
    assert page.status_code == 200 and "You read the log of: Gate" in text(page)
    raw = page.content.decode()
    assert "198.51.100" not in raw and "vault" not in raw and "stray" not in raw and "交易主機" not in raw
    assert "Log of other systems" not in raw and "Verify now" not in raw and ">State<" not in raw
    assert re.findall(r'<option value="([^"]*)"', raw.split('name="source"')[1].split("</select>")[0]) == ["", "gate"]
    refused = dave.get("/log/", {"q": "source=vault"})
    assert refused.status_code == 403 and "FH-LOG-70" in text(refused)
    asked = dave.get("/log/export/", {"q": "source=vault", "as": "csv"})
    assert asked.status_code == 403 and "FH-LOG-70" in text(asked)
    for shape in ("csv", "ndjson", "proved"):
        body = b"".join(dave.get("/log/export/", {"as": shape}).streaming_content).decode()
        assert "192.0.2.7" in body and "198.51.100" not in body and "keymaster" not in body, shape
    table = list(
        csv.DictReader(io.StringIO(b"".join(dave.get("/log/export/", {"as": "csv"}).streaming_content).decode()[1:]))
    )
    assert {row["source"] for row in table} == {"gate"}
    for path in ("/log/", "/log/export/"):
        unoffered = dave.get(path, {"source": "vault", "as": "csv"})
        assert unoffered.status_code == 403 and "FH-LOG-70" in text(unoffered), "a choice that the form does not offer"
    assert len(told("log.reading_refused")) == 4
    assert dave.get("/log/", {"source": "no such"}).status_code == 403, "whether it is there is not told"


def test_a_kept_search_reads_what_its_owner_may_read_when_it_is_opened(house: Any, client_as: Sit) -> None:
    row = give(house, "gate", person="dave")
    dave = client_as("dave")
    dave.post("/log/searches/", {"name": "vault", "q": "source=vault"})
    kept = SavedSearch.objects.get()
    assert dave.get("/log/", kept.asked).status_code == 403
    granting.take_away(row.pk, by=house["erin"], now=timezone.now())
    assert dave.get("/log/").status_code == 403


def test_what_holds_many_systems_events_is_for_those_who_read_everything(house: Any, client_as: Sit) -> None:
    give(house, "gate", person="dave")
    every, some = {"erin", "bob", "carol"}, {"erin", "alice", "bob", "carol", "dave"}
    visitors = {who: client_as(who) for who in ("erin", "alice", "bob", "carol", "dave", "mallory")}
    reads = {
        "/log/tlog/fanghu/checkpoint": every, "/log/tlog/fanghu/tile/entries/000.p/1": every,
        "/log/tlog/fanghu/tile/0/000.p/1": every, "/log/tlog/intake/checkpoint": every, "/log/keeping/": every,
        "/log/checkpoint/": every, "/log/checkpoint/present/": every, "/reviews/": every, "/reviews/period/": every,
        "/log/": some, "/log/readers/": some, "/log/export/?as=ndjson": some,
    }  # fmt: skip
    seen = {
        path: {who for who, browser in visitors.items() if browser.get(path).status_code in {200, 404}}
        for path in reads
    }
    assert seen == reads


def test_a_page_for_every_reader_of_the_log_narrows_what_it_shows() -> None:
    """A further page of the log either goes through ``reach_of``, and is named here, or is for those who read everything."""
    for_some = {"log", "log_export", "log_save", "log_unsave", "log_readers"}
    assert {name for name, right in pages().items() if right == Right.LOG_READ} == for_some


def test_two_people_give_it_on_the_page_and_one_takes_it_away(house: Any, client_as: Sit, cast: Any) -> None:
    erin, bob = client_as("erin"), client_as("bob")
    form = {"system": "gate", "who": f"person:{cast['dave'].person_id}", "reason": "keeps the gate"}
    assert bob.post("/log/readers/give/", form).status_code == 403
    assert "Log of" in text(erin.post("/log/readers/give/", {**form, "reason": ""}))
    page = text(erin.post("/log/readers/give/", form, follow=True))
    assert "Asked for; it waits for a second person." in page and "Gate" in page and "Dave S-dave" in page
    assert "FH-LOG-72" in text(erin.post("/log/readers/give/", form))
    approval = Approval.objects.get(kind=LogReader.KIND)
    assert "Waiting for a second person" in text(bob.get("/log/readers/"))
    decision = {"shown": approval.content_hash, "decision": "approve", "note": "", "read": "on"}
    bob.post(f"/approvals/{approval.pk}/", decision)
    row = LogReader.objects.get()
    listed = text(client_as("carol").get("/log/readers/"))
    assert "asked by Erin, approved by Bob" in listed and "Take away" not in listed
    assert client_as("carol").post(f"/log/readers/{row.pk}/take-away/").status_code == 403
    assert "Taken away" in text(client_as("alice").post(f"/log/readers/{row.pk}/take-away/", follow=True))
    assert client_as("dave").get("/log/").status_code == 403
    assert "FH-LOG-74" in text(erin.post(f"/log/readers/{row.pk}/take-away/"))


def test_queries_do_not_grow_with_rows_or_systems(house: Any, client_as: Sit) -> None:
    give(house, "gate", person="dave")
    dave, erin = client_as("dave"), client_as("erin")
    paths = ((dave, "/log/"), (erin, "/log/"), (erin, "/log/readers/"))

    def counted() -> list[int]:
        found = []
        for browser, path in paths:
            browser.get(path)
            with CaptureQueriesContext(connection) as queries:
                assert browser.get(path).status_code == 200
            found.append(len(queries))
        return found

    few = counted()
    for number in range(8):
        slug = f"more-{number}"
        register_system({"slug": slug, "name": slug, "kind": "other", "is_core": True}, by=house["erin"], now=NOW)
        give(house, slug, person="dave")
        give(house, slug, role="administrator")
    many = counted()
    assert all(after <= before for before, after in zip(few, many, strict=True)), (few, many)


def test_both_indexes_find_what_reading_everything_finds(house: Any) -> None:
    every = indexes()
    reaches = ((), ("gate",), ("fanghu",), ("gate", "vault"), ("交易主機",), ("gate", "交易主機"), ("none",))
    for asked in ("", "type=signin.failed", "root", "who=root outcome=failure", "source=gate", "source=*"):
        whole = [(record.log, record.index, record.source) for record in every.search(parse(asked))]
        for only in reaches:
            narrowed = replace(parse(asked), only=frozenset(only))
            wanted = [(log, at) for log, at, source in whole if source in only]
            assert [(record.log, record.index) for record in every.search(narrowed)] == wanted, (asked, only)
            assert every.count(narrowed)[0] == len(wanted), (asked, only)


def test_what_one_may_read_is_no_filter_of_the_search(house: Any) -> None:
    assert Query(only=frozenset({"gate"})).shape == []
    sources("root", house["alice"])
    assert told("log.searched")[-1]["detail"] == {"filters": ["words"]}


def test_many_entries_of_few_sources_are_found_in_the_order_of_time(house: Any, monkeypatch: Any) -> None:
    """Past a number of entries the index goes by time, not by source; the answer is the same."""
    narrowed = replace(parse("type=signin.*"), only=frozenset({"gate"}))
    by_source = index().find(narrowed, newest_first=True)
    monkeypatch.setattr("fanghu.auditlog.index.FEW", 3)
    assert index().find(narrowed, newest_first=True) == by_source and len(by_source) > 3
