"""Says how much of a suite can be solved without reading the question.

    python examples/question_blind.py                              the bundled suite: 50 %
    python examples/question_blind.py cvalues-responsibility-mc    after: cvalues data get cvalues-responsibility-mc

A classifier that sees the replies alone and never the question: naive Bayes on character pairs, 5-fold
cross-validation with whole families left out. What it gets right says nothing about values.
"""

from __future__ import annotations

import math
import sys
from collections import Counter, defaultdict

import cvalues

FOLDS = 5


def pairs(text: str) -> set[str]:
    """Return the pairs of neighbouring characters."""
    return {text[at : at + 2] for at in range(len(text) - 1)}


def solved(items: list[cvalues.Item]) -> float:
    """Return the share of items whose right reply the question-blind classifier picks; ties count in part."""
    folds: dict[int, list[cvalues.Item]] = defaultdict(list)
    families = {family: at % FOLDS for at, family in enumerate(sorted({item.family for item in items}))}
    for item in items:
        folds[families[item.family]].append(item)
    right = 0.0
    for left_out, tests in folds.items():
        good: Counter[str] = Counter()
        bad: Counter[str] = Counter()
        for item in (item for fold, some in folds.items() if fold != left_out for item in some):
            for at, option in enumerate(item.options):
                (good if at == item.gold else bad).update(pairs(option))
        for item in tests:
            scores = [round(sum(math.log((good[p] + 1) / (bad[p] + 1)) for p in pairs(o)), 9) for o in item.options]
            best = max(scores)
            right += (scores[item.gold or 0] == best) / scores.count(best)
    return right / len(items)


def main() -> None:
    """Print the share for the named suite."""
    name = sys.argv[1] if len(sys.argv) > 1 else "open"
    items = [item for item in cvalues.load_suite(name) if item.kind == "choice"]
    print(f"{name}: {len(items)} choices, {100 * solved(items):.1f} % solved without reading the question")


if __name__ == "__main__":
    main()
