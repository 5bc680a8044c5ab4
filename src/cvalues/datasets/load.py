"""Files to items: recognise the shape, convert row by row, merge rows that are one item."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from cvalues.datasets.fields import Fields, Place
from cvalues.datasets.generic import check_columns
from cvalues.datasets.read import read_rows
from cvalues.datasets.shapes import Convert, Shape, by_columns, recognise, shape_named
from cvalues.errors import DataError
from cvalues.records import Item, Kind

__all__ = ["Loaded", "Merger", "chosen_shape", "convert_rows", "load_file", "read_items"]


class Loaded(NamedTuple):
    """What a file holds.

    Attributes:
        items: in the order of their first rows.
        rows: how many rows were read.
        shape: name of the recognised shape.
        repeated: (line, first line) of rows that say nothing new about an item already read.
        lines: the line of each item's first row.
    """

    items: list[Item]
    rows: int
    shape: str
    repeated: list[tuple[int, int]]
    lines: list[int]


class Merger:
    """Collects items, joining rows that are one item: the orders of a pair, the answers to a question."""

    def __init__(self, place: Place, *, own: bool) -> None:
        self.place = place
        self.own = own
        self.repeated: list[tuple[int, int]] = []
        self._items: dict[str, tuple[Item, int]] = {}

    def add(self, item: Item, number: int) -> None:
        """Add one row's item.

        Raises:
            DataError: when a record of ours repeats an id, or two rows of one item contradict each other.
        """
        known = self._items.get(item.id)
        if known is None:
            self._items[item.id] = (item, number)
            return
        first, line = known
        if self.own:
            raise self._error(f"same item as line {line}", "id", number)
        for name in ("category", "level", "difficulty", "needs", "family"):
            if getattr(first, name) != getattr(item, name):
                here, there = getattr(item, name), getattr(first, name)
                said = f"'{here}', but line {line}, which asks the same, has '{there}'"
                raise self._error(said, name, number)
        joined = _join(first, item)
        if joined is first:
            self.repeated.append((number, line))
        else:
            self._items[item.id] = (joined, line)

    def items(self) -> list[Item]:
        """Return the items so far, in the order of their first rows."""
        return [item for item, _ in self._items.values()]

    def lines(self) -> list[int]:
        """Return the first line of each item."""
        return [line for _, line in self._items.values()]

    def _error(self, problem: str, field: str, number: int) -> DataError:
        return DataError(problem, path=self.place.path, line=number, field=field)


def _join(first: Item, other: Item) -> Item:
    """Return the first item with what the other adds, or the first itself when that is nothing."""
    orders = {one.order for one in first.stored}
    stored = first.stored + tuple(one for one in other.stored if one.order not in orders)
    references = first.references + tuple(one for one in other.references if one not in first.references)
    if len(stored) == len(first.stored) and len(references) == len(first.references):
        return first
    tags = first.tags + tuple(one for one in other.tags if one not in first.tags)
    return msgspec.structs.replace(first, stored=stored, references=references, tags=tags)


def convert_rows(
    place: Place, shape: Shape | None, refuse: Callable[[DataError], None]
) -> Iterator[tuple[Shape, int, list[Item]]]:
    """Yield shape, line and items of every row; a row's error goes to `refuse`, which may raise it."""
    convert: Convert | None = None
    for row in read_rows(place.path):
        if shape is None:
            shape = recognise(row, place)
        if convert is None:
            convert = shape.opens(place)
        try:
            if shape.own and row.values.get("schema") != shape.name:
                raise Fields(row, place).error(f"expected {shape.name}, as in the first record", "schema")
            items = list(convert(Fields(row, place)))
        except DataError as error:
            refuse(error)
            items = []
        yield shape, row.number, items


def _raise(error: DataError) -> None:
    raise error


def chosen_shape(columns: Mapping[str, str] | None, shape: str | None) -> Shape | None:
    """Return the shape that the caller asks for, or None when it is to be recognised."""
    if columns:
        check_columns(columns)
        return by_columns(columns)
    return shape_named(shape) if shape else None


def load_file(
    path: str | os.PathLike[str],
    *,
    columns: Mapping[str, str] | None = None,
    shape: str | None = None,
    place: Place | None = None,
    kind: Kind = "choice",
) -> Loaded:
    """Return the items of a file with what was read and merged.

    Args:
        path: JSONL, JSON, CSV, TSV, XLSX or Parquet.
        columns: a column map (see `cvalues.datasets.generic`), for tables of no known shape.
        shape: name of the shape, instead of recognising it.
        place: the suite's name and licence; by default the file's stem and none.
        kind: which items of family/1 records to make.

    Raises:
        DataError: at the first row that cannot be read, or when there is none.
    """
    name = os.fspath(path)
    place = place or Place(name, Path(name).name.partition(".")[0])
    rows, merger, found = 0, None, None
    for found, number, items in convert_rows(place, chosen_shape(columns, shape), _raise):
        merger = merger or Merger(place, own=found.own)
        rows += 1
        for item in items:
            merger.add(item, number)
    if merger is None or found is None:
        raise DataError("holds no rows", path=name)
    pairs = list(zip(merger.items(), merger.lines(), strict=True))
    if found.name == "family/1":
        pairs = [pair for pair in pairs if pair[0].kind == kind]
    return Loaded([item for item, _ in pairs], rows, found.name, merger.repeated, [line for _, line in pairs])


def read_items(
    path: str | os.PathLike[str], *, columns: Mapping[str, str] | None = None, shape: str | None = None
) -> list[Item]:
    """Return the items of a file whose shape is recognised, named or given by a column map.

    family/1 records give their choice items; see `load_file` for the rest.

    Raises:
        DataError: at the first row that cannot be read; a file of unknown shape gives one line that
            says the fields found and the known shapes.
        MissingExtra: for XLSX and Parquet without the `tables` extra.
    """
    return load_file(path, columns=columns, shape=shape).items
