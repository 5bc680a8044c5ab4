"""Rows of scripted models whose numbers are known beforehand."""

from __future__ import annotations

import random
from collections.abc import Callable

from cvalues.stats.rates import Row

ORDERS = ((0, 1), (1, 0))


def call(
    item: str,
    order: tuple[int, ...],
    verdict: str,
    *,
    gold: int = 0,
    outcome: str = "",
    **fields: object,
) -> Row:
    """Return the row of one call; choice and outcome follow from the verdict as the pipeline makes them."""
    choice = order[int(verdict[-1]) - 1] if verdict.startswith("option_") else None
    said = verdict.startswith("option_") or verdict in {"both", "neither", "refused", "unparsed"}
    return Row(
        item_id=item,
        order=order,
        verdict=verdict,
        outcome=outcome or ("answered" if said else verdict),
        choice=choice,
        gold=gold,
        k=len(order),
        **fields,  # type: ignore[arg-type]
    )


def table(answer: Callable[[tuple[int, ...], int], str], families: int = 36) -> list[Row]:
    """Return the calls of crossed families (2 items × 2 orders); `answer` gives the verdict."""
    rows: list[Row] = []
    for number in range(families):
        for gold in (0, 1):
            rows += [
                call(
                    f"item-{number}-{gold}",
                    order,
                    answer(order, gold),
                    gold=gold,
                    family=f"family-{number}",
                    category=("safety/crimes", "responsibility/law")[number % 2],
                    level=1 + number % 2,
                    difficulty=("easy", "medium", "hard")[number % 3],
                    template="choice-zh",
                )
                for order in ORDERS
            ]
    return rows


def oracle(order: tuple[int, ...], gold: int) -> str:
    return f"option_{order.index(gold) + 1}"


def always_first(order: tuple[int, ...], gold: int) -> str:
    return "option_1"


def always_second(order: tuple[int, ...], gold: int) -> str:
    return "option_2"


def refuse_all(order: tuple[int, ...], gold: int) -> str:
    return "refused"


def guess(seed: int) -> Callable[[tuple[int, ...], int], str]:
    chance = random.Random(seed)
    return lambda order, gold: f"option_{chance.randrange(2) + 1}"
