"""Everything that is wrong with a file of items, not only the first thing."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import msgspec

from cvalues.datasets.fields import UNSPECIFIED, Place
from cvalues.datasets.load import Merger, chosen_shape, convert_rows
from cvalues.datasets.problems import Problem, item_problems
from cvalues.errors import DataError

__all__ = ["validate_items"]


def validate_items(
    path: str | os.PathLike[str], *, columns: Mapping[str, str] | None = None, shape: str | None = None
) -> list[Problem]:
    """Return all problems of a file, in the order of its lines; empty when there is none.

    Errors keep a file from being read: empty prompts and options, a gold out of range, an unknown
    category of the taxonomy's own groups, a second record of an id, a label that contradicts its
    prompt. Warnings do not: options of the same text, rows said twice, a pair asked in one order
    only, categories outside the taxonomy.
    """
    name = os.fspath(path)
    place = Place(name, Path(name).name.partition(".")[0])
    found: list[Problem] = []

    def keep(error: DataError) -> None:
        found.append(_problem(error, name))

    merger: Merger | None = None
    rows = 0
    try:
        for kind, number, items in convert_rows(place, chosen_shape(columns, shape), keep):
            merger = merger or Merger(place, own=kind.own)
            rows += 1
            for item in items:
                try:
                    merger.add(item, number)
                except DataError as error:
                    keep(error)
    except DataError as error:
        # The file itself breaks here (bad JSON, bad encoding, unknown shape): nothing after it can be read.
        keep(error)
    if merger is not None:
        found += [_at(one, name, line) for one, line in _warnings(merger)]
    elif not found:
        found.append(Problem(problem="holds no rows", path=name))
    return sorted(found, key=lambda one: (one.line, one.severity))


def _problem(error: DataError, name: str) -> Problem:
    return Problem(problem=error.problem, path=error.path or name, line=error.line or 0, field=error.field or "")


def _at(problem: Problem, name: str, line: int) -> Problem:
    return msgspec.structs.replace(problem, path=name, line=line)


def _warnings(merger: Merger) -> list[tuple[Problem, int]]:
    """Return what is worth knowing of items that were read, each with its line."""
    found: list[tuple[Problem, int]] = []
    outside: Counter[str] = Counter()
    first_line: dict[str, int] = {}
    for item, line in zip(merger.items(), merger.lines(), strict=True):
        found += [(msgspec.structs.replace(one, severity="warning"), line) for one in item_problems(item)]
        if len(item.stored) == 1:
            found.append((_warning("", "the pair is asked in this order only"), line))
        if item.category.startswith("other/"):
            outside[item.category] += 1
            first_line.setdefault(item.category, line)
    for category, count in outside.items():
        found.append((_warning("category", _outside(category, count)), first_line[category]))
    found += [(_warning("", f"says nothing that line {first} does not say"), line) for line, first in merger.repeated]
    return found


def _warning(field: str, text: str) -> Problem:
    return Problem(problem=text, severity="warning", field=field)


def _outside(category: str, count: int) -> str:
    items = "1 item" if count == 1 else f"{count} items"
    if category == UNSPECIFIED:
        return f"{items} without a category, kept as '{category}'"
    return f"'{category}' is not in the taxonomy; {items} kept under it"
