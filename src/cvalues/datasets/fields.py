"""Typed access to the fields of one row, with errors that name file, line and field."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from pathlib import PurePath
from typing import Any, NamedTuple

import msgspec

from cvalues import taxonomy
from cvalues.datasets.read import Row
from cvalues.errors import DataError, UnknownName
from cvalues.jsonl import content_id

__all__ = [
    "Fields",
    "Place",
    "UNSPECIFIED",
    "category_of",
    "family_id",
    "field_names",
    "item_id",
    "ordered_pair",
    "shown",
    "slug",
    "typed_error",
]

UNSPECIFIED = "other/unspecified"


class Place(NamedTuple):
    """Where an item comes from and what it is to be called.

    Attributes:
        path: the file, as errors name it.
        suite: name of the suite that the items are to carry.
        licence: the suite's licence, empty when unknown.
    """

    path: str
    suite: str
    licence: str = ""

    def source(self, number: int) -> str:
        """Return file name and line, as an item's `source`."""
        return f"{PurePath(self.path).name}:{number}"


class Fields:
    """One row with getters that return the value or raise a `DataError` at its place.

    Args:
        row: the row.
        place: the file.
        prefix: dotted path of `row` inside the line, for messages.
    """

    def __init__(self, row: Row, place: Place, prefix: str = "") -> None:
        self.number = row.number
        self.values = row.values
        self.place = place
        self.prefix = prefix

    def error(self, problem: str, field: str | None = None) -> DataError:
        """Return the error for a problem with a field of this row."""
        name = f"{self.prefix}{field}" if field else None
        return DataError(problem, path=self.place.path, line=self.number, field=name)

    def has(self, name: str) -> bool:
        """Return whether the field is there and not blank."""
        value = self.values.get(name)
        return value is not None and not (isinstance(value, str) and not value.strip())

    def text(self, name: str) -> str:
        """Return the text of a field, as it stands.

        Raises:
            DataError: when it is missing, blank or not text.
        """
        if not self.has(name):
            raise self.error("is missing or empty", name)
        value = self.values[name]
        if not isinstance(value, str):
            raise self.error(f"expected text, found {type(value).__name__}", name)
        return value

    def maybe(self, name: str) -> str:
        """Return the text of a field that may be missing or blank, then ""."""
        return self.text(name) if self.has(name) else ""

    def integer(self, name: str) -> int:
        """Return a whole number; a table's "2" and 2.0 count as one.

        Raises:
            DataError: when it is missing or not a whole number.
        """
        if not self.has(name):
            raise self.error("is missing or empty", name)
        value = self.values[name]
        if isinstance(value, str) and re.fullmatch(r"\s*[+-]?[0-9]{1,9}(\.0+)?\s*", value):
            return int(float(value))
        if isinstance(value, float) and value.is_integer() and abs(value) < 1e9:
            return int(value)
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**9:
            return value
        raise self.error(f"expected a whole number, found {shown(value)}", name)

    def inner(self, name: str) -> Fields:
        """Return the object in a field; in a table it may be written as JSON text.

        Raises:
            DataError: when it is neither.
        """
        value: Any = self.values.get(name)
        if isinstance(value, str):
            value = _json_text(value)
        if not isinstance(value, dict):
            raise self.error("expected an object", name)
        return Fields(Row(self.number, value), self.place, f"{self.prefix}{name}.")

    def texts(self, name: str) -> tuple[str, ...]:
        """Return the texts of a list field; in a table it may be written as a JSON array.

        Raises:
            DataError: when it is not a list of texts that are not blank.
        """
        value: Any = self.values.get(name)
        if isinstance(value, str):
            value = _json_text(value)
        if not isinstance(value, (list, tuple)):
            raise self.error("expected a list of texts", name)
        return tuple(
            Fields(Row(self.number, {str(at): one}), self.place, f"{self.prefix}{name}.").text(str(at))
            for at, one in enumerate(value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        )


def shown(value: object) -> str:
    """Return a value as messages show it: short, on one line."""
    if isinstance(value, int) and abs(value) >= 10**9:
        return "a number far too large"
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def slug(text: str) -> str:
    """Return a text as the last part of an id: width-folded, lower case, other signs as "_"."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"[^\w]+", "_", folded).strip("_") or "unspecified"


@lru_cache(maxsize=4096)
def category_of(*words: str, level: int = 0) -> tuple[str, int]:
    """Return category id and level for what a file calls a category, tried word by word.

    A word may be an id, its last part, or the Chinese or English name. A category outside the
    taxonomy is kept, as "other/<slug of the first word>" with the level given (1 when none is),
    so nothing is dropped in silence; no word at all gives "other/unspecified".
    """
    known = taxonomy.load()
    wanted = [word for word in words if word.strip()]
    for word in wanted:
        try:
            category = known.find(word)
        except UnknownName:
            continue
        return category.id, category.level
    return (f"other/{slug(wanted[0])}" if wanted else UNSPECIFIED), level or 1


def family_id(question: str) -> str:
    """Return the cluster of everything that asks the same question."""
    return content_id("family", question)


def item_id(prompt: str, options: tuple[str, ...] = (), gold: int | None = None) -> str:
    """Return the content id of an item: kind, question, options in their order and gold."""
    return content_id("item", "choice" if options else "open", prompt, options, gold)


def ordered_pair(question: str, good: str, bad: str) -> tuple[tuple[str, str], int]:
    """Return two replies in an order that their content decides, and the place of the good one.

    Files name the good reply first; kept so, a run in stored order would always have the answer
    in first place.
    """
    if int(content_id("order", question, good, bad)[0], 16) % 2:
        return (bad, good), 1
    return (good, bad), 0


def typed_error(error: msgspec.ValidationError, place: Place, number: int) -> DataError:
    """Return msgspec's complaint about a record as an error with file, line and field."""
    problem, _, where = str(error).partition(" - at `$")
    field = where.strip("`").lstrip(".") or None
    return DataError(problem, path=place.path, line=number, field=field)


def _json_text(text: str) -> object:
    try:
        return msgspec.json.decode(text.encode())
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError):
        return None


def field_names(values: Mapping[str, object], limit: int = 12) -> str:
    """Return the fields of a row as messages list them."""
    names = [name if len(name) <= 30 else f"{name[:27]}..." for name in list(values)[:limit]]
    more = f" and {len(values) - limit} more" if len(values) > limit else ""
    return (", ".join(names) or "none") + more
