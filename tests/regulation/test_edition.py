"""The shipped edition is whole, and a damaged one is refused with the place and the reason."""

from __future__ import annotations

import re
from datetime import timedelta
from importlib import resources

import pytest

from fanghu.regulation import RegulationError, load
from fanghu.regulation.duty import ONS
from fanghu.regulation.edition import assemble

EDITION = load()
FILES = {
    entry.name: entry.read_bytes()
    for entry in (resources.files("fanghu.regulation") / "editions" / EDITION.id).iterdir()
    if entry.name.endswith(".toml")
}
SPLIT = {"3.5a", "3.5b", "6.7a", "6.7b", "6.8a", "6.8b", "6.9a", "6.9b"}
ITEMS = {"10.1.1", "10.1.2", "10.1.3", "10.6.1", "10.6.2"}


def test_seventy_six_clauses_and_eighty_three_duties_in_natural_order() -> None:
    assert len(EDITION.clauses) == 76
    assert len(EDITION.duties) == 83
    clauses = list(EDITION.clauses)
    assert clauses[:3] == ["3.1", "3.2", "3.3"]
    assert clauses.index("3.2") < clauses.index("3.10") < clauses.index("4.1")
    assert {duty_id for duty_id in EDITION.duties if duty_id not in EDITION.clauses} == SPLIT | ITEMS
    assert [duty.id for duty in EDITION.duties_of("10.6")] == ["10.6.1", "10.6.2"]


def test_shoulds_reliefs_and_firm_scopes_are_those_of_the_table() -> None:
    duties = EDITION.duties.values()
    assert {d.id for d in duties if d.strength == "should"} == {"3.5b", "6.8b", "6.9b", "8.5", "8.6", "9.4"}
    foreign = {"3.9", "3.10", "3.11", "3.12", "3.13", "6.5", "6.7a", "6.7b"}
    assert {d.id for d in duties if "foreign_standard" in d.relief} == foreign
    assert {d.id: d.relief for d in duties if d.relief and d.id not in foreign} == {
        "8.1": ("physical_substitute",),
        "8.2": ("same_group",),
    }
    bound = {
        scope: {d.id for d in duties if d.scope.firm == scope}
        for scope in ("class_1", "internet_ordering", "transfers_abroad")
    }
    assert bound == {
        "class_1": {"3.4", "3.5a", "3.5b", "5.4", "5.5", "8.7"},
        "internet_ordering": {"3.6", "7.7", "7.8", "7.9"},
        "transfers_abroad": {"8.2"},
    }
    assert {d.scope.on for d in duties} == set(ONS)


def test_system_one_must_prove_more_where_the_table_says_so() -> None:
    stronger = {d.id: d.proof_system_one for d in EDITION.duties.values() if d.proof_system_one != d.proof_target}
    assert stronger == {"3.2": ("drilled",), "5.7": ("drilled",), "8.4": ("drilled",)}
    for duty in EDITION.duties.values():
        drilled = "drilled" in (*duty.proof_target, *duty.proof_system_one)
        assert duty.drill_every == (timedelta(days=30) if drilled else None), duty.id
        assert duty.fresh_for == timedelta(days=2), duty.id


def test_cadence_follows_the_limit_that_sets_it() -> None:
    cadences = {d.id: d.cadence for d in EDITION.duties.values() if d.cadence}
    assert cadences == {
        "3.3": "P6M",
        "3.6": "P1D",
        "4.3": "P1D",
        "4.4": "P1M",
        "4.9": "P1D",
        "5.1": "P1Y",
        "5.3": "P3M",
        "5.4": "P1Y",
        "5.6": "P1Y",
        "5.7": "P1Y",
        "5.8": "P1Y",
        "7.2": "P1Y",
        "7.8": "P6M",
        "7.9": "P1Y",
        "8.4": "P1Y",
        "9.1": "P1Y",
        "10.3": "P1Y",
    }


def test_names_of_the_clause_modules() -> None:
    names = {duty_id: EDITION.duties[duty_id].module for duty_id in ("3.5a", "6.5", "10.1.1", "3.10")}
    assert names == {
        "3.5a": "a03.c05a_conditions_of_use_enforced",
        "6.5": "a06.c05_lockout_after_three_failures",
        "10.1.1": "a10.c01_1_device_and_media_rules",
        "3.10": "a03.c10_verification_on_the_server",
    }


# Characters that exist only in Simplified Chinese, and words of the mainland where Taiwan says otherwise.
SIMPLIFIED = set("账录个时间码统应发设备规则测试资号权审执实网络访问证检优势过软盘级条约处务员监")
MAINLAND = re.compile("帐|賬號|日誌文件|數據|信息|用戶名|軟件|網絡|默認|服務器|登錄名|程序員")


def test_every_text_is_in_both_languages_in_the_words_of_taiwan() -> None:
    for duty in EDITION.duties.values():
        for text in (duty.title, duty.asks, duty.would_prove):
            assert re.search("[一-鿿]", text.zh_hant), duty.id
            assert not re.search("[一-鿿]", text.en), duty.id
            assert not SIMPLIFIED & set(text.zh_hant), duty.id
            assert not MAINLAND.search(text.zh_hant), duty.id


def test_an_unknown_edition_names_the_known_ones() -> None:
    with pytest.raises(RegulationError, match=r"FH-LAW-11.*2022-12-30") as caught:
        load("1999-01-01")
    assert "2022-12-30" in caught.value.text.zh_hant


def test_an_unknown_duty_is_a_clear_sentence() -> None:
    with pytest.raises(RegulationError, match=r'FH-LAW-16: .*"3\.99"'):
        EDITION.duty("3.99")


DAMAGES = [
    ("a06.toml", 'strength = "shall"', 'strength = "must"', "does not know 'must'"),
    ("a06.toml", 'on = "e_trading"', 'on = "moon"', "does not know 'moon'"),
    ("a06.toml", 'slug = "e_trading_hard_lock"', 'slug = "E-Trading"', "bad id or slug"),
    ("a06.toml", 'slug = "e_trading_hard_lock"', 'slug = "lockout_after_three_failures"', "share a slug"),
    ("a06.toml", 'id = "6.6"', 'id = "6.5"', "given twice"),
    ("a06.toml", 'id = "6.6"', 'id = "6.12"', "do not agree with clause_counts"),
    ("a06.toml", 'id = "6.6"', 'id = "6,6"', "bad id or slug"),
    ("a06.toml", 'value = 15, unit = "minutes"', 'value = 15, unit = "fortnights"', "does not know 'fortnights'"),
    ("a06.toml", "value = 15", "value = -15", "not allowed"),
    ("a06.toml", "value = 15", "value = inf", "not allowed"),
    ("a06.toml", "value = 15", "value = true", "of the wrong kind"),
    ("a06.toml", "value = 15", 'value = "15"', "of the wrong kind"),
    ("a06.toml", 'stricter = "higher", from_text', "strict = 1, from_text", "missing or of the wrong kind"),
    ("a03.toml", 'paced_by = "review_months"', 'paced_by = "idle_dayz"', "can set a pace"),
    ("a03.toml", 'proof.system_one = ["drilled"]', 'proof.system_one = ["attested"]', "weaker than the target"),
    ("a03.toml", 'proof.target = ["drilled"]', "proof.target = []", "empty or repeats"),
    ("a03.toml", "article = 3", "article = 4", '"article" must be 3'),
    ("a03.toml", "asks.en", "aks.en", '"en" is missing'),
    ("a03.toml", 'strength = "shall"', 'strength = "shall"\nseverity = "high"', "unknown keys"),
    ("edition.toml", 'fresh_for = "P2D"', 'fresh_for = "two days"', "not a duration"),
    ("edition.toml", "13, 11, 8", "13, 12, 8", "do not agree"),
]


@pytest.mark.parametrize(("name", "good", "bad", "why"), DAMAGES)
def test_damaged_data_is_refused_with_its_place_and_reason(name: str, good: str, bad: str, why: str) -> None:
    text = FILES[name].decode()
    assert good in text
    with pytest.raises(RegulationError) as caught:
        assemble(FILES | {name: text.replace(good, bad, 1).encode()})
    assert caught.value.code == "FH-LAW-13"
    assert why in caught.value.text.en
    assert name.removesuffix(".toml") in caught.value.text.en or "edition.toml" in caught.value.text.en


@pytest.mark.parametrize("content", [b"article = ", b"\xff\xfe", b"[duties"])
def test_a_file_that_is_not_toml_is_named(content: bytes) -> None:
    with pytest.raises(RegulationError, match=r"FH-LAW-12: a07\.toml"):
        assemble(FILES | {"a07.toml": content})


def test_a_missing_file_is_refused() -> None:
    with pytest.raises(RegulationError, match="FH-LAW-13"):
        assemble({name: content for name, content in FILES.items() if name != "a09.toml"})
