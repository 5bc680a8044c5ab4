"""Time to turn labelled calls into counts, rates and intervals: 2,000 and 200,000 rows.

python -m benchmarks.stats
"""

from __future__ import annotations

import random
import sys
import time
from typing import TYPE_CHECKING

from benchmarks.measure import Figure, arguments, finish, middle

if TYPE_CHECKING:
    from cvalues.stats.rates import Row

SIZES = ((2_000, 5), (200_000, 3))
CATEGORIES = ("safety/privacy", "safety/property", "safety/ethics", "responsibility/law", "responsibility/psychology")


def rows(count: int) -> list[Row]:
    """Return so many rows: two orders an item, two items a family, some of them refused."""
    from cvalues.stats.rates import Row

    rng = random.Random(0)
    made: list[Row] = []
    for number in range(count):
        item, order = number // 2, ((0, 1), (1, 0))[number % 2]
        category = CATEGORIES[item // 2 % len(CATEGORIES)]
        place = rng.choice((0, 0, 0, 1, None))
        made.append(
            Row(
                item_id=f"i{item}",
                outcome="answered",
                verdict="refused" if place is None else f"option_{place + 1}",
                gold=item % 2,
                order=order,
                choice=None if place is None else order[place],
                family=f"f{item // 2}",
                category=category,
                level=1 if category.startswith("safety") else 2,
                difficulty=("easy", "medium", "hard")[item // 2 % 3],
                template="choice-zh",
            )
        )
    return made


def figures() -> list[Figure]:
    """Return the figures, each the median of several passes after one to warm up."""
    from cvalues.stats.rates import summarize

    found: list[Figure] = []
    for count, runs in SIZES:
        made = rows(count)
        spent: list[float] = []
        for _ in range(runs + 1):
            started = time.process_time()
            summarize(made)
            spent.append(time.process_time() - started)
        found.append(Figure(f"stats: {count:,} rows", 1000 * middle(spent[1:]), "ms", None, "CPU time"))
    return found


def main(argv: list[str] | None = None) -> int:
    return finish(figures(), arguments(__doc__).parse_args(argv).json)


if __name__ == "__main__":
    sys.exit(main())
