"""Time to re-open a run with 200,000 responses: with nothing left to ask, and with ten calls left.

    python -m benchmarks.reopen [--responses 200000]

The journal is made, not asked. `rescore` labels all of it once (its time is told, without a bar); then
the folder is re-opened as a user does, with `cvalues run --resume`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks import material
from benchmarks.measure import Figure, Measured, arguments, command, finish, folder, measure, middle, serving

REPEATS = 10
LEFT = 10
RUNS = 3
MEGABYTE = 1e6


def figures(responses: int) -> list[Figure]:
    """Return the figures for a journal of so many responses."""
    items = max(1, responses // (2 * REPEATS))
    with folder() as place, serving() as url:
        material.write(place, items)
        whole, short = place / "whole", place / "short"
        for out, drop in ((whole, 0), (short, LEFT)):
            argv = [sys.executable, "-m", "benchmarks.recorded", str(out), str(place / "suite.jsonl"), url]
            measure([*argv, "--repeats", str(REPEATS), "--drop", str(drop)])
        scored = measure(command("rescore", str(whole)))
        measure(command("rescore", str(short)))
        opened = [measure(_resume(whole)) for _ in range(RUNS)]
        continued = [_again(short, LEFT) for _ in range(RUNS)]
    return _figures(f"{items * 2 * REPEATS:,} responses", scored, opened, continued)


def _resume(out: Path) -> list[str]:
    return command("run", "--resume", str(out), "--quiet")


def _again(out: Path, left: int) -> Measured:
    """Go on with a run that lacks its last calls, then take them away again."""
    journal, labels = out / "responses.jsonl", out / "labels.jsonl"
    sizes = journal.stat().st_size, labels.stat().st_size
    kept = {name: (out / name).read_bytes() for name in ("results.json", "report.html", "report.md")}
    found = measure(_resume(out))
    with open(journal, "rb+") as file:
        file.seek(sizes[0])
        if file.read().count(b"\n") != left:
            sys.exit(f"{left} calls were left, and others were made")
        file.truncate(sizes[0])
    with open(labels, "rb+") as file:
        file.truncate(sizes[1])
    for name, content in kept.items():
        (out / name).write_bytes(content)
    return found


def _figures(made: str, scored: Measured, opened: list[Measured], continued: list[Measured]) -> list[Figure]:
    return [
        Figure("reopen: nothing left", middle([one.wall for one in opened]), "s", 5.0, f"{made}, wall time"),
        Figure("reopen: ten calls left", middle([one.wall for one in continued]), "s", 5.0, f"{made}, scored anew"),
        Figure("reopen: CPU, nothing left", middle([one.cpu for one in opened]), "s"),
        Figure("reopen: CPU, ten calls left", middle([one.cpu for one in continued]), "s"),
        Figure("reopen: peak memory", max(one.rss for one in [*opened, *continued]) / MEGABYTE, "MB"),
        Figure("reopen: CPU of rescore", scored.cpu, "s", None, f"{made}, every reply read"),
        Figure("reopen: peak memory of rescore", scored.rss / MEGABYTE, "MB"),
    ]


def main(argv: list[str] | None = None) -> int:
    parser = arguments(__doc__)
    parser.add_argument("--responses", type=int, default=200_000)
    options = parser.parse_args(argv)
    return finish(figures(options.responses), options.json)


if __name__ == "__main__":
    sys.exit(main())
