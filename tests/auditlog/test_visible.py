"""Whatever text comes from outside, nothing of it hides or steers when it is shown, and JSON still says the same."""

from __future__ import annotations

import doctest
import json
from unicodedata import category

from hypothesis import given
from hypothesis import strategies as st

from fanghu.auditlog import visible as module
from fanghu.auditlog.visible import HIDDEN, visible, visible_json

hiding = st.text(st.one_of(st.characters(categories=sorted(HIDDEN)), st.characters()), max_size=20)


def hides(text: str) -> bool:
    return any(category(letter) in HIDDEN for letter in text)


@given(hiding)
def test_nothing_hides_and_the_rest_stands(text: str) -> None:
    shown = visible(text)
    assert not hides(shown) and visible(shown) == shown
    assert shown == text or hides(text)
    assert not hides(visible(text, but="\n\t").replace("\n", "").replace("\t", ""))
    assert [letter for letter in text if letter in "\n\t"] == [
        letter for letter in visible(text, but="\n\t") if letter in "\n\t"
    ]


@given(st.dictionaries(hiding, st.one_of(hiding, st.integers(), st.lists(hiding, max_size=2)), max_size=3))
def test_json_says_the_same(value: dict[str, object]) -> None:
    for indent in (None, 1):
        shown = visible_json(value, indent=indent)
        assert json.loads(shown) == value and not hides(shown.replace("\n", ""))
    assert "\n" not in visible_json(value)


def test_examples() -> None:
    assert doctest.testmod(module).attempted == 2 and not doctest.testmod(module).failed
