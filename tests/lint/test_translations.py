"""Every sentence a person may read has its Traditional Chinese, with the same placeholders, in Taiwan's characters."""

from __future__ import annotations

import inspect
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest

from tests.layout.house import MODULES, PACKAGES, ROOT, SRC, shown

KEYWORDS = (
    "_",
    "gettext",
    "gettext_lazy",
    "gettext_noop",
    "ngettext:1,2",
    "ngettext_lazy:1,2",
    "pgettext:1c,2",
    "pgettext_lazy:1c,2",
    "npgettext:1c,2,3",
)
CATALOGUES = tuple(sorted(SRC.glob("*/locale/zh_Hant/LC_MESSAGES/django.po")))
PLACES = re.compile(r"%\((\w+)\)[sd]|{(\w*)[^{}]*}")
MAINLAND = (
    "信息",
    "用戶名",
    "服務器",
    "默認",
    "軟件",
    "數據",
    "網絡",
    "視頻",
    "缺省",
    "賬號",
    "賬戶",
    "程序員",
    "激活",
    "刷新",
)


def places(text: str) -> list[str]:
    """The names of a sentence's placeholders, in order of name."""
    return sorted("".join(found) for found in PLACES.findall(text))


def key(entry: polib.POEntry) -> tuple[str, str]:
    return entry.msgctxt or "", entry.msgid


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], list[str]]:
    """Every msgid that the source uses, with where; read by xgettext, templates as Django reads them."""
    if not shutil.which("xgettext"):
        pytest.fail("xgettext is missing: ./run test installs gettext")
    from django.conf import settings

    if not settings.configured:
        settings.configure()
    from django.utils.translation.template import templatize

    folder = tmp_path_factory.mktemp("messages")
    names = {}
    for source in [*MODULES, *SRC.glob("*/templates/**/*.html"), *SRC.glob("*/templates/**/*.txt")]:
        text = source.read_text("utf-8")
        if source.suffix != ".py":
            text = templatize(text, origin=str(source))
        copy = folder / f"{len(names):05d}.py"
        copy.write_text(text, "utf-8")
        names[copy.name] = shown(source)
    pot = folder / "all.pot"
    keywords = [f"--keyword={word}" for word in KEYWORDS]
    subprocess.run(
        ["xgettext", "--language=Python", "--from-code=UTF-8", "--keyword", *keywords, "-o", pot, *sorted(names)],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    found: dict[tuple[str, str], list[str]] = {}
    for entry in polib.pofile(str(pot)):
        found[key(entry)] = [names[file] for file, _line in entry.occurrences]
    return found


def entries() -> Iterator[tuple[Path, polib.POEntry]]:
    for catalogue in CATALOGUES:
        for entry in polib.pofile(str(catalogue)):
            if not entry.obsolete:
                yield catalogue, entry


def translated() -> dict[tuple[str, str], str]:
    return {key(e): e.msgstr or next(iter(e.msgstr_plural.values()), "") for _, e in entries()}


@pytest.mark.parametrize("package", [p.name for p in PACKAGES])
def test_every_sentence_is_translated(package: str, used: dict[tuple[str, str], list[str]]) -> None:
    have, home = translated(), f"src/fanghu/{package}/"
    missing = {m: w[0] for (c, m), w in used.items() if w[0].startswith(home) and not have.get((c, m))}
    assert used
    assert not missing, "\n".join(f"{where}: {msgid!r}" for msgid, where in missing.items())


def test_every_reading_is_translated() -> None:
    have = translated()
    missing = []
    for path in sorted((SRC / "clauses").glob("a*/c*.py")):
        code = compile(path.read_text("utf-8"), str(path), "exec", dont_inherit=True)
        text = inspect.cleandoc(code.co_consts[0])
        if not have.get(("", text)):
            missing.append(shown(path))
    assert not missing, "these docstrings are the text of a clause page and have no zh-Hant"


def test_no_translation_is_fuzzy_or_empty() -> None:
    bad = [
        f"{shown(c)}: {e.msgid!r}" for c, e in entries() if e.fuzzy or not (e.msgstr or all(e.msgstr_plural.values()))
    ]
    assert not bad


def test_placeholders_are_the_same_in_both_languages() -> None:
    differ = []
    for catalogue, entry in entries():
        wanted = {tuple(places(entry.msgid)), tuple(places(entry.msgid_plural or entry.msgid))}
        texts = [entry.msgstr] if entry.msgstr else entry.msgstr_plural.values()
        differ += [f"{shown(catalogue)}: {entry.msgid!r} → {t!r}" for t in texts if tuple(places(t)) not in wanted]
    assert not differ


def test_one_sentence_has_one_translation() -> None:
    """Django merges the catalogues: a second translation of a sentence would never show, or show by accident."""
    said: dict[tuple[str, str], dict[str, str]] = {}
    for catalogue, entry in entries():
        said.setdefault(key(entry), {})[entry.msgstr or str(entry.msgstr_plural)] = shown(catalogue)
    assert not {msgid: texts for msgid, texts in said.items() if len(texts) > 1}


def test_the_chinese_is_taiwans() -> None:
    """Simplified characters are not in Big5; mainland words are listed."""
    odd = []
    for catalogue, entry in entries():
        text = entry.msgstr + "".join(entry.msgstr_plural.values())
        for character in text:
            if "\u4e00" <= character <= "\u9fff":
                try:
                    character.encode("cp950")
                except UnicodeEncodeError:
                    odd.append(f"{shown(catalogue)}: {character} in {text!r}")
        odd += [f"{shown(catalogue)}: {word} in {text!r}" for word in MAINLAND if word in text]
    assert not odd


def test_an_app_that_speaks_has_a_catalogue(used: dict[tuple[str, str], list[str]]) -> None:
    speaking = {where.split("/")[2] for places_ in used.values() for where in places_}
    having = {catalogue.relative_to(SRC).parts[0] for catalogue in CATALOGUES}
    known = {package.name for package in PACKAGES}
    assert (speaking & known) <= having, f"no catalogue under {ROOT.name}/src/fanghu/<app>/locale"


def test_the_lint_sees_a_renamed_placeholder() -> None:
    assert places("Due {due} of %(all)s") == ["all", "due"]
    assert places("到期 {date}") != places("Due {due}")
