"""Choosing items: selections by category and level, and stratified samples."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvalues.datasets import sample_items, select
from cvalues.errors import InputError, UnknownName
from cvalues.records import Item


def item(category: str, family: str, at: int, level: int = 1) -> Item:
    return Item(
        id=f"{family}-{at}",
        suite="s",
        category=category,
        level=level,
        kind="open",
        prompt=f"{family} {at}",
        family=family,
    )


def suite(sizes: dict[str, int], twins: int = 2) -> list[Item]:
    return [
        item(category, f"{category}#{number}", at)
        for category, families in sizes.items()
        for number in range(families)
        for at in range(twins)
    ]


def whole_families(items: list[Item], twins: int = 2) -> int:
    return sum(count == twins for count in Counter(one.family for one in items).values())


# ---- samples ---------------------------------------------------------------------------------

sizes = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 12), min_size=1, max_size=8)


@given(sizes, st.integers(1, 3), st.integers(1, 120), st.integers(0, 9))
def test_a_sample_has_n_different_items_and_every_category_where_n_allows(
    sizes: dict[str, int], twins: int, n: int, seed: int
) -> None:
    items = suite(sizes, twins)
    chosen = sample_items(items, n, seed)
    assert len(chosen) == len({one.id for one in chosen}) == min(n, len(items))
    if n >= len(sizes):
        assert {one.category for one in chosen} == set(sizes)


@given(sizes, st.integers(1, 3), st.integers(1, 120), st.integers(0, 9))
def test_no_category_strays_from_its_share_by_more_than_a_family_and_one(
    sizes: dict[str, int], twins: int, n: int, seed: int
) -> None:
    items = suite(sizes, twins)
    n = min(n, len(items))
    counts = Counter(one.category for one in sample_items(items, n, seed))
    for category, families in sizes.items():
        share = n * families * twins / len(items)
        # Small categories raised to one item take that from the others.
        slack = twins + len(sizes)
        assert share - slack <= counts[category] <= share + slack


@given(sizes, st.integers(1, 120), st.integers(0, 9), st.randoms(use_true_random=False))
def test_the_order_of_the_input_does_not_matter(
    sizes: dict[str, int], n: int, seed: int, shuffler: random.Random
) -> None:
    items = suite(sizes)
    shuffled = items.copy()
    shuffler.shuffle(shuffled)
    assert sample_items(items, n, seed) == sample_items(shuffled, n, seed)


@given(st.integers(1, 8), st.integers(1, 9), st.integers(1, 72), st.integers(0, 9))
def test_no_twins_are_parted_where_categories_are_equal_and_n_is_even_and_reaches_them(
    categories: int, families: int, half: int, seed: int
) -> None:
    items = suite(dict.fromkeys("abcdefgh"[:categories], families))
    n = min(2 * max(half, categories), len(items))
    assert whole_families(sample_items(items, n, seed)) == n // 2


@given(sizes, st.integers(2, 4), st.integers(1, 120), st.integers(0, 9))
def test_at_most_one_family_a_category_is_torn(sizes: dict[str, int], twins: int, n: int, seed: int) -> None:
    chosen = sample_items(suite(sizes, twins), n, seed)
    counts = Counter((one.category, one.family) for one in chosen)
    torn = Counter(category for (category, _), count in counts.items() if count < twins)
    assert set(torn.values()) <= {1}


def test_shares_are_proportional_to_the_categories_sizes() -> None:
    items = suite({"a": 60, "b": 30, "c": 10}, twins=1)
    assert Counter(one.category for one in sample_items(items, 10, 0)) == {"a": 6, "b": 3, "c": 1}


def test_one_item_a_category_is_taken_before_any_twin() -> None:
    items = suite({name: 2 for name in "abcdefgh"})
    assert Counter(one.category for one in sample_items(items, 8, 0)) == dict.fromkeys("abcdefgh", 1)
    nine = sample_items(items, 9, 0)
    assert len({one.category for one in nine}) == 8 and whole_families(nine) == 1


def test_the_seed_decides_and_all_is_all() -> None:
    items = suite({"a": 20, "b": 20})
    samples = {tuple(one.id for one in sample_items(items, 10, seed)) for seed in range(5)}
    assert len(samples) == 5
    assert sorted(one.id for one in sample_items(items, 999, 0)) == sorted(one.id for one in items)


def test_the_sample_is_the_same_under_every_hash_seed() -> None:
    code = """
from cvalues.datasets import sample_items
from cvalues.records import Item

def item(category, family, twin):
    name = f"{category}{family}"
    return Item(id=name + twin, suite="s", category=category, level=1, kind="open", prompt="x", family=name)

items = [item(category, family, twin) for category in "abcd" for family in range(9) for twin in "xy"]
print([item.id for item in sample_items(items, 17, 3)])
"""
    printed = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "77")
    }
    assert len(printed) == 1


def test_a_sample_of_none_is_refused() -> None:
    with pytest.raises(InputError, match="at least 1"):
        sample_items(suite({"a": 2}), 0, 0)


# ---- selections ------------------------------------------------------------------------------

MIXED = [
    item("safety/crimes", "a", 0),
    item("responsibility/law", "b", 0, level=2),
    item("safety/insult", "c", 0),
]


def test_a_category_is_chosen_by_id_or_by_its_last_part() -> None:
    assert [one.family for one in select(MIXED, category="safety/crimes")] == ["a"]
    assert [one.family for one in select(MIXED, category=["law", "insult"])] == ["b", "c"]


@pytest.mark.parametrize("word", ["法理学", "Law", "law", " LAW ", "responsibility/law"])
def test_a_category_is_chosen_by_its_name_in_either_language(word: str) -> None:
    assert [one.family for one in select(MIXED, category=word)] == ["b"]


def test_a_category_outside_the_taxonomy_is_chosen_like_any_other() -> None:
    mixed = [*MIXED, item("other/园艺", "d", 0), item("safetybench/Ethics", "e", 0)]
    assert [one.family for one in select(mixed, category=["园艺", "ethics"])] == ["d", "e"]
    twice = [*mixed, item("other/ethics", "f", 0)]
    with pytest.raises(UnknownName, match="unknown category 'ethics'"):
        select(twice, category="ethics")


def test_a_level_is_chosen_and_nothing_asked_is_everything() -> None:
    assert [one.family for one in select(MIXED, level=1)] == ["a", "c"]
    assert select(MIXED) == MIXED


def test_a_wrong_category_or_level_offers_the_known_ones() -> None:
    with pytest.raises(UnknownName, match="did you mean 'safety/crimes'"):
        select(MIXED, category="safety/crime")
    with pytest.raises(UnknownName, match="Known: 1, 2"):
        select(MIXED, level=3)


def test_a_category_of_another_level_leaves_nothing_and_says_so() -> None:
    with pytest.raises(InputError, match="no item has category safety/crimes and level 2"):
        select(MIXED, category="safety/crimes", level=2)
