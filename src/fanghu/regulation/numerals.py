"""Chinese numerals and the numbers a legal text states."""

from __future__ import annotations

import re
from dataclasses import dataclass
from unicodedata import normalize

DIGITS = {"零": 0, "〇": 0, "○": 0, "一": 1, "乙": 1, "二": 2, "兩": 2, "三": 3, "四": 4, "五": 5}
DIGITS |= {"六": 6, "七": 7, "八": 8, "九": 9}
NUMERAL = "[零〇○一乙二兩三四五六七八九十百0-9]{1,7}"
UNITS = {
    "個月": "months",
    "分鐘": "minutes",
    "小時": "hours",
    "年": "years",
    "日": "days",
    "天": "days",
    "次": "times",
    "代": "generations",
}
WORDS = {"半年": (6, "months"), "每日": (1, "days"), "逐日": (1, "days"), "一次性": (1, "times")}
STATED = re.compile(f"({'|'.join(WORDS)})|(?<!第)({NUMERAL})({'|'.join(UNITS)})")


@dataclass(frozen=True, slots=True)
class Stated:
    """A number a text states, with its unit and the words that state it."""

    value: int
    unit: str
    words: str


def numeral(text: str) -> int:
    """The value of a whole numeral below 1000, Chinese or Arabic, half or full width; ValueError otherwise."""
    plain = normalize("NFKC", text)
    if plain.isascii() and plain.isdigit() and len(plain) <= 3:
        return int(plain)
    hundreds, _, rest = plain.partition("百") if "百" in plain else ("", "", plain)
    tens, _, ones = rest.partition("十") if "十" in rest else ("", "", rest)
    if not plain or any(len(part) > 1 for part in (hundreds, tens)) or len(ones.lstrip("零〇○")) > 1:
        raise ValueError(f"not a numeral: {text!r}")
    try:
        total = DIGITS[hundreds] * 100 if hundreds else 100 * ("百" in plain)
        total += DIGITS[tens] * 10 if tens else 10 * ("十" in rest)
        return total + (DIGITS[ones[-1]] if ones else 0)
    except KeyError:
        raise ValueError(f"not a numeral: {text!r}") from None


def numbers_in(text: str) -> tuple[Stated, ...]:
    """The numbers with units in ``text``, in order: 三次, 十五分鐘, 半年, 逐日…; ordinals (第三…) are none."""
    found = []
    for match in STATED.finditer(normalize("NFKC", text)):
        word, value, unit = match.groups()
        number, meant = WORDS[word] if word else (numeral(value), UNITS[unit])
        found.append(Stated(number, meant, match.group()))
    return tuple(found)
