"""Class, scope and strictness, pure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanghu.register.rules import FLAGS, as_judged, effective, firm_change, firm_class, stricter, system_change

CORE = {
    "kind": "office",
    "is_core": True,
    "not_core_reason": "",
    "e_trading_channels": [],
    "retired_on": None,
    "name": "A",
}


@pytest.mark.parametrize(
    ("kind", "ciso", "tier", "expected"),
    [
        ("futures_firm", True, None, "class_1"), ("futures_firm", False, 3, "class_1"), ("futures_firm", False, 4, "class_2"),
        ("futures_firm", False, 0, "class_2"), ("futures_firm", False, None, None), ("futures_firm", None, 5, None),
        ("leverage_dealer", True, 1, None), ("futures_service", False, 5, None), (None, True, 1, None),
    ],
)  # fmt: skip
def test_class_of_the_firm(kind, ciso, tier, expected):
    assert firm_class(kind, ciso, tier) == expected


def test_a_first_description_that_keeps_the_strict_scope_holds_at_once():
    now, waiting = firm_change(
        {}, {"kind": "futures_firm", "has_ciso": True, "foreign_group": False, "internet_ordering": True}
    )
    assert set(now) == {"kind", "has_ciso", "foreign_group", "internet_ordering"}
    assert not waiting


def test_what_loosens_the_firm_s_scope_waits():
    new = {
        "kind": "futures_service",
        "foreign_group": True,
        "internet_ordering": False,
        "transfers_abroad": False,
        "name": "F",
    }
    now, waiting = firm_change({}, new)
    assert set(now) == {"name"}
    assert set(waiting) == {"kind", "foreign_group", "internet_ordering", "transfers_abroad"}


def test_from_class_1_to_class_2_waits_with_its_evidence_and_back_holds_at_once():
    first = {"kind": "futures_firm", "has_ciso": True, "tier": None, "class_evidence": "old"}
    second = {**first, "has_ciso": False, "tier": 4, "class_evidence": "new"}
    assert set(firm_change(first, second)[1]) == {"has_ciso", "tier", "class_evidence"}
    assert not firm_change(second, first)[1]


def test_name_hosts_and_owner_alter_no_scope_but_facts_do():
    now, waiting = system_change(
        CORE, {"name": "B", "personal_data": False, "is_core": False, "not_core_reason": "why"}
    )
    assert set(now) == {"name"}
    assert set(waiting) == {"personal_data", "is_core", "not_core_reason"}


def test_saying_what_was_assumed_alters_nothing():
    assert system_change({**CORE, "personal_data": None}, {"personal_data": True}) == (
        {"personal_data": [None, True]},
        {},
    )


def test_tightening_waits_too_and_is_judged_meanwhile():
    _now, waiting = system_change({**CORE, "personal_data": False}, {"personal_data": True})
    assert as_judged({**CORE, "personal_data": False}, [waiting])["personal_data"] is True


def test_retirement_and_deletion_change_nothing_while_they_wait():
    judged = as_judged(CORE, [{"retired_on": [None, "2026-01-01"]}, {"deleted": [False, True]}])
    assert not judged["retired_on"]
    assert not judged.get("deleted")


def test_a_kind_that_is_always_core_is_judged_core_while_it_waits():
    judged = as_judged({**CORE, "is_core": False}, [{"kind": ["office", "trading"]}])
    assert (judged["kind"], judged["is_core"]) == ("trading", True)


@given(st.sampled_from(FLAGS), st.sampled_from([True, False, None]), st.sampled_from([True, False, None]))
def test_the_stricter_of_two_never_asks_less_than_either(flag, one, other):
    got = effective(flag, stricter(flag, one, other))
    assert got == (effective(flag, one) or effective(flag, other))
    assert got == effective(flag, stricter(flag, other, one))
