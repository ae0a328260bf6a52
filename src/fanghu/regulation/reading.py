"""Reads the tables of an edition's TOML strictly: every key known, every value of its kind, errors that name both."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, TypeVar

from fanghu.regulation.duty import (
    DUTY_ID,
    FIRM_SCOPES,
    ONS,
    PACES,
    PROOF_KINDS,
    RELIEF_KINDS,
    STRENGTHS,
    STRICTER,
    UNITS,
    Duty,
    Limit,
    Scope,
)
from fanghu.regulation.text import RegulationError, Text

Word = TypeVar("Word", bound=str)
SLUG = re.compile(r"[a-z][a-z0-9_]{3,48}")
LIMIT_NAME = re.compile(r"[a-z][a-z0-9_]*")


class Reading:
    """A table and where it stands; each key is taken once and ``done`` refuses what is left over."""

    def __init__(self, where: str, table: object) -> None:
        self.where = where
        if not isinstance(table, dict):
            raise self.error("應為表格", "a table is expected")
        self.left: dict[str, Any] = dict(table)

    def error(self, zh_hant: str, en: str) -> RegulationError:
        """The error FH-LAW-13 for this table."""
        return RegulationError(
            "FH-LAW-13",
            f"規範資料有誤（{self.where}）：{zh_hant}。請修正或還原該檔。",
            f"The edition's data is wrong ({self.where}): {en}. Correct or restore that file.",
        )

    def take(self, key: str, kind: type | tuple[type, ...]) -> Any:
        """Remove and return a required value of ``kind`` (a bool is never taken for a number)."""
        value = self.left.pop(key, None)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self.error(f"「{key}」缺漏或型別不對", f'"{key}" is missing or of the wrong kind')
        return value

    def done(self) -> None:
        """Refuse keys nobody asked for: a misspelt key must not be silently ignored."""
        if self.left:
            raise self.error(f"不認得的鍵 {sorted(self.left)}", f"unknown keys {sorted(self.left)}")

    def word(self, key: str) -> str:
        """A string that is not blank."""
        value: str = self.take(key, str)
        if not value.strip() or value != value.strip():
            raise self.error(f"「{key}」不可空白或前後有空白", f'"{key}" is blank or padded')
        return value

    def one_of(self, key: str, words: tuple[Word, ...]) -> Word:
        """A word of a closed vocabulary."""
        value = self.word(key)
        return self._known(key, value, words)

    def some_of(self, key: str, words: tuple[Word, ...]) -> tuple[Word, ...]:
        """A list of different words of a closed vocabulary, in the vocabulary's order."""
        values: list[object] = self.take(key, list)
        found = [self._known(key, value, words) for value in values]
        if len(set(found)) != len(found) or not found:
            raise self.error(f"「{key}」空白或重複", f'"{key}" is empty or repeats itself')
        return tuple(sorted(found, key=words.index))

    def _known(self, key: str, value: object, words: tuple[Word, ...]) -> Word:
        for word in words:
            if word == value:
                return word
        raise self.error(f"「{key}」不認得 {value!r}", f'"{key}" does not know {value!r}')

    def text(self, key: str) -> Text:
        """A sentence in both languages."""
        inner = Reading(f"{self.where}, {key}", self.take(key, dict))
        text = Text(inner.word("zh-Hant"), inner.word("en"))
        inner.done()
        return text

    def table(self, key: str) -> Mapping[str, Any]:
        """An optional table; empty when absent."""
        return self.take(key, dict) if key in self.left else {}

    def tables(self, key: str) -> Iterable[object]:
        """A list of tables."""
        values: list[object] = self.take(key, list)
        return values

    def number(self, key: str) -> int:
        """A whole number."""
        value: int = self.take(key, int)
        return value

    def numbers(self, key: str) -> tuple[int, ...]:
        """A list of whole numbers."""
        values: list[object] = self.take(key, list)
        whole = tuple(value for value in values if isinstance(value, int) and not isinstance(value, bool))
        if len(whole) != len(values):
            raise self.error(f"「{key}」應全為整數", f'"{key}" must hold whole numbers only')
        return whole

    def day(self, key: str) -> date:
        """A date."""
        value: date = self.take(key, date)
        return value

    def duration(self, key: str) -> timedelta:
        """An ISO 8601 duration in days, hours or minutes (``P2D``, ``PT12H``), longer than nothing."""
        match = re.fullmatch(r"P(?:(\d{1,5})D|T(?:(\d{1,5})H|(\d{1,5})M))", self.word(key))
        days, hours, minutes = (int(group or 0) for group in match.groups()) if match else (0, 0, 0)
        span = timedelta(days=days, hours=hours, minutes=minutes)
        if not span:
            raise self.error(f"「{key}」不是期間", f'"{key}" is not a duration such as P2D')
        return span

    def limits(self) -> dict[str, Limit]:
        """The ``limits`` table."""
        found: dict[str, Limit] = {}
        for name, table in self.table("limits").items():
            inner = Reading(f"{self.where}, limit {name}", table)
            value: int | float = inner.take("value", (int, float))
            limit = Limit(
                value=value,
                unit=inner.one_of("unit", UNITS),
                stricter=inner.one_of("stricter", STRICTER),
                from_text=bool(inner.take("from_text", bool)) if "from_text" in inner.left else False,
            )
            inner.done()
            if not LIMIT_NAME.fullmatch(name) or not 0 < value < float("inf"):
                raise inner.error("名稱或數值不合規則", "its name or value is not allowed")
            found[name] = limit
        return found

    def scope(self) -> Scope:
        """The ``scope`` table."""
        inner = Reading(f"{self.where}, scope", self.take("scope", dict))
        after = bool(inner.take("after_retirement", bool)) if "after_retirement" in inner.left else False
        scope = Scope(inner.one_of("firm", FIRM_SCOPES), inner.one_of("on", ONS), after)
        inner.done()
        return scope

    def duty(self, fresh_for: timedelta, drill_every: timedelta) -> Duty:
        """The table read as a duty; the edition's ``fresh_for`` and ``drill_every`` hold where it names none."""
        duty_id, slug = self.word("id"), self.word("slug")
        if not DUTY_ID.fullmatch(duty_id) or not SLUG.fullmatch(slug):
            raise self.error(f"編號或 slug 不合規則：{duty_id} {slug}", f"bad id or slug: {duty_id} {slug}")
        self.where += f" ({duty_id})"
        limits = self.limits()
        paced_by = self.word("paced_by") if "paced_by" in self.left else None
        if paced_by is not None and (
            paced_by not in limits or limits[paced_by].unit not in PACES or limits[paced_by].stricter != "lower"
        ):
            raise self.error("paced_by 所指數值無法作為週期", "paced_by names no limit that can set a pace")
        proof = Reading(f"{self.where}, proof", self.take("proof", dict))
        target = proof.some_of("target", PROOF_KINDS)
        system_one = proof.some_of("system_one", PROOF_KINDS) if "system_one" in proof.left else target
        proof.done()
        if PROOF_KINDS.index(system_one[-1]) < PROOF_KINDS.index(target[-1]):
            raise self.error("本系統的佐證弱於目標", "the proof on system one is weaker than the target")
        drilled = "drilled" in target or "drilled" in system_one
        fresh = self.duration("fresh_for") if "fresh_for" in self.left else fresh_for
        every = self.duration("drill_every") if "drill_every" in self.left else drill_every
        duty = Duty(
            id=duty_id,
            slug=slug,
            title=self.text("title"),
            asks=self.text("asks"),
            would_prove=self.text("would_prove"),
            strength=self.one_of("strength", STRENGTHS),
            scope=self.scope(),
            fresh_for=fresh,
            drill_every=every if drilled else None,
            relief=self.some_of("relief", RELIEF_KINDS) if "relief" in self.left else (),
            proof_target=target,
            proof_system_one=system_one,
            paced_by=paced_by,
            limits=limits,
        )
        self.done()
        return duty
