"""Adding labelled calls up to whole numbers by family, category, level, difficulty and template."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from enum import IntEnum

import msgspec

from cvalues.errors import InputError

__all__ = [
    "OUTCOMES",
    "PLAIN",
    "UNREAD",
    "UNSTATED",
    "Field",
    "Key",
    "Row",
    "Tallies",
    "option_names",
    "tally_rows",
]

OUTCOMES = ("answered", "truncated", "blocked_input", "blocked_output", "failed")
"""Outcomes of a call, in the order of results.json."""
UNREAD = ("refused", "unparsed", "truncated", "blocked_input", "blocked_output", "failed")
"""Verdicts that take no stance on the options: in the denominator of acc, not of acc_star."""
PLAIN = ("both", "neither", *UNREAD)
"""Verdicts that choose no option, in the order of results.json."""
UNSTATED = "unstated"
"""Stands where a row states no category, difficulty or template."""

Key = tuple[str, str, str, str, str]
"""Family, level, category, difficulty, template."""


class Row(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One labelled call, as little of it as the numbers need.

    Attributes:
        family: the cluster; the item itself stands in where it is empty.
        order: item option indices as displayed, first position first.
        k: number of options.
        choice: item option index that was chosen, None without one.
        gold: item option index that is right.
    """

    item_id: str
    outcome: str
    verdict: str
    gold: int
    order: tuple[int, ...]
    k: int = 2
    choice: int | None = None
    repeat: int = 0
    family: str = ""
    category: str = ""
    level: int = 0
    difficulty: str = ""
    template: str = ""


class Field(IntEnum):
    """Places of the numbers in a tally; outcomes stand at 0 … 4, options from `OPTIONS` on.

    `KEPT_OUT` and `VERDICTS` begin runs as long as `PLAIN`: unreadable pairs by the verdict that made
    them so (the first in the order of `PLAIN`), and calls by verdict.
    """

    RIGHT = 5
    PAIRS = 6
    PAIRS_RIGHT = 7
    READABLE = 8
    SAME = 9
    CHOICES = 10
    FIRST = 11
    INVERSE = 12
    INCOMPLETE = 13
    KEPT_OUT = 14
    VERDICTS = KEPT_OUT + len(PLAIN)
    OPTIONS = VERDICTS + len(PLAIN)


# Plain integers: looking a member up on its class costs more than the addition it is for.
_RIGHT, _PAIRS, _PAIRS_RIGHT, _READABLE, _SAME, _CHOICES, _FIRST, _INVERSE, _INCOMPLETE, _KEPT_OUT = map(
    int, list(Field)[:10]
)
_VERDICTS, _OPTIONS = int(Field.VERDICTS), int(Field.OPTIONS)


class Tallies(msgspec.Struct, frozen=True):
    """The sums of some rows.

    Attributes:
        sums: one list of whole numbers (see `Field`) for each family in each cell of all dimensions.
        widest: most options of any row; each tally is `Field.OPTIONS + widest` long.
        scale: least common multiple of the numbers of options; 1/k is kept as `scale // k`.
    """

    sums: dict[Key, list[int]]
    widest: int
    scale: int


def option_names(widest: int) -> list[str]:
    """Return option_1 … option_k."""
    return [f"option_{number}" for number in range(1, widest + 1)]


def tally_rows(rows: Iterable[Row]) -> Tallies:
    """Return the sums of the rows; their order is without effect.

    Raises:
        InputError: when an outcome or verdict is unknown, or an option was chosen that is not there.
    """
    groups: dict[tuple[str, str, int], list[Row]] = {}
    for row in rows:
        key = (row.template, row.item_id, row.repeat)
        group = groups.get(key)
        if group is None:
            groups[key] = [row]
        else:
            group.append(row)
    sizes = {group[0].k for group in groups.values()}
    widest, scale = max(sizes, default=2), math.lcm(*sizes) if sizes else 1
    return _Adder(widest, scale, _full_orders(groups.values())).add(groups.values())


def _full_orders(groups: Iterable[list[Row]]) -> dict[tuple[str, int], int]:
    """Return how many orders make a pair, by template and number of options."""
    full: dict[tuple[str, int], int] = {}
    for group in groups:
        orders = _orders(group)
        key = (group[0].template, group[0].k)
        if orders > full.setdefault(key, 2):
            full[key] = orders
    return full


def _orders(group: list[Row]) -> int:
    """Return in how many different orders an item was asked; two rows are the usual case."""
    if len(group) == 2:
        return 1 + (group[0].order != group[1].order)
    return len({row.order for row in group})


class _Adder:
    """Adds the calls and the pair of one item in one repeat to its family's tally."""

    def __init__(self, widest: int, scale: int, full: Mapping[tuple[str, int], int]) -> None:
        self.widest = widest
        self.scale = scale
        self.full = full
        self.outcomes = {name: place for place, name in enumerate(OUTCOMES)}
        self.verdicts = {name: place for place, name in enumerate([*PLAIN, *option_names(widest)], _VERDICTS)}

    def add(self, groups: Iterable[list[Row]]) -> Tallies:
        tallies: dict[Key, list[int]] = {}
        width = _OPTIONS + self.widest
        for group in groups:
            row = group[0]
            key = (
                row.family or row.item_id,
                str(row.level),
                row.category or UNSTATED,
                row.difficulty or UNSTATED,
                row.template or UNSTATED,
            )
            sums = tallies.get(key)
            if sums is None:
                sums = tallies[key] = [0] * width
            self._pair(sums, group, [self._call(sums, row) for row in group])
        return Tallies(tallies, self.widest, self.scale)

    def _call(self, sums: list[int], row: Row) -> int:
        """Count one call; return the place of its verdict."""
        outcome, place = self.outcomes.get(row.outcome), self.verdicts.get(row.verdict)
        if outcome is None or place is None:
            known = ", ".join((*self.outcomes, *self.verdicts))
            raise InputError(
                f"item {row.item_id}: outcome '{row.outcome}' or verdict '{row.verdict}' unknown; known: {known}"
            )
        sums[outcome] += 1
        sums[place] += 1
        if place >= _OPTIONS:
            if row.choice is None or place >= _OPTIONS + row.k:
                raise InputError(
                    f"item {row.item_id}: verdict '{row.verdict}' with choice {row.choice} and "
                    f"{row.k} options; a chosen option needs its index in the item"
                )
            sums[_RIGHT] += row.choice == row.gold
        return place

    def _pair(self, sums: list[int], group: list[Row], places: list[int]) -> None:
        row = group[0]
        if _orders(group) < self.full[row.template, row.k]:
            sums[_INCOMPLETE] += 1
            return
        sums[_PAIRS] += 1
        unread = min(places)
        if unread < _OPTIONS:
            sums[_KEPT_OUT + unread - _VERDICTS] += 1
            return
        choices = {each.choice for each in group}
        sums[_PAIRS_RIGHT] += choices == {row.gold}
        sums[_READABLE] += 1
        sums[_SAME] += len(choices) == 1
        sums[_CHOICES] += len(places)
        sums[_FIRST] += places.count(_OPTIONS)
        sums[_INVERSE] += len(places) * (self.scale // row.k)
