"""Every app's faults: each code once in the product, the same values in both languages, none of them endless."""

from __future__ import annotations

import doctest
import string
from collections import Counter
from importlib import import_module

import pytest

from fanghu.faults import Exit, sentences
from fanghu.faults.sentences import LONGEST, Sentences

TABLES = {
    "alarms.problems": "FH-ALM-", "approvals.refusals": "FH-APR-", "endpoints.problems": "FH-END-",
    "intake.problems": "FH-SRC-", "register.problems": "FH-REG-", "retention.problems": "FH-RET-",
    "auditlog.granting": "FH-LOG-", "reviews.problems": "FH-REV-",
}  # fmt: skip


def table(module: str) -> Sentences:
    return import_module(f"fanghu.{module}").SENTENCES


def names(sentence: str) -> set[str]:
    return {name for _text, name, _spec, _conversion in string.Formatter().parse(sentence) if name}


@pytest.mark.parametrize(("module", "prefix"), TABLES.items())
def test_each_fault_can_be_told_in_both_languages(module: str, prefix: str) -> None:
    held = table(module)
    for code, (en, zh_hant) in held.by_code.items():
        assert code.startswith(prefix)
        assert names(en) == names(zh_hant), f"{code} tells other values in the other language"
        told = held.fault(code, **dict.fromkeys(names(en), "§"))
        assert (told.code, told.exit_code) == (code, held.exit_code)
        assert ("§" in told.en) == ("§" in told.zh_hant) == bool(names(en))
        assert "{" not in told.en + told.zh_hant
        assert en.endswith(".") and zh_hant.endswith("。")


def test_no_code_stands_twice() -> None:
    counted = Counter(code for module in TABLES for code in table(module).by_code)
    assert [code for code, times in counted.items() if times > 1] == []


def test_what_was_given_is_cut_and_stays_as_it_is() -> None:
    held = Sentences({"FH-X-01": ("No: {what}.", "否：{what}。"), "FH-X-02": ("{choices}", "{choices}")},
                     whole=frozenset({"choices"}))  # fmt: skip
    endless = "{0}" + "x" * 1_000
    assert held.fault("FH-X-01", what=endless).en == "No: {0}" + "x" * (LONGEST - 4) + "….", (
        "braces given are no places"
    )
    assert held.fault("FH-X-02", choices=endless).zh_hant == endless
    assert held.fault("FH-X-01", what=1, exit_code=Exit.BUSY).exit_code is Exit.BUSY
    assert doctest.testmod(sentences).failed == 0
    with pytest.raises(KeyError):
        held.fault("FH-X-01")
