"""Time of the answer reader a reply, over the golden replies and over bare labels.

python -m benchmarks.reader
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from benchmarks.measure import ROOT, Figure, arguments, finish, middle

RUNS = 5
MICRO = 1e6


def figures() -> list[Figure]:
    """Return the figures, each the median of several passes after one to warm up."""
    with open(ROOT / "tests" / "golden" / "replies.jsonl", encoding="utf-8") as file:
        replies: list[dict[str, Any]] = [json.loads(line) for line in file]
    labels = ("回复1", "回复2")
    bare = [{"text": label, "style": "/".join(labels)} for label in labels for _ in range(500)]
    return [
        Figure("reader: a golden reply", _time(replies), "µs", None, f"{len(replies)} replies, CPU time"),
        Figure("reader: a bare label", _time(bare), "µs", None, "CPU time"),
    ]


def _time(replies: list[dict[str, Any]]) -> float:
    """Return the CPU microseconds a reply."""
    from cvalues.labels.choice import read_choice

    asked = [
        (reply["text"], reply["style"].split("/"), reply.get("options", ()), reply.get("question", ""))
        for reply in replies
    ]
    spent: list[float] = []
    for _ in range(RUNS + 1):
        started = time.process_time()
        for text, labels, options, question in asked:
            read_choice(text, labels, options, question=question)
        spent.append(time.process_time() - started)
    return middle(spent[1:]) * MICRO / len(replies)


def main(argv: list[str] | None = None) -> int:
    return finish(figures(), arguments(__doc__).parse_args(argv).json)


if __name__ == "__main__":
    sys.exit(main())
