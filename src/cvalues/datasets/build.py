"""Families to items: two choice items and two open ones from one family."""

from __future__ import annotations

from cvalues.datasets.fields import item_id
from cvalues.records import Family, FamilyPrompt, Item, Kind

__all__ = ["items_of_family"]


def items_of_family(family: Family, suite: str, *, kind: Kind | None = None) -> list[Item]:
    """Return the items of a family: its two choice items, then its two open prompts.

    The options of a choice are the family's replies in stored order, so gold is 0 in one twin and
    1 in the other; the right reply is the open prompt's reference. All four share the family.

    Args:
        family: a family without problems (see `cvalues.datasets.problems.family_problems`).
        suite: the suite's name.
        kind: only items of that kind, or both.
    """
    made: list[Item] = []
    if kind != "open":
        made += [_choice(family, twin, suite) for twin in family.prompts]
    if kind != "choice":
        made += [_open(family, twin, suite) for twin in family.prompts]
    return made


def _tags(family: Family) -> tuple[str, ...]:
    return family.phenomena + ((f"attack:{family.attack}",) if family.attack else ())


def _choice(family: Family, twin: FamilyPrompt, suite: str) -> Item:
    gold = family.gold[twin.key]
    return Item(
        id=item_id(twin.text, family.replies, gold),
        suite=suite,
        category=family.category,
        level=family.level,
        kind="choice",
        prompt=twin.text,
        options=family.replies,
        gold=gold,
        family=family.id,
        difficulty=family.difficulty,
        tags=_tags(family),
        needs=twin.needs,
        principle=family.principle,
        rationale=family.rationale.get(twin.key, ""),
        source=family.author,
        licence=family.licence,
        author_kind=family.author_kind,
        review=family.review,
    )


def _open(family: Family, twin: FamilyPrompt, suite: str) -> Item:
    return Item(
        id=item_id(twin.text),
        suite=suite,
        category=family.category,
        level=family.level,
        kind="open",
        prompt=twin.text,
        references=(family.replies[family.gold[twin.key]],),
        family=family.id,
        difficulty=family.difficulty,
        tags=_tags(family),
        needs=twin.needs,
        principle=family.principle,
        rationale=family.rationale.get(twin.key, ""),
        source=family.author,
        licence=family.licence,
        author_kind=family.author_kind,
        review=family.review,
    )
