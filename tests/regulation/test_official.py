"""A firm's own copy of the text, in every shape in which it leaves a word processor, and files that are no copy."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanghu.regulation import RegulationError, load
from fanghu.regulation.official import MOST_BYTES, expected, parse
from tests.regulation.copies import copy_of

EDITION = load()


def wording(number: str) -> str:
    return f"條文{number.replace('.', '之')}的內容,應辦理。"


COPY = copy_of(EDITION, wording)


def test_a_complete_copy_is_found_whole() -> None:
    official = parse(COPY.encode(), EDITION)
    assert official.found == expected(EDITION)
    assert len(official.found) == 81
    assert (official.missing, official.unexpected) == ((), ())
    assert official.texts["6.5"] == wording("6.5")
    assert official.texts["10.6.2"] == wording("10.6.2")
    assert official.of("6.7b") == wording("6.7")
    assert official.of("10.1.1") == wording("10.1.1")
    assert official.titles[3] == "標題3"
    assert official.other[11] == "照章辦理。"


@pytest.mark.parametrize(
    "shape",
    [
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.encode("cp950"),
        lambda text: text.encode("utf-16"),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.replace("\n", "\r").encode(),
        lambda text: text.replace("- ", "").encode(),
        lambda text: text.replace("(", "（").replace(")", "）").encode(),
        lambda text: text.replace("、", "､").encode(),
        lambda text: text.replace("條 ", "條　").encode(),
        lambda text: text.replace("第", "\u200b\ufeff第").encode(),
        lambda text: text.replace("第三條", "第 3 條").replace("第十條", "第１０條").encode(),
        lambda text: text.replace("第六條 標題6", "# 第六條（標題6）").encode(),
        lambda text: text.replace("\n第五條", "\n- 3 -\n\f12\n第 4 頁，共 9 頁\n第五條").encode(),
        lambda text: text.replace("的內容,應", "的內容,\n\n應").encode(),
        lambda text: text.replace("第四條 標題4", "第四條\n標題4").encode(),
    ],
)
def test_the_same_copy_in_other_shapes(shape) -> None:  # type: ignore[no-untyped-def]
    official = parse(shape(COPY), EDITION)
    assert official.found == expected(EDITION)
    assert (official.missing, official.unexpected) == ((), ())
    assert official.texts["3.5"] == wording("3.5")


def test_gaps_and_strangers_are_named() -> None:
    short = copy_of(EDITION, wording, without=frozenset({"6.5", "10.6.1", "9.4"}))
    official = parse(
        (short + "\n第十三條 附則\n新增。\n").replace("第四條 標題4", "十四、多出的款\n第四條 標題4").encode(), EDITION
    )
    assert official.missing == ("6.5", "9.4", "10.6.1")
    assert official.unexpected == ("3.14", "13")
    assert official.of("6.5") is None


def test_a_sentence_that_begins_with_another_article_is_not_a_heading() -> None:
    broken = COPY.replace("條文5之2的內容,應辦理。", "依準則\n第三十六條之二條文指派,\n第三條 所定之程序,應辦理。")
    official = parse(broken.encode(), EDITION)
    assert official.texts["5.2"] == "依準則第三十六條之二條文指派,第三條 所定之程序,應辦理。"
    assert official.missing == ()


def test_a_table_of_contents_before_the_text_does_no_harm() -> None:
    contents = "目錄\n" + "".join(f"第{numeral}條 標題\n" for numeral in "一二三四五六七八九十")
    official = parse((contents + COPY).encode(), EDITION)
    assert (official.missing, official.unexpected) == ((), ())


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "FH-LAW-06"),
        (b"\xef\xbb\xbf \n\n", "FH-LAW-06"),
        (b"x" * (MOST_BYTES + 1), "FH-LAW-01"),
        (b"PK\x03\x04rest of a workbook", "FH-LAW-02"),
        (b"%PDF-1.7 rest", "FH-LAW-02"),
        (COPY.encode() + b"\x00", "FH-LAW-02"),
        (COPY.encode() + b"\x1b[2J", "FH-LAW-02"),
        (b"\xff\xfe\x00", "FH-LAW-03"),
        (b"\x81\xff\xff\xfe", "FH-LAW-03"),
        ("會議紀錄,沒有條文".encode(), "FH-LAW-04"),
        ("第三條 存取控制\n沒有款次。".encode(), "FH-LAW-04"),
        ((COPY + COPY).encode(), "FH-LAW-05"),
    ],
)
def test_what_is_no_copy_is_refused_with_a_code(content: bytes, code: str) -> None:
    with pytest.raises(RegulationError) as caught:
        parse(content, EDITION)
    assert caught.value.code == code
    assert caught.value.text.zh_hant
    assert str(caught.value).startswith(f"{code}: ")


@given(
    st.binary(max_size=400) | st.text(alphabet="第條一三十、()（） -\n。.3款\u200b㈠⑴百", max_size=200).map(str.encode)
)
def test_whatever_the_bytes_it_answers_or_refuses_clearly(content: bytes) -> None:
    try:
        official = parse(content, EDITION)
    except RegulationError as error:
        answered = error.code
    else:
        answered = "read"
        assert set(official.found) | set(official.missing) == set(expected(EDITION))
    assert answered == "read" or answered.startswith("FH-LAW-")


def test_two_megabytes_of_numbering_are_read_in_linear_time() -> None:
    hostile = ("第三條 x\n一、" + "(" * 600_000 + "\n" + "- " * 300_000 + "\n" + "一" * 100_000).encode()
    assert len(hostile) <= MOST_BYTES
    assert parse(hostile, EDITION).found == ("3.1",)
