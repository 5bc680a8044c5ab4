"""Choosing items: by category and level, or a stratified sample that a seed decides."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence

from cvalues import taxonomy
from cvalues.errors import InputError, UnknownName
from cvalues.records import Item
from cvalues.registry import unknown

__all__ = ["sample_items", "select"]


def select(
    items: Sequence[Item], *, category: str | Iterable[str] | None = None, level: int | None = None
) -> list[Item]:
    """Return the items of the wanted categories and level, in their order.

    Args:
        items: what to choose from.
        category: one or more categories: id, last part of it, or Chinese or English name.
        level: 1 safety, 2 responsibility.

    Raises:
        UnknownName: when no item has such a category or level; with the nearest and the known ones.
        InputError: when category and level together leave nothing.
    """
    wanted = [category] if isinstance(category, str) else list(category or ())
    known = {item.category for item in items}
    ids = {_category(word, known) for word in wanted}
    levels = {item.level for item in items}
    if level is not None and level not in levels:
        raise unknown("level", str(level), map(str, levels))
    chosen = [item for item in items if (not ids or item.category in ids) and level in (None, item.level)]
    if not chosen:
        raise InputError(f"no item has category {', '.join(sorted(ids))} and level {level}")
    return chosen


def _category(word: str, known: set[str]) -> str:
    """Return the id that a word means: as it stands, by the taxonomy, or as the last part of one id alone."""
    name = word.strip()
    if name in known:
        return name
    try:
        found = taxonomy.load().find(name).id
    except UnknownName:
        found = ""
    ending = [one for one in known if one.rpartition("/")[2].casefold() == name.casefold()]
    candidates = {found} & known or set(ending)
    if len(candidates) == 1:
        return candidates.pop()
    raise unknown("category", word, known)


def sample_items(items: Sequence[Item], n: int, seed: int) -> list[Item]:
    """Return n items, stratified by category, in an order that the seed decides.

    Shares are proportional to the categories' sizes by largest remainder (Hamilton's method), and
    every category gets at least one where n allows. Items of one family stay together as far as n
    allows: a category may exceed its share by less than one family to keep twins whole. The same
    seed gives the same sample whatever the order of the input, and n at or above the number of
    items gives all of them.

    Raises:
        InputError: when n is below 1.
    """
    if n < 1:
        raise InputError(f"a sample needs at least 1 item, not {n}")
    ranked = sorted(items, key=lambda item: (_rank(seed, item.family or item.id), _rank(seed, item.id)))
    if n >= len(ranked):
        return ranked
    chosen = _Draw(ranked, n, seed).chosen()
    return [item for item in ranked if item.id in chosen]


def _rank(seed: int, text: str) -> bytes:
    """Return the place of a text in the seed's order; unlike `hash`, equal in every process."""
    return hashlib.blake2b(f"{seed}\0{text}".encode(), digest_size=16).digest()


def _quotas(sizes: dict[str, int], n: int, order: Sequence[str]) -> dict[str, int]:
    """Return each category's share of n: largest remainder, at least one where n allows."""
    floor = 1 if n >= len(sizes) else 0
    total = sum(sizes.values())
    share = {name: n * sizes[name] / total for name in order}
    quota = {name: min(sizes[name], max(floor, int(share[name]))) for name in order}
    # Raising the small ones to one may overshoot: take back where the share is exceeded most.
    while sum(quota.values()) > n:
        quota[max((one for one in order if quota[one] > floor), key=lambda one: quota[one] - share[one])] -= 1
    while sum(quota.values()) < n:
        quota[max((one for one in order if quota[one] < sizes[one]), key=lambda one: share[one] - quota[one])] += 1
    return quota


class _Draw:
    """One draw: whole families up to each category's quota, then the rest where it is missed most."""

    def __init__(self, ranked: Sequence[Item], n: int, seed: int) -> None:
        grouped: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for item in ranked:
            grouped[item.category][item.family or item.id].append(item.id)
        self.order = sorted(grouped, key=lambda name: _rank(seed, name))
        self.waiting = {name: list(grouped[name].values()) for name in self.order}
        self.torn: list[tuple[str, list[str]]] = []
        sizes = {name: sum(map(len, families)) for name, families in self.waiting.items()}
        self.quota = _quotas(sizes, n, self.order)
        self.taken = dict.fromkeys(self.order, 0)
        self.left = n
        self.ids: set[str] = set()

    def chosen(self) -> set[str]:
        """Return the ids of the drawn items."""
        for name in self.order:
            self._take_whole(name)
        self._cover()
        self._mend()
        while self.left and self._take_fitting():
            pass
        if self.left:
            self._tear()
        return self.ids

    def _take(self, name: str, ids: Sequence[str]) -> None:
        self.ids.update(ids)
        self.taken[name] += len(ids)
        self.left -= len(ids)

    def _take_whole(self, name: str) -> None:
        """Take families of a category while they fit its quota."""
        kept: list[list[str]] = []
        for family in self.waiting[name]:
            if self.taken[name] + len(family) <= self.quota[name]:
                self._take(name, family)
            else:
                kept.append(family)
        self.waiting[name] = kept

    def _cover(self) -> None:
        """Give each category that has nothing yet one family, or one item where n is too small."""
        missing = [name for name in self.order if self.quota[name] and not self.taken[name]]
        for others, name in zip(range(len(missing) - 1, -1, -1), missing, strict=True):
            family = self.waiting[name].pop(0)
            if self.left - len(family) >= others:
                self._take(name, family)
            else:
                self._take(name, family[:1])
                self.torn.append((name, family[1:]))

    def _mend(self) -> None:
        """Complete the families of which only one item was taken, while n allows."""
        kept: list[tuple[str, list[str]]] = []
        for name, rest in self.torn:
            if len(rest) <= self.left:
                self._take(name, rest)
            else:
                kept.append((name, rest))
        self.torn = kept

    def _shortfall(self, name: str) -> int:
        return self.quota[name] - self.taken[name]

    def _take_fitting(self) -> bool:
        """Take one whole family where the quota is missed most; say whether any fitted."""
        for name in sorted(self.order, key=self._shortfall, reverse=True):
            for at, family in enumerate(self.waiting[name]):
                if len(family) <= self.left:
                    self._take(name, self.waiting[name].pop(at))
                    return True
        return False

    def _tear(self) -> None:
        """Spend the last items on part of one family, because no whole one fits."""
        waiting = [(name, family) for name in self.order for family in self.waiting[name][:1]]
        name, family = max(self.torn or waiting, key=lambda pair: self._shortfall(pair[0]))
        self._take(name, family[: self.left])
