"""Made-up copies of a regulation in the official layout, for the reader to be tried on."""

from __future__ import annotations

from collections.abc import Callable

from fanghu.regulation import Edition

DIGITS = "零一二三四五六七八九"


def written(number: int) -> str:
    """``number`` (1…199) in Chinese."""
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    text = "一百" if hundreds else ""
    if tens:
        text += ("" if tens == 1 and not hundreds else DIGITS[tens]) + "十"
    elif hundreds and ones:
        text += "零"
    return text + (DIGITS[ones] if ones else "")


def copy_of(edition: Edition, sentence: Callable[[str], str], *, without: frozenset[str] = frozenset()) -> str:
    """A full copy in the official layout, with ``sentence(number)`` as the wording of each clause and item."""
    lines = ["某某自律規範", "", "第一條 目的", "", "為示範而訂。", "", "第二條 定義", "", "- 一、系統:指系統。"]
    items = {duty.id for duty in edition.duties.values() if duty.id.count(".") == 2}
    for article in edition.articles:
        lines += ["", f"第{written(article)}條 標題{article}", ""]
        for clause in edition.clauses:
            number = int(clause.split(".")[1])
            if not clause.startswith(f"{article}.") or clause in without:
                continue
            lines.append(f"- {written(number)}、{sentence(clause)}")
            lines += [
                f" - ({written(int(item.split('.')[2]))}){sentence(item)}"
                for item in sorted(items)
                if item.startswith(f"{clause}.") and item not in without
            ]
    lines += ["", "第十一條 違規", "", "照章辦理。", "", "第十二條 施行", "", "公布後施行。"]
    return "\n".join(lines)
