"""Dates as Taiwan writes them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanghu.identifiers.roc_date import in_roc_year, parse_date, plain_date

DAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    "text",
    [
        "115/11/22", "115-11-22", "115.11.22", "民國115年11月22日", "中華民國 115 年 11 月 22 日", "1151122", "20261122",
        "2026-11-22", "2026/11/22", "2026年11月22日", "１１５／１１／２２", " 115/11/22 ", "2026-11-22 00:00:00", "2026-11-22T00:00",
    ],
)  # fmt: skip
def test_every_way_of_writing_one_day(text):
    assert parse_date(text) == DAY


def test_years_of_two_digits_are_roc_only_where_they_cannot_be_anything_else():
    assert parse_date("98/3/1") == date(2009, 3, 1)
    assert parse_date("民國22年3月1日") == date(1933, 3, 1)
    with pytest.raises(ValueError, match="not clear"):
        parse_date("22/11/15")


@pytest.mark.parametrize(
    "text", ["", "115/13/1", "115/2/30", "0/1/1", "11/22/2026", "2026-11-22 13:00", "soon", "9999/1/1", "45000"]
)
def test_what_is_no_date_is_refused(text):
    with pytest.raises(ValueError):
        parse_date(text)


@given(st.dates(date(1972, 1, 1), date(2190, 12, 31)))
def test_roc_and_iso_texts_come_back_as_the_same_day(day):
    assert parse_date(in_roc_year(day)) == day == parse_date(plain_date(day))


def test_there_is_no_roc_year_before_the_first():
    with pytest.raises(ValueError, match="first ROC year"):
        in_roc_year(date(1912, 1, 1) - timedelta(days=1))
