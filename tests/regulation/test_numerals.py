"""Chinese numerals as legal texts write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanghu.regulation.numerals import numbers_in, numeral
from tests.regulation.copies import written


@given(st.integers(1, 199))
def test_a_written_number_reads_back(number: int) -> None:
    assert numeral(written(number)) == number
    assert numeral(str(number)) == number


@pytest.mark.parametrize(("text", "value"), [("乙", 1), ("兩", 2), ("十五", 15), ("１２", 12), ("一百零八", 108)])
def test_other_ways_of_writing(text: str, value: int) -> None:
    assert numeral(text) == value


@pytest.mark.parametrize("text", ["", "條", "十十", "三三", "一二十", "9999", "百百", "-1", "1.5"])
def test_what_is_no_numeral_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="numeral"):
        numeral(text)


def test_numbers_with_units_are_found_and_ordinals_are_not() -> None:
    found = [(stated.value, stated.unit) for stated in numbers_in("第三次會議:錯五次鎖三十分鐘,每半年乙次,逐日覆核")]
    assert found == [(5, "times"), (30, "minutes"), (6, "months"), (1, "times"), (1, "days")]
