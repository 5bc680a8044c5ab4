"""Any table by a column map: "prompt=问题,good=正例,bad=反例,category=领域".

Left of each "=" stands what we call it, right of it the column's name in the file:

    prompt      the question; alone it makes open items
    good, bad   the right and the wrong reply of a two-way choice
    options     the options of a choice: one column with a list (JSON array in a table), or
                several columns joined by "|", as in options=A|B|C|D (empty cells at the end fall away)
    gold        the right option: 0-based number, letter (A is the first), or the option's own text
    gold1       the right option as a 1-based number, instead of gold
    reference   an approved answer to an open prompt
    category    id, its last part, or Chinese or English name; others are kept as other/<slug>
    level       1 safety, 2 responsibility; by default the category's, else 1
    difficulty  kept as it stands
    family      items with the same text here are one cluster; by default the question
    needs       care or help
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from cvalues import taxonomy
from cvalues.datasets.fields import (
    Fields,
    category_of,
    family_id,
    field_names,
    item_id,
    ordered_pair,
    shown,
)
from cvalues.errors import InputError, UnknownName
from cvalues.jsonl import content_id
from cvalues.records import Item
from cvalues.registry import unknown

__all__ = ["COLUMNS", "check_columns", "generic", "parse_columns"]

COLUMNS = (
    "prompt",
    "good",
    "bad",
    "options",
    "gold",
    "gold1",
    "reference",
    "category",
    "level",
    "difficulty",
    "family",
    "needs",
)


def parse_columns(text: str) -> dict[str, str]:
    """Return the column map that a text such as "prompt=问题,good=正例,bad=反例" says.

    Raises:
        InputError: when a part is not of the form ours=theirs, or one of ours stands twice.
        UnknownName: when the left side is none of `COLUMNS`.
    """
    columns: dict[str, str] = {}
    for part in re.split(r"[,，]", text):
        ours, equals, theirs = (piece.strip() for piece in part.partition("="))
        if not (ours and equals and theirs):
            raise InputError(f"column map: '{part}' is not of the form ours=theirs, as in prompt=问题")
        if ours in columns:
            raise InputError(f"column map: '{ours}' stands twice")
        columns[ours] = theirs
    check_columns(columns)
    return columns


def check_columns(columns: Mapping[str, str]) -> None:
    """Check that a column map can make items.

    Raises:
        UnknownName: when a key is none of `COLUMNS`.
        InputError: when keys that need each other do not come together.
    """
    for ours in columns:
        if ours not in COLUMNS:
            raise unknown("column", ours, COLUMNS, where="column map")
    has = columns.keys()
    if "prompt" not in has:
        raise InputError("column map: 'prompt' is needed, as in prompt=问题")
    if ("good" in has) != ("bad" in has):
        raise InputError("column map: 'good' and 'bad' need each other")
    if ("options" in has) != bool({"gold", "gold1"} & has):
        raise InputError("column map: 'options' needs 'gold' or 'gold1', and they need 'options'")
    if "gold" in has and "gold1" in has:
        raise InputError("column map: 'gold' (0-based) or 'gold1' (1-based), not both")
    if "options" in has and "good" in has:
        raise InputError("column map: either 'good' and 'bad', or 'options', not both")


def generic(row: Fields, columns: Mapping[str, str]) -> Iterator[Item]:
    """Yield the item that a column map makes of one row.

    Raises:
        DataError: when a mapped column is missing or its value is wrong.
    """
    for theirs in columns.values():
        for name in theirs.split("|"):
            if name not in row.values:
                raise row.error(f"no such column; fields found: {field_names(row.values)}", name)
    question = row.text(columns["prompt"])
    options, gold = _options(row, columns, question)
    category, level = _category(row, columns)
    needs = _maybe(row, columns, "needs")
    if needs not in ("", "care", "help"):
        raise row.error(f"expected care or help, found {shown(needs)}", columns["needs"])
    family = _maybe(row, columns, "family")
    reference = _maybe(row, columns, "reference")
    yield Item(
        id=item_id(question, options, gold),
        suite=row.place.suite,
        category=category,
        level=level,
        kind="choice" if options else "open",
        prompt=question,
        options=options,
        gold=gold,
        references=(reference,) if reference else (),
        family=content_id("family", "named", family) if family else family_id(question),
        difficulty=_maybe(row, columns, "difficulty"),
        needs=needs,
        source=row.place.source(row.number),
        licence=row.place.licence,
    )


def _maybe(row: Fields, columns: Mapping[str, str], ours: str) -> str:
    if ours not in columns or not row.has(columns[ours]):
        return ""
    value = row.values[columns[ours]]
    return str(value) if isinstance(value, (int, float)) and abs(value) < 1e9 else row.text(columns[ours])


def _category(row: Fields, columns: Mapping[str, str]) -> tuple[str, int]:
    level = row.integer(columns["level"]) if "level" in columns and row.has(columns["level"]) else 0
    if level not in (0, 1, 2):
        raise row.error(f"expected 1 or 2, found {level}", columns["level"])
    word = _maybe(row, columns, "category")
    category, found = category_of(word, level=level)
    known = taxonomy.load()
    roots = {name.partition("/")[0] for name in known.names()}
    if category.startswith("other/") and word.partition("/")[0] in roots:
        try:
            known.get(word)
        except UnknownName as error:
            raise row.error(str(error), columns["category"]) from error
    if level and found != level:
        raise row.error(f"level {level}, but '{category}' is of level {found}", columns["level"])
    return category, found


def _options(row: Fields, columns: Mapping[str, str], question: str) -> tuple[tuple[str, ...], int | None]:
    if "good" in columns:
        good, bad = row.text(columns["good"]), row.text(columns["bad"])
        if good == bad:
            raise row.error("both replies are the same text", columns["bad"])
        return ordered_pair(question, good, bad)
    if "options" not in columns:
        return (), None
    names = columns["options"].split("|")
    if len(names) == 1:
        options = row.texts(names[0])
    else:
        while names and not row.has(names[-1]):
            names.pop()
        options = tuple(row.text(name) for name in names)
    if len(options) < 2:
        raise row.error(f"a choice needs two or more options, found {len(options)}", columns["options"])
    return options, _gold(row, columns, options)


def _gold(row: Fields, columns: Mapping[str, str], options: tuple[str, ...]) -> int:
    name = columns.get("gold") or columns["gold1"]
    value = row.values.get(name)
    if "gold" in columns and isinstance(value, str):
        word = value.strip()
        if value in options or word in options:
            return options.index(value if value in options else word)
        if re.fullmatch(r"[A-Za-z]", word):
            value = ord(word.upper()) - ord("A")
            return _within(row, name, value, options, shown(word))
    number = row.integer(name)
    return _within(row, name, number - ("gold1" in columns), options, str(number))


def _within(row: Fields, name: str, gold: int, options: tuple[str, ...], said: str) -> int:
    if not 0 <= gold < len(options):
        raise row.error(f"{said} is none of the {len(options)} options", name)
    return gold
