"""Names to factories: built in, by entry point, and with a helpful error for a wrong name."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from cvalues.errors import UnknownName

__all__ = ["Registry", "unknown"]

T = TypeVar("T")


def unknown(what: str, name: str, known: Iterable[str], *, where: str = "") -> UnknownName:
    """Return the error for a wrong name: the nearest known name (or last part of one), then all of them."""
    names = sorted(known)
    spellings = {entry.rpartition("/")[2]: entry for entry in names} | {entry: entry for entry in names}
    near = difflib.get_close_matches(name, spellings, n=1, cutoff=0.6)
    hint = f"; did you mean '{spellings[near[0]]}'?" if near else ";"
    listing = ", ".join(names) if names else "none"
    return UnknownName(f"{where}{': ' if where else ''}unknown {what} '{name}'{hint} Known: {listing}")


class Registry(Generic[T]):
    """A table of factories for one kind of thing, filled in code and by entry points.

    Args:
        what: the word for one entry in messages ("model", "reader").
        group: entry-point group that other packages fill, or empty.
    """

    def __init__(self, what: str, group: str = "") -> None:
        self.what = what
        self.group = group
        self._table: dict[str, Callable[..., T]] = {}
        self._loaded = not group

    def add(self, name: str, factory: Callable[..., T]) -> None:
        """Register a factory under a name; a second one under the same name replaces it."""
        self._table[name] = factory

    def names(self) -> list[str]:
        """Return all known names, sorted, entry points included."""
        self._load()
        return sorted(self._table)

    def get(self, name: str) -> Callable[..., T]:
        """Return the factory of that name.

        Raises:
            UnknownName: with the nearest name and the list of known ones.
        """
        if name not in self._table:
            self._load()
        if name not in self._table:
            raise unknown(self.what, name, self._table)
        return self._table[name]

    def _load(self) -> None:
        if self._loaded:
            return
        self._loaded = True
        from importlib.metadata import entry_points

        for point in entry_points(group=self.group):
            self._table.setdefault(point.name, _lazy(point.load))


def _lazy(load: Callable[[], Callable[..., T]]) -> Callable[..., T]:
    """Return a factory that imports its entry point on the first call."""

    def factory(*args: object, **kwargs: object) -> T:
        return load()(*args, **kwargs)

    return factory
