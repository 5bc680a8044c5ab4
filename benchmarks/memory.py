"""Memory over a long run: 100,000 calls to a server that answers at once.

    python -m benchmarks.memory [--calls 100000]

The resident set is read ten times a second together with how far the journal is. Flat means that the
second half of the calls adds next to nothing; the peak is of the whole process, labels, numbers and
report included.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from benchmarks import material
from benchmarks.measure import Figure, arguments, command, finish, folder, measure, serving

REPEATS = 10
MEGABYTE = 1e6
GROWTH = 5.0
"""Megabytes that the second half of the calls may add: what allocators and caches vary by."""


def resident(pid: int) -> float:
    """Return the bytes of memory that a process holds now; 0 where the system does not tell."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE")


def measured(calls: int) -> list[Figure]:
    """Return the figures of one run of so many calls."""
    items = max(1, calls // (2 * REPEATS))
    samples: list[tuple[int, float]] = []
    with folder() as place, serving(delay=0.0) as url:
        material.write(place, items)
        journal = place / "run" / "responses.jsonl"

        def watch(pid: int) -> None:
            if journal.exists() and not (place / "run" / "labels.jsonl").exists():
                samples.append((journal.stat().st_size, resident(pid)))

        argv = command("run", "vllm/bench", "--base-url", url, "--suite", str(place / "suite.jsonl"))
        argv += ["--repeats", str(REPEATS), "--out", str(place / "run"), "--quiet"]
        found = measure(argv, watch=watch)
        size = journal.stat().st_size
    made = f"{items * 2 * REPEATS:,} calls"
    figures = [
        Figure("memory: peak of a long run", found.rss / MEGABYTE, "MB", 150, made),
        Figure("memory: CPU for a thousand calls", 1000 * found.cpu / (items * 2 * REPEATS), "s", None, made),
    ]
    growth = _growth(samples, size)
    if growth is not None:
        figures.append(Figure("memory: growth in the second half of the calls", growth, "MB", GROWTH, made))
    return figures


def _growth(samples: list[tuple[int, float]], size: int) -> float | None:
    """Return the megabytes by which the end of the calls lies above the middle; None where nothing was seen."""
    first = [held for at, held in samples if held and size * 0.4 <= at <= size * 0.6]
    last = [held for at, held in samples if held and at >= size * 0.9]
    if not first or not last:
        return None
    return (max(last) - max(first)) / MEGABYTE


def main(argv: list[str] | None = None) -> int:
    parser = arguments(__doc__)
    parser.add_argument("--calls", type=int, default=100_000)
    options = parser.parse_args(argv)
    return finish(measured(options.calls), options.json)


if __name__ == "__main__":
    sys.exit(main())
