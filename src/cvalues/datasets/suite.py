"""A suite by its name or path: bundled, installed, or any file of a known shape."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from cvalues.datasets import catalog
from cvalues.datasets.fields import Place
from cvalues.datasets.load import load_file
from cvalues.errors import DataError, InputError
from cvalues.jsonl import content_id
from cvalues.records import Item, Kind
from cvalues.registry import unknown

__all__ = ["load_suite", "suite_hash", "suite_names"]

# The ending that asks for the open prompts of families instead of their choices.
_PROMPTS = "/prompts"


def suite_names() -> list[str]:
    """Return the names that `load_suite` knows: bundled suites and the catalogue's datasets, sorted."""
    return sorted({*catalog.load_catalog(), *(f"{name}{_PROMPTS}" for name in _bundled_names())})


def load_suite(
    name_or_path: str | os.PathLike[str],
    *,
    where: Path | None = None,
    columns: Mapping[str, str] | None = None,
    shape: str | None = None,
) -> list[Item]:
    """Return the items of a suite.

    Families give their choice items or, with "/prompts" after the name or path, their open
    prompts. Items whose review state is `rejected` are left out.

    Args:
        name_or_path: "open" or "open/prompts" (bundled), the name of an installed dataset, or a
            path to a file of a known shape. A name wins; write ./open for a file of that name.
        where: data folder, instead of the user's.
        columns: column map for a file of no known shape (see `cvalues.datasets.generic`).
        shape: name of the shape, instead of recognising it.

    Raises:
        UnknownName: when it is neither a known name nor a file; with the nearest name and the known ones.
        InputError: when the dataset is known but not installed (says the command that gets it), or
            has a column map, which is for files.
        DataError: at the first row that cannot be read.
    """
    text = os.fspath(name_or_path)
    base, kind = _kind_of(text)
    if columns and (base in _bundled_names() or text in catalog.load_catalog()):
        raise InputError(f"suite '{text}' needs no column map; give one for a file of your own only")
    if base in _bundled_names():
        items = _bundled(base, kind)
    elif text in catalog.load_catalog():
        items = _installed(text, where)
    else:
        path = _file(text, base)
        wanted: Kind = "choice" if path == text else kind
        items = load_file(path, columns=columns, shape=shape, kind=wanted).items
    kept = [item for item in items if item.review != "rejected"]
    if not kept:
        raise InputError(f"suite '{text}' has no items to ask")
    return kept


def suite_hash(items: Iterable[Item]) -> str:
    """Return the hash of what a suite asks: independent of its name, its file and the order of its items."""
    return content_id(
        sorted(
            [item.id, item.category, item.level, item.family, item.difficulty]
            + [[one.order, one.text] for one in item.stored]
            for item in items
        )
    )


def _kind_of(text: str) -> tuple[str, Kind]:
    return (text.removesuffix(_PROMPTS), "open") if text.endswith(_PROMPTS) else (text, "choice")


def _bundled_names() -> list[str]:
    return [name for name, one in catalog.load_catalog().items() if one.bundled]


def _bundled(name: str, kind: Kind) -> list[Item]:
    folder = Path(__file__).with_name(name)
    entry = catalog.load_catalog()[name]
    suite = name if kind == "choice" else f"{name}{_PROMPTS}"
    items: list[Item] = []
    for path in sorted(folder.rglob("*.jsonl")):
        items += load_file(path, place=Place(os.fspath(path), suite, entry.licence), kind=kind).items
    seen: set[str] = set()
    for item in items:
        if item.id in seen:
            raise DataError(f"item {item.id} stands twice in the suite '{name}'", path=name)
        seen.add(item.id)
    return items


def _installed(name: str, where: Path | None) -> list[Item]:
    entry = catalog.load_catalog()[name]
    state = catalog.installed(name, where)
    if state is None:
        raise InputError(
            f"dataset '{name}' is not installed: cvalues data get {name} (or, without network, "
            f"cvalues data get {name} --from PATH; published at {entry.homepage})"
        )
    items: list[Item] = []
    for path in state.paths(where):
        items += load_file(path, place=Place(os.fspath(path), name, entry.licence)).items
    return items


def _file(text: str, base: str) -> str:
    for path in dict.fromkeys((text, base)):
        if Path(path).is_file():
            return path
    if Path(text).is_dir():
        raise DataError("is a folder; name one file in it", path=text)
    if Path(base).suffix or os.sep in base:
        raise DataError("no such file; a suite is a bundled or installed name, or a path", path=text)
    raise unknown("suite", text, suite_names())
