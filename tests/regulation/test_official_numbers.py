"""Every number the official text states stands in our data, and our wording is our own.

The text itself is not in this repository; where a copy lies beside the checkout, it is compared too.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fanghu.regulation import load
from fanghu.regulation.numerals import numbers_in
from fanghu.regulation.official import OfficialText, expected, parse

EDITION = load()
BESIDE = Path(__file__).parents[3] / "shared/regulation/self-regulation-2022-12-30.zh-Hant.txt"
# (clause, number, unit) as the official text states them; "once every half year" is one number, six months.
STATED = {
    ("3.3", 6, "months"),
    ("3.6", 1, "days"),
    ("4.1", 3, "years"),
    ("4.3", 1, "days"),
    ("6.5", 3, "times"),
    ("6.5", 15, "minutes"),
    ("6.6", 3, "times"),
    ("6.7", 3, "months"),
    ("6.7", 3, "generations"),
    ("6.9", 1, "times"),
    ("7.8", 6, "months"),
}
SAME_UNIT = {"passwords": "generations"}
LONGEST_SHARED_RUN = 12


@pytest.fixture(scope="module")
def official() -> OfficialText:
    if not BESIDE.is_file():
        pytest.skip("no copy of the official text beside the checkout")
    return parse(BESIDE.read_bytes(), EDITION)


def test_the_numbers_of_the_law_are_our_limits_and_no_other_is_called_so() -> None:
    ours = {
        (duty.clause, limit.value, SAME_UNIT.get(limit.unit, limit.unit))
        for duty in EDITION.duties.values()
        for limit in duty.limits.values()
        if limit.from_text
    }
    assert ours == STATED


def test_the_official_copy_is_found_whole(official: OfficialText) -> None:
    assert official.found == expected(EDITION)
    assert (official.missing, official.unexpected) == ((), ())


def test_every_number_in_the_official_text_is_listed(official: OfficialText) -> None:
    found = {
        (number, stated.value, stated.unit)
        for number, wording in official.texts.items()
        for stated in numbers_in(wording)
        if not (stated.words in ("一次", "乙次") and "半年" in wording)
    }
    assert found == STATED


def test_shall_and_should_follow_the_official_text(official: OfficialText) -> None:
    with_should = {number for number, wording in official.texts.items() if "宜" in wording}
    assert with_should == {duty.clause for duty in EDITION.duties.values() if duty.strength == "should"}


def test_relief_stands_only_where_the_official_text_repeats_it(official: OfficialText) -> None:
    foreign = {number for number, wording in official.texts.items() if "標準較佳" in wording}
    assert foreign == {duty.clause for duty in EDITION.duties.values() if "foreign_standard" in duty.relief}


def test_class_1_and_internet_ordering_follow_the_official_text(official: OfficialText) -> None:
    for words, scope in (("第一類期貨商", "class_1"), ("提供網際網路下單", "internet_ordering")):
        named = {number for number, wording in official.texts.items() if words in wording}
        assert named == {duty.clause for duty in EDITION.duties.values() if duty.scope.firm == scope}


def test_our_wording_is_our_own(official: OfficialText) -> None:
    whole = bare("".join([*official.texts.values(), *official.other.values()]))
    runs = {whole[at : at + LONGEST_SHARED_RUN] for at in range(len(whole) - LONGEST_SHARED_RUN + 1)}
    copied = [
        (duty.id, text[at : at + LONGEST_SHARED_RUN])
        for duty in EDITION.duties.values()
        for text in map(bare, (duty.title.zh_hant, duty.asks.zh_hant, duty.would_prove.zh_hant))
        for at in range(len(text) - LONGEST_SHARED_RUN + 1)
        if text[at : at + LONGEST_SHARED_RUN] in runs
    ]
    assert copied == []


def bare(text: str) -> str:
    """Only the characters, without punctuation and space."""
    return re.sub(r"[\W_]", "", text)
