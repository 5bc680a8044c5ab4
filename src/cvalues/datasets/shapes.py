"""The shapes of rows that are known, recognised by their fields, each with its reader."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, cast

import msgspec

from cvalues.datasets import sources
from cvalues.datasets.build import items_of_family
from cvalues.datasets.fields import Fields, Place, field_names, shown, typed_error
from cvalues.datasets.generic import generic
from cvalues.datasets.problems import Problem, family_problems, item_problems
from cvalues.datasets.read import Row
from cvalues.errors import DataError
from cvalues.jsonl import read_json
from cvalues.records import Family, Item
from cvalues.registry import unknown

__all__ = ["Convert", "SHAPES", "Shape", "answers_name", "by_columns", "recognise", "shape_named"]

Convert = Callable[[Fields], Iterator[Item]]


class Shape(NamedTuple):
    """A known shape of rows.

    Attributes:
        name: as `--shape` takes it.
        needs: the fields that tell it, for messages.
        matches: whether a row has this shape.
        opens: makes the reader of one file's rows.
        own: True for this project's records, where a second record of an id is an error.
    """

    name: str
    needs: str
    matches: Callable[[Mapping[str, Any]], bool]
    opens: Callable[[Place], Convert]
    own: bool = False


def recognise(row: Row, place: Place) -> Shape:
    """Return the shape of a row.

    Raises:
        DataError: one line that says the fields found and the known shapes.
    """
    schema = row.values.get("schema")
    if isinstance(schema, str) and "/" in schema:
        for shape in SHAPES:
            if shape.name == schema:
                return shape
        known = ", ".join(shape.name for shape in SHAPES if shape.own)
        raise DataError(
            f"expected one of {known}, found {shown(schema)}",
            path=place.path,
            line=row.number,
            field="schema",
        )
    for shape in SHAPES:
        if not shape.own and shape.matches(row.values):
            return shape
    known = "; ".join(f"{shape.name} ({shape.needs})" for shape in SHAPES)
    raise DataError(
        f"rows of no known shape; fields found: {field_names(row.values)}. Known: {known}. "
        "For any other table give a column map: --columns prompt=问题,good=正例,bad=反例",
        path=place.path,
        line=row.number,
    )


def shape_named(name: str) -> Shape:
    """Return the shape of that name.

    Raises:
        UnknownName: with the nearest name and the list of known ones.
    """
    for shape in SHAPES:
        if shape.name == name:
            return shape
    raise unknown("shape", name, [shape.name for shape in SHAPES])


def by_columns(columns: Mapping[str, str]) -> Shape:
    """Return the shape that a column map makes (see `cvalues.datasets.generic`)."""
    return Shape("columns", "any", _has(), _plain(partial(generic, columns=columns)))


def answers_name(name: str) -> str:
    """Return the name of the answers file that SafetyBench publishes beside a questions file."""
    return name.replace("test_", "test_answers_", 1) if name.startswith("test_") else f"answers_{name}"


def _has(*names: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda values: all(name in values for name in names)


def _is_mc(values: Mapping[str, Any]) -> bool:
    if not _has("prompt", "label")(values):
        return False
    return "meta_info" in values or "回复" in str(values["label"])[:20]


def _is_xstest(values: Mapping[str, Any]) -> bool:
    return _has("prompt", "type")(values) and ("label" in values or _has("focus", "note")(values))


def _is_prompts(values: Mapping[str, Any]) -> bool:
    return "prompt" in values and ("domain_en" in values or "domain_zh" in values)


def _plain(convert: Convert) -> Callable[[Place], Convert]:
    return lambda _: convert


def _item(row: Fields) -> Iterator[Item]:
    """Yield the item/1 record of a row, strictly."""
    try:
        item = msgspec.convert(row.values, Item)
    except (msgspec.ValidationError, RecursionError) as error:
        raise _mistyped(error, row) from error
    _refuse(item_problems(item), row)
    yield item


def _families(_: Place) -> Convert:
    """Return the reader of a file of family/1 records, each of which gives four items."""
    seen: dict[str, int] = {}

    def convert(row: Fields) -> Iterator[Item]:
        try:
            family = msgspec.convert(row.values, Family)
        except (msgspec.ValidationError, RecursionError) as error:
            raise _mistyped(error, row) from error
        _refuse(family_problems(family), row)
        first = seen.setdefault(family.id, row.number)
        if first != row.number:
            raise row.error(f"same id as line {first}", "id")
        yield from items_of_family(family, row.place.suite)

    return convert


def _mistyped(error: Exception, row: Fields) -> DataError:
    if isinstance(error, msgspec.ValidationError):
        return typed_error(error, row.place, row.number)
    return row.error("is nested too deeply")


def _refuse(problems: list[Problem], row: Fields) -> None:
    for one in problems:
        if one.severity == "error":
            raise row.error(one.problem, one.field)


def _safetybench(place: Place) -> Convert:
    """Return the reader of a SafetyBench file; answers come from the rows or from the file beside it."""
    path = Path(place.path)
    beside = path.with_name(answers_name(path.name))
    answers: dict[str, Any] = {}

    def convert(row: Fields) -> Iterator[Item]:
        if row.has("answer"):
            return sources.safetybench(row)
        if not answers:
            if not beside.is_file():
                raise row.error(f"no such field, and no answers file {beside.name} beside this one", "answer")
            answers.update(read_json(beside, dict[str, Any]))
        key = row.values.get("id")
        key = key if isinstance(key, str) else str(row.integer("id"))
        found: Any = answers.get(key)
        answer: Any = cast("dict[str, Any]", found).get("answer") if isinstance(found, dict) else found
        if answer is None:
            raise row.error(f"{shown(key)} has no answer in {beside.name}", "id")
        return sources.safetybench(Fields(Row(row.number, {**row.values, "answer": answer}), place))

    return convert


SHAPES: tuple[Shape, ...] = (
    Shape("item/1", "schema: item/1", _has("schema"), _plain(_item), own=True),
    Shape("family/1", "schema: family/1", _has("schema"), _families, own=True),
    Shape("cvalues-mc", "prompt, label, meta_info", _is_mc, _plain(sources.mc)),
    Shape(
        "comparison",
        "prompt, pos_resp, neg_resp",
        _has("prompt", "pos_resp", "neg_resp"),
        _plain(sources.comparison),
    ),
    Shape("poison", "prompt, answer", _has("prompt", "answer"), _plain(sources.poison)),
    Shape("coig", "instruction, output, domain", _has("instruction", "output", "domain"), _plain(sources.coig)),
    Shape("safetybench", "question, options, category", _has("question", "options", "category"), _safetybench),
    Shape("xstest", "prompt, type, label", _is_xstest, _plain(sources.xstest)),
    Shape("cvalues-prompts", "prompt, domain_en", _is_prompts, _plain(sources.prompts)),
)
