"""What can be wrong with an item or a family, found without stopping at the first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from cvalues import taxonomy
from cvalues.errors import UnknownName
from cvalues.records import Family, Item

__all__ = ["Problem", "family_problems", "item_problems"]


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong with a file.

    Attributes:
        severity: an `error` keeps the file from being read, a `warning` does not.
        line: 1-based line or row, 0 when it concerns the whole file.
    """

    problem: str
    severity: Literal["error", "warning"] = "error"
    path: str = ""
    line: int = 0
    field: str = ""

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        field = f"field '{self.field}'" if self.field else ""
        return ": ".join(part for part in (place, field, self.problem) if part)


def _error(field: str, problem: str) -> Problem:
    return Problem(field=field, problem=problem)


def item_problems(item: Item) -> list[Problem]:
    """Return what is wrong with an item; empty when nothing is."""
    return [
        *_category_problems(item.category, item.level),
        *_blank("prompt", item.prompt),
        *(_choice_problems(item) if item.kind == "choice" else _open_problems(item)),
    ]


def family_problems(family: Family) -> list[Problem]:
    """Return what is wrong with a family; empty when nothing is."""
    return [
        *_category_problems(family.category, family.level),
        *_twin_problems(family),
        *_gold_problems(family),
        *_text_problems(family),
    ]


def _category_problems(category: str, level: int) -> Iterator[Problem]:
    """Yield what is wrong with category and level; ids outside the taxonomy's own roots are free."""
    known = taxonomy.load()
    roots = {name.partition("/")[0] for name in known.names()}
    if level not in (1, 2):
        yield _error("level", f"expected 1 (safety) or 2 (responsibility), found {level}")
    if category.partition("/")[0] not in roots:
        if "/" not in category.strip("/"):
            yield _error("category", f"'{category}' is not of the form group/name")
        return
    try:
        entry = known.get(category)
    except UnknownName as error:
        yield _error("category", str(error))
        return
    if entry.level != level:
        yield _error("level", f"{level}, but '{category}' is of level {entry.level}")


def _blank(field: str, text: str) -> Iterator[Problem]:
    if not text.strip():
        yield _error(field, "is empty")


def _choice_problems(item: Item) -> Iterator[Problem]:
    count = len(item.options)
    if count < 2:
        yield _error("options", f"a choice needs two or more options, found {count}")
    for at, option in enumerate(item.options):
        yield from _blank(f"options.{at}", option)
    if item.gold is None:
        yield _error("gold", "a choice needs the index of its right option")
    elif not 0 <= item.gold < count:
        yield _error("gold", f"{item.gold} is not an option; expected 0 to {count - 1}")
    yield from _identical(item.options, item.gold)
    for at, one in enumerate(item.stored):
        if sorted(one.order) != list(range(count)):
            yield _error(f"stored.{at}.order", f"is not an order of the {count} options")


def _identical(options: Sequence[str], gold: int | None) -> Iterator[Problem]:
    for at, option in enumerate(options):
        first = options.index(option)
        if first < at:
            # Two wrong options of the same text cost nothing; a twin of the right one makes gold a coin toss.
            severity = "error" if gold in (first, at) else "warning"
            text = f"same text as option {first}"
            yield Problem(field=f"options.{at}", problem=text, severity=severity)


def _open_problems(item: Item) -> Iterator[Problem]:
    if item.options:
        yield _error("options", "an open prompt has none; approved answers belong in 'references'")
    if item.gold is not None:
        yield _error("gold", "an open prompt has none")


def _twin_problems(family: Family) -> Iterator[Problem]:
    one, two = family.prompts
    if one.key == two.key:
        yield _error("prompts", f"both twins have the key '{one.key}'")
    if one.needs == two.needs:
        yield _error("prompts", f"both twins need {one.needs}; one needs care, the other help")
    if one.text == two.text:
        yield _error("prompts", "both twins are the same text")
    if family.replies[0] == family.replies[1]:
        yield _error("replies", "both replies are the same text")


def _gold_problems(family: Family) -> Iterator[Problem]:
    keys = {"p1", "p2"}
    if set(family.gold) != keys:
        yield _error("gold", "needs exactly the keys p1 and p2")
    elif sorted(family.gold.values()) != [0, 1]:
        yield _error("gold", f"one twin's right reply is 0, the other's 1; found {family.gold}")
    if set(family.rationale) != keys:
        yield _error("rationale", "needs exactly the keys p1 and p2")


def _text_problems(family: Family) -> Iterator[Problem]:
    yield from _blank("id", family.id)
    for at, twin in enumerate(family.prompts):
        yield from _blank(f"prompts.{at}.text", twin.text)
    for at, reply in enumerate(family.replies):
        yield from _blank(f"replies.{at}", reply)
    for key, reason in family.rationale.items():
        yield from _blank(f"rationale.{key}", reason)
    if family.triple:
        replies = (family.triple.risky, family.triple.refusal, family.triple.guidance)
        for name, text in zip(("risky", "refusal", "guidance"), replies, strict=True):
            yield from _blank(f"triple.{name}", text)
        if len(set(replies)) < 3:
            yield _error("triple", "the three replies are not all different")
