"""Imports into the database: all or nothing, quick, idempotent; exports that read back unchanged."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from fanghu.approvals.actions import decide
from fanghu.approvals.models import Approval
from fanghu.events.models import OutboxEvent
from fanghu.faults import Fault
from fanghu.register import collectors, exports
from fanghu.register.actions import register_system_one
from fanghu.register.imports import dry_run, import_official_text, import_sheet
from fanghu.register.models import OfficialText, Person, System
from fanghu.register.sheet import read_sheet

pytestmark = pytest.mark.django_db
HEADER = ["code", "name", "kind", "core", "reason not core", "holds personal data", "hosts"]
MIXED = [
    ["order", "下單", "trading", "", "", "yes", "web1;10.0.0.1"],
    ["mail", "郵件", "office", "no", "不涉交易", "no", ""],
]


def bring(sheet, machine, now, **options):
    return import_sheet("systems", sheet, "systems.csv", "f" * 64, by=machine, now=now, **options)


def test_core_systems_hold_at_once_and_non_core_ones_wait_as_core(cast, doer, sheet, now, events):
    done = bring(sheet(MIXED, HEADER), doer(cast["alice"]), now)
    assert {slug: facts.is_core for slug, facts in collectors.systems_now().items()} == {"order": True, "mail": True}
    assert System.objects.get(slug="order").hosts == ["web1", "10.0.0.1"]
    told = events("register.imported")
    assert len(told) == 1
    assert told[0]["detail"]["file"] == "f" * 64
    assert len(events()) == 2
    decide(done.approval.pk, True, "", by=doer(cast["bob"]), now=timezone.now())
    assert collectors.systems_now()["mail"].is_core is False


def test_the_same_file_again_changes_nothing_before_and_after_the_decision(cast, doer, sheet, now):
    alice = doer(cast["alice"])
    first = bring(sheet(MIXED, HEADER), alice, now)
    told = OutboxEvent.objects.count()
    assert bring(sheet(MIXED, HEADER), alice, now).plan.empty
    decide(first.approval.pk, True, "", by=doer(cast["bob"]), now=timezone.now())
    assert bring(sheet(MIXED, HEADER), alice, now).plan.empty
    assert OutboxEvent.objects.count() == told + 1
    assert Approval.objects.count() == 1


def test_one_bad_row_saves_nothing(sheet, machine, now):
    with pytest.raises(Fault, match="FH-REG-42"):
        bring(sheet([*MIXED, ["x y", "z", "office", "", "", "", ""]], HEADER), machine, now)
    assert not System.objects.exists()
    assert not OutboxEvent.objects.exists()


def test_a_fault_midway_saves_nothing(sheet, machine, now, settings):
    from fanghu.events import actions as event_actions

    OutboxEvent.objects.bulk_create(
        OutboxEvent(id=f"{n:032x}", body=b"{}", created_at=now) for n in range(event_actions.BACKLOG + 1)
    )
    with pytest.raises(Fault, match="FH-LOG-90"):
        bring(sheet(MIXED, HEADER), machine, now)
    assert not System.objects.exists()


def test_a_confirmation_holds_only_for_the_plan_that_was_shown(sheet, machine, now):
    shown = dry_run("systems", sheet(MIXED, HEADER), now)
    System.objects.create(slug="order", name="other", kind="trading", created_at=now, changed_at=now)
    with pytest.raises(Fault, match="FH-REG-41"):
        bring(sheet(MIXED, HEADER), machine, now, digest=shown.digest)


def test_there_is_no_query_per_row(sheet, machine, now):
    def queries(count, prefix):
        rows = [[f"{prefix}{n}", f"系統{n}", "office", "no", "測試", "yes", f"h{n}"] for n in range(count)]
        with CaptureQueriesContext(connection) as seen:
            bring(sheet(rows, HEADER), machine, now)
        return len(seen)

    queries(1, "warm")
    assert queries(100, "b") <= queries(3, "a") + 5  # whole batches of rows, never a query per row


def test_a_thousand_systems_import_and_change_in_seconds(sheet, machine, now):
    rows = [[f"s{n}", f"系統{n}", "quotes", "", "", "yes", f"h{n}"] for n in range(1_000)]
    bring(sheet(rows, HEADER), machine, now)
    done = bring(sheet([[*row[:1], "新" + row[1], *row[2:]] for row in rows], HEADER), machine, now)
    assert len(done.plan.changed) == 1_000
    assert System.objects.filter(name__startswith="新").count() == 1_000


@pytest.mark.parametrize("zh", [True, False])
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_exports_read_back_unchanged_and_hold_no_formula(zh, ending, sheet, machine, now):
    register_system_one(now)
    Person.objects.create(number="E1", name="王小明")
    rows = [
        ["order", "=cmd|' /C calc'!A0", "trading", "", "", "yes", "web1"],
        ["mail", "'@x", "office", "", "", "", ""],
    ]
    bring(sheet(rows, HEADER), machine, now)
    System.objects.filter(slug="order").update(
        owner=Person.objects.get(), retired_at=now, e_trading_channels=["api", "line"]
    )
    write = exports.as_csv if ending == "csv" else exports.as_xlsx
    content = write("systems", exports.all_records("systems"), zh)
    if ending == "csv":
        assert content.startswith(b"\xef\xbb\xbf")
        assert b",'=cmd" in content
    back = dry_run("systems", read_sheet(f"x.{ending}", content), now)
    assert not back.faults
    assert (back.empty, back.unchanged) == (True, 3)


def test_people_from_a_big5_file_with_roc_dates(machine, now, events):
    text = "人員編號,姓名,身分,到職日\r\nE1,許功蓋,員工,98/3/1\r\nE2,陳小華,廠商,民國110年1月2日\r\n"
    done = import_sheet("people", read_sheet("p.csv", text.encode("cp950")), "p.csv", "a" * 64, by=machine, now=now)
    assert done.plan.read_as == "Big5"
    assert dict(Person.objects.values_list("number", "name")) == {"E1": "許功蓋", "E2": "陳小華"}
    assert Person.objects.get(number="E1").employed_from.isoformat() == "2009-03-01"
    assert "許功蓋" not in str(events())


def test_the_official_text_is_kept_beside_ours(machine, now):
    text = "第六條 識別與鑑別\n一、第一款的文字。\n五、第五款的文字。\n"
    parsed = import_official_text(text.encode(), by=machine, now=now)
    from fanghu.register.reading import official_text

    assert official_text("6.5") == parsed.texts["6.5"]
    assert parsed.missing
    import_official_text(text.encode(), by=machine, now=now)
    assert OfficialText.objects.count() == len(parsed.texts)
    with pytest.raises(Fault, match="FH-LAW-02"):
        import_official_text(b"\x00\x01binary", by=machine, now=now)
    assert OfficialText.objects.count() == len(parsed.texts)
