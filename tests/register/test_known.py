"""The register held against what is known elsewhere."""

from datetime import UTC, datetime

import pytest

from fanghu.register.imports import import_list
from fanghu.register.known import Known, compare, comparison
from fanghu.register.models import System

AT = datetime(2026, 11, 22, tzinfo=UTC)


def known(*names, where="log:a"):
    return [Known(name, where, AT) for name in names]


def test_unregistered_and_unseen_hosts():
    got = compare([("crm", ["web1.firm.tw", "10.0.0.1"]), ("hr", [])], known("WEB1", "10.0.0.2", "db9", "hr", ""))
    assert list(got.unregistered) == ["10.0.0.2", "db9"]
    assert got.unseen == [("crm", "10.0.0.1")]
    assert got.without_hosts == ["hr"]
    assert got.places == 1


def test_short_and_full_names_are_one_host_but_two_domains_are_two():
    assert not compare([("crm", ["web1"])], known("web1.firm.tw.")).unregistered
    assert compare([("crm", ["web1.firm.tw"])], known("web1.evil.tw")).unregistered
    got = compare([("crm", ["10.0.0.1"])], known("10.0.0.2"))
    assert got.unregistered
    assert got.unseen


def test_every_place_of_a_name_is_told():
    got = compare([], [*known("x", where="log:a"), *known("X", where="list:b")])
    assert [item.where for item in got.unregistered["x"]] == ["log:a", "list:b"]


@pytest.mark.django_db
def test_an_imported_list_is_compared_and_replaced_by_its_successor(machine, now, events):
    System.objects.create(slug="crm", name="C", kind="customer", hosts=["web1"], created_at=now, changed_at=now)
    import_list("盤點", ["web1", "old"], "a" * 64, by=machine, now=now)
    import_list("盤點", ["web1", "ghost"], "b" * 64, by=machine, now=now)
    assert list(comparison().unregistered) == ["ghost"]
    assert [event["detail"]["count"] for event in events("list.imported")] == [2, 2]
