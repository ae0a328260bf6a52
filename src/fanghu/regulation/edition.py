"""An edition of the self-regulation, and the one way to load it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

from fanghu.regulation.duty import Duty, parts
from fanghu.regulation.reading import Reading
from fanghu.regulation.text import RegulationError, Text

NEWEST = "2022-12-30"


@dataclass(frozen=True)
class Edition:
    """One edition: ``articles`` and ``clauses`` map number to title, ``duties`` id to duty, all in natural order."""

    id: str
    adopted: date
    letter: date
    letter_number: str
    title: Text
    articles: Mapping[int, Text]
    other_articles: tuple[int, ...]
    clauses: Mapping[str, Text]
    duties: Mapping[str, Duty]

    def duty(self, duty_id: str) -> Duty:
        """The duty with this id; RegulationError FH-LAW-16 when the edition has none."""
        try:
            return self.duties[duty_id]
        except KeyError:
            raise RegulationError(
                "FH-LAW-16",
                f"版本 {self.id} 沒有義務「{duty_id}」；請以 fanghu regulation list 查看全部編號。",
                f'Edition {self.id} has no duty "{duty_id}"; see them all with fanghu regulation list.',
            ) from None

    def duties_of(self, clause: str) -> tuple[Duty, ...]:
        """The duties of a clause such as ``3.5``, in order; empty when there is no such clause."""
        return tuple(duty for duty in self.duties.values() if duty.clause == clause)


@cache
def load(edition: str = NEWEST) -> Edition:
    """Load and validate a shipped edition; RegulationError FH-LAW-11…13 names the file and what is wrong in it."""
    root = resources.files("fanghu.regulation") / "editions"
    known = sorted(entry.name for entry in root.iterdir() if entry.is_dir() and (entry / "edition.toml").is_file())
    if edition not in known:
        raise RegulationError(
            "FH-LAW-11",
            f"沒有「{edition}」這個版本；可用的版本：{'、'.join(known)}。",
            f'There is no edition "{edition}"; use one of: {", ".join(known)}.',
        )
    folder = root / edition
    return assemble({entry.name: entry.read_bytes() for entry in folder.iterdir() if entry.name.endswith(".toml")})


def assemble(files: Mapping[str, bytes]) -> Edition:
    """Build an edition from the contents of its TOML files, ``edition.toml`` and one ``aNN.toml`` per article."""
    head = Reading("edition.toml", _parse("edition.toml", files.get("edition.toml", b"")))
    articles = head.numbers("articles")
    counts = dict(zip(articles, head.numbers("clause_counts"), strict=False))
    fresh_for, drill_every = head.duration("fresh_for"), head.duration("drill_every")
    titles: dict[int, Text] = {}
    clauses: dict[str, Text] = {}
    duties: list[Duty] = []
    for article in articles:
        name = f"a{article:02}.toml"
        body = Reading(name, _parse(name, files.get(name, b"")))
        if body.number("article") != article:
            raise body.error(f"「article」應為 {article}", f'"article" must be {article}')
        titles[article] = body.text("title")
        named = {key: Reading(f"{name}, clause {key}", value) for key, value in body.table("clauses").items()}
        clauses |= {key: reading.text("title") for key, reading in named.items()}
        duties += [
            Reading(f"{name}, duty {number}", table).duty(fresh_for, drill_every)
            for number, table in enumerate(body.tables("duties"), start=1)
        ]
        body.done()
    duties.sort(key=lambda duty: duty.order)
    for duty in duties:
        clauses.setdefault(duty.clause, duty.title)
    loaded = Edition(
        id=head.word("id"),
        adopted=head.day("adopted"),
        letter=head.day("letter"),
        letter_number=head.word("letter_number"),
        title=head.text("title"),
        articles=titles,
        other_articles=head.numbers("other_articles"),
        clauses=dict(sorted(clauses.items(), key=lambda item: parts(item[0]))),
        duties={duty.id: duty for duty in duties},
    )
    head.done()
    _check_whole(head, loaded, duties, counts)
    return loaded


def _check_whole(head: Reading, edition: Edition, duties: list[Duty], counts: Mapping[int, int]) -> None:
    """Nothing twice, nothing missing: every article has its clauses 1…n and each clause at least one duty."""
    if len(duties) != len(edition.duties):
        twice = sorted({duty.id for duty in duties if sum(other.id == duty.id for other in duties) > 1})
        raise head.error(f"義務重複：{twice}", f"duties given twice: {twice}")
    if len({duty.module for duty in duties}) != len(duties) or len({duty.slug for duty in duties}) != len(duties):
        raise head.error("義務的 slug 重複", "two duties share a slug")
    expected = [f"{article}.{number}" for article, count in counts.items() for number in range(1, count + 1)]
    if set(counts) != set(edition.articles) or list(edition.clauses) != expected:
        off = sorted(set(edition.clauses) ^ set(expected))
        raise head.error(f"條款與 clause_counts 不符：{off}", f"clauses do not agree with clause_counts: {off}")
    bare = [clause for clause in edition.clauses if not edition.duties_of(clause)]
    if bare:
        raise head.error(f"條款沒有義務：{bare}", f"clauses without a duty: {bare}")


def _parse(name: str, content: bytes) -> dict[str, Any]:
    try:
        return tomllib.loads(content.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RegulationError(
            "FH-LAW-12",
            f"規範檔 {name} 不是有效的 TOML（{error}）；請重新安裝或還原該檔。",
            f"{name} of the edition is not valid TOML ({error}); reinstall or restore that file.",
        ) from None
