"""Time to re-open a run with 200,000 responses, as a user does: `cvalues run --resume`.

    python -m benchmarks.reopen [--responses 200000]

The journal is made, not asked. Three cases: the run is whole and scored; it was killed ten calls
before its end, so that nothing is labelled yet; ten calls are left and the others are labelled. All
that the command does counts: the journal read, what is left asked, labels, numbers, report. Re-opening
itself is timed by the clock; the two cases that score everything again keep one core busy all the
while, so their CPU time is held to the bar, which other processes on the machine do not change.
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
        opened = [measure(_resume(whole)) for _ in range(RUNS)]
        killed = [_again(short) for _ in range(RUNS)]
        measure(command("rescore", str(short)))
        labelled = [_again(short) for _ in range(RUNS)]
    made = f"{items * 2 * REPEATS:,} responses"
    return [
        Figure("reopen: nothing left", min(one.wall for one in opened), "s", 5.0, f"wall time; {_told(opened, made)}"),
        _scored(f"{LEFT} calls left, nothing labelled", killed, made),
        _scored(f"{LEFT} calls left, the others labelled", labelled, made),
        Figure("reopen: CPU of rescore", scored.cpu, "s", None, f"{made}, every reply read"),
        Figure("reopen: peak memory of rescore", scored.rss / MEGABYTE, "MB"),
    ]


def _resume(out: Path) -> list[str]:
    return command("run", "--resume", str(out), "--quiet")


def _again(out: Path) -> Measured:
    """Go on with a run that lacks its last calls, then put its folder back as it was."""
    journal = out / "responses.jsonl"
    size = journal.stat().st_size
    kept = {path: path.read_bytes() for path in out.iterdir() if path.suffix in {".html", ".md", ".json"}}
    labels = out / "labels.jsonl"
    labelled = labels.stat().st_size if labels.exists() else 0
    found = measure(_resume(out))
    with open(journal, "rb+") as file:
        file.seek(size)
        if file.read().count(b"\n") != LEFT:
            sys.exit(f"{LEFT} calls were left, and others were made")
        file.truncate(size)
    with open(labels, "rb+") as file:
        file.truncate(labelled)
    for path in out.iterdir():
        if path.suffix in {".html", ".md", ".json"}:
            path.unlink()
    for path, content in kept.items():
        path.write_bytes(content)
    return found


def _scored(name: str, runs: list[Measured], made: str) -> Figure:
    return Figure(f"reopen: {name}", middle([one.cpu for one in runs]), "s", 5.0, f"CPU time; {_told(runs, made)}")


def _told(runs: list[Measured], made: str) -> str:
    wall, cpu = min(one.wall for one in runs), middle([one.cpu for one in runs])
    memory = max(one.rss for one in runs) / MEGABYTE
    return f"{made}, wall {wall:.2f} s at best, CPU {cpu:.2f} s, peak memory {memory:.0f} MB"


def main(argv: list[str] | None = None) -> int:
    parser = arguments(__doc__)
    parser.add_argument("--responses", type=int, default=200_000)
    options = parser.parse_args(argv)
    return finish(figures(options.responses), options.json)


if __name__ == "__main__":
    sys.exit(main())
