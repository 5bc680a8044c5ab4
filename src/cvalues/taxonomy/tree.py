"""Taxonomies as data: levels, categories and attack tags from `taxonomy/data/*.toml`."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib import resources
from typing import Any

import msgspec

from cvalues.errors import DataError
from cvalues.records import Category
from cvalues.registry import unknown

__all__ = ["Attack", "Level", "Taxonomy", "load", "names"]


class Level(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One level of a taxonomy; a higher one presupposes the lower ones."""

    level: int
    name_zh: str
    name_en: str
    description_zh: str = ""
    description_en: str = ""


class Attack(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A way in which a prompt attacks: a tag on items, never a category."""

    id: str
    name_zh: str
    name_en: str
    description_zh: str = ""
    description_en: str = ""


class Taxonomy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A named, versioned set of categories, in the order in which reports show them."""

    name: str
    version: str
    title_zh: str
    title_en: str
    levels: tuple[Level, ...]
    categories: tuple[Category, ...]
    attacks: tuple[Attack, ...] = ()

    def get(self, category: str) -> Category:
        """Return the category with exactly that id.

        Raises:
            UnknownName: with the nearest id and the list of known ones.
        """
        for entry in self.categories:
            if entry.id == category:
                return entry
        raise unknown("category", category, self.names())

    def find(self, text: str) -> Category:
        """Return the category a person means: its id, the last part of it, or its Chinese or English name.

        Raises:
            UnknownName: when nothing or more than one category answers to the text.
        """
        wanted = text.strip().casefold()
        found = [entry for entry in self.categories if wanted in _spellings(entry)]
        return found[0] if len(found) == 1 else self.get(text)

    def attack(self, tag: str) -> Attack:
        """Return the attack tag with that id.

        Raises:
            UnknownName: with the nearest tag and the list of known ones.
        """
        for entry in self.attacks:
            if entry.id == tag:
                return entry
        raise unknown("attack", tag, [entry.id for entry in self.attacks])

    def level(self, number: int) -> tuple[Category, ...]:
        """Return the categories of one level.

        Raises:
            UnknownName: when the taxonomy has no such level.
        """
        known = [entry.level for entry in self.levels]
        if number not in known:
            raise unknown("level", str(number), map(str, known))
        return tuple(entry for entry in self.categories if entry.level == number)

    def names(self) -> tuple[str, ...]:
        """Return the ids of all categories, in the taxonomy's order."""
        return tuple(entry.id for entry in self.categories)


def names() -> list[str]:
    """Return the names of the taxonomies that ship with the package, sorted."""
    return sorted(entry.name.removesuffix(".toml") for entry in _folder().iterdir() if entry.name.endswith(".toml"))


@lru_cache(maxsize=8)
def load(name: str = "cvalues") -> Taxonomy:
    """Return a taxonomy that ships with the package.

    Raises:
        UnknownName: with the nearest name and the list of known ones.
    """
    if name not in names():
        raise unknown("taxonomy", name, names())
    document = tomllib.loads((_folder() / f"{name}.toml").read_text(encoding="utf-8"))
    return _taxonomy(document, f"taxonomy/data/{name}.toml")


def _folder() -> Any:
    return resources.files("cvalues.taxonomy") / "data"


def _spellings(entry: Category) -> set[str]:
    words = (entry.id, entry.id.rpartition("/")[2], entry.name_zh, entry.name_en)
    return {word.casefold() for word in words}


def _taxonomy(document: dict[str, Any], path: str) -> Taxonomy:
    """Return the document as a taxonomy, with the file and field named when it is not one."""
    schema = document.pop("schema", None)
    if schema != "taxonomy/1":
        raise DataError(f"'{schema}' is not known; this version reads 'taxonomy/1'", path=path, field="schema")
    fields = {
        {"level": "levels", "category": "categories", "attack": "attacks"}.get(key, key): value
        for key, value in document.items()
    }
    fields["categories"] = [{"schema": "category/1", **entry} for entry in fields.get("categories", [])]
    try:
        return msgspec.convert(fields, Taxonomy)
    except msgspec.ValidationError as error:
        problem, _, place = str(error).partition(" - at `$.")
        raise DataError(problem, path=path, field=place.rstrip("`") or None) from error
