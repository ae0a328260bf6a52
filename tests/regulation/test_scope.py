"""Whom a duty binds, told as firms and systems; nothing unknown ever narrows the scope."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanghu.regulation import FirmFacts, SystemFacts, applies, load, open_relief
from fanghu.testimony import FIRM, Subject

DUTIES = load().duties
CLASS_1 = FirmFacts("futures_firm", "class_1", False, True, True)
CLASS_2 = FirmFacts("futures_firm", "class_2", False, False, False)
TRADING = SystemFacts("trading", True, "trading", True, True, True, True, True, True, False, False, True, False)
INTRANET = SystemFacts("wiki", False, "other", False, False, False, False, True, False, False, False, False, False)
FLAGS = [field.name for field in fields(SystemFacts) if field.name not in ("slug", "kind")]
BOOL = st.sampled_from([True, False, None])
SYSTEMS = st.builds(SystemFacts, slug=st.just("s"), kind=st.none(), **dict.fromkeys(FLAGS, BOOL))
FIRMS = st.builds(
    FirmFacts,
    kind=st.sampled_from(["futures_firm", "leverage_dealer", "futures_service", None]),
    firm_class=st.sampled_from(["class_1", "class_2", None]),
    foreign_group=BOOL,
    internet_ordering=BOOL,
    transfers_abroad=BOOL,
)


def bound(firm: FirmFacts | None, system: SystemFacts) -> set[str]:
    subject = Subject.system(system.slug)
    return {duty.id for duty in DUTIES.values() if applies(duty, firm, subject, system).applies}


def test_a_class_1_firms_trading_system_is_bound_by_nearly_all() -> None:
    not_bound = set(DUTIES) - bound(CLASS_1, TRADING)
    assert not_bound == {"5.8", "8.2", "10.1.1", "6.2", "6.8b", "6.9b", "7.13"}


def test_a_small_firms_intranet_page_is_bound_by_few() -> None:
    assert bound(CLASS_2, INTRANET) == {
        *("3.1", "3.2", "3.3", "3.8", "3.10", "4.8", "4.9", "4.10"),
        *("6.1", "6.3", "6.4", "6.5", "6.7a", "6.8b", "6.9b", "6.10", "6.11"),
        *("7.1", "7.4", "7.5", "7.10", "7.12", "7.14", "7.15"),
        *("8.3", "8.4", "8.5", "8.6", "8.8", "9.1", "9.2", "9.3"),
    }


def test_the_firm_itself_is_judged_on_three_duties() -> None:
    on_firm = {duty.id for duty in DUTIES.values() if applies(duty, CLASS_1, FIRM).applies}
    assert on_firm == {"5.8", "8.2", "10.1.1"}
    assert applies(DUTIES["8.2"], CLASS_2, FIRM).code == "no_transfers_abroad"
    assert applies(DUTIES["6.5"], CLASS_1, FIRM).code == "judged_per_system"
    assert applies(DUTIES["5.8"], CLASS_1, Subject.system("trading"), TRADING).code == "judged_on_firm"


def test_reasons_name_the_fact_in_both_languages() -> None:
    answer = applies(DUTIES["3.4"], CLASS_2, Subject.system("trading"), TRADING)
    assert (answer.applies, answer.code) == (False, "class_2")
    assert answer.reason.zh_hant == "第二類期貨商 ⇒ 不適用。"
    assert answer.reason.en == "The firm is class 2; this duty binds class 1 only."
    dealer = FirmFacts("leverage_dealer", None, False, False, False)
    answer = applies(DUTIES["3.4"], dealer, Subject.system("trading"), TRADING)
    assert (answer.applies, answer.code) == (False, "not_a_futures_firm")
    assert "槓桿交易商" in answer.reason.zh_hant


def test_before_the_firm_is_described_the_strictest_scope_is_assumed_and_said() -> None:
    answer = applies(DUTIES["3.4"], None, Subject.system("new"))
    assert answer.applies
    assert answer.assumed == ("firm_class", "is_core")
    assert "最嚴格" in answer.reason.zh_hant
    assert "strictest scope is assumed" in answer.reason.en
    unknown = bound(None, SystemFacts("new"))
    assert unknown == set(DUTIES) - {"5.8", "8.2", "10.1.1", "6.8b", "6.9b"}


def test_core_and_non_core_duties_of_one_clause_never_both_bind() -> None:
    internal_core = replace(TRADING, serves_outside=False)
    assert {"6.8a", "6.9b"} <= bound(CLASS_1, internal_core)
    assert not {"6.8b", "6.9a"} & bound(CLASS_1, internal_core)
    no_passwords = replace(TRADING, uses_passwords=False)
    assert not {"6.3", "6.7a", "6.7b", "6.9a", "6.9b", "6.11"} & bound(CLASS_1, no_passwords)


def test_a_retired_system_keeps_its_records_and_nothing_else() -> None:
    assert bound(CLASS_1, replace(TRADING, retired=True)) == {"4.1", "10.6.1", "10.6.2"}
    assert applies(DUTIES["6.5"], CLASS_1, Subject.system("x"), SystemFacts("x", retired=True)).code == "retired"


def test_a_stated_fact_that_rules_out_is_not_called_an_assumption() -> None:
    answer = applies(DUTIES["7.13"], CLASS_1, Subject.system("x"), SystemFacts("x", outsourced_development=False))
    assert (answer.applies, answer.assumed) == (False, ())


def test_facts_of_another_system_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="wiki"):
        applies(DUTIES["6.5"], CLASS_1, Subject.system("trading"), INTRANET)


@given(firm=FIRMS, system=SYSTEMS)
def test_leaving_a_fact_unstated_never_lifts_a_shall_duty(firm: FirmFacts, system: SystemFacts) -> None:
    shall = {duty.id for duty in DUTIES.values() if duty.strength == "shall"}
    stated = bound(firm, system) & shall
    for flag in FLAGS:
        if flag != "retired":
            unstated: dict[str, Any] = {flag: None}
            assert stated <= bound(firm, replace(system, **unstated)) & shall
    assert stated <= bound(replace(firm, internet_ordering=None, firm_class=None, kind=None), system) | {"8.2"}


@given(firm=FIRMS, system=SYSTEMS)
def test_every_answer_has_a_reason_in_both_languages(firm: FirmFacts, system: SystemFacts) -> None:
    for duty in DUTIES.values():
        answer = applies(duty, firm, Subject.system("s"), system)
        assert len(answer.reason.zh_hant) > 3
        assert len(answer.reason.en) > 10
        assert answer.applies == answer.code.startswith("binds_")


def test_foreign_relief_is_open_only_to_a_firm_of_a_foreign_group() -> None:
    foreign = replace(CLASS_1, foreign_group=True)
    assert open_relief(DUTIES["6.5"], foreign) == ("foreign_standard",)
    assert open_relief(DUTIES["8.2"], foreign) == ("same_group",)
    for firm in (CLASS_1, FirmFacts(), None):
        assert open_relief(DUTIES["6.5"], firm) == ()
        assert open_relief(DUTIES["8.1"], firm) == ("physical_substitute",)
    assert open_relief(DUTIES["6.6"], foreign) == ()
