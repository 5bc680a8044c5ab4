"""CPU time and memory of a whole run: 2,000 two-choice calls over 100 connections to a loopback server.

    python -m benchmarks.speed [--runs 5] [--inspect PYTHON] [--evalscope PYTHON] [--lm-eval PYTHON]

The whole process counts: start-up, journal, labels, numbers and report. It alternates with a bare
aiohttp loop that makes the same calls (`bare.py`), because a machine's pace varies; the median of
each is compared. The other harnesses are run with the Python of an environment that has them, on
a like server, each with its own plainest two-choice task (`peers/`).
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from benchmarks import material
from benchmarks.measure import ROOT, Figure, Measured, arguments, command, finish, folder, measure, middle, serving

ITEMS = 1000
PEERS = {"inspect": "inspect_ai", "evalscope": "evalscope", "lm_eval": "lm-eval"}
MEGABYTE = 1e6


def figures(runs: int, peers: dict[str, str]) -> list[Figure]:
    """Return the figures of so many alternating runs."""
    bare: list[Measured] = []
    ours: list[Measured] = []
    with folder() as place, serving() as url:
        material.write(place, ITEMS)
        for number in range(runs):
            bare.append(measure([sys.executable, "benchmarks/bare.py", url, str(place / "prompts.jsonl")]))
            ours.append(measure(_run(place, url, place / f"run{number}")))
        found = _ours(bare, ours)
        for name, python in peers.items():
            found += _peer(name, python, place, found[0].value)
    return found


def _run(place: Path, url: str, out: Path) -> list[str]:
    suite = str(place / "suite.jsonl")
    return command("run", "vllm/bench", "--base-url", url, "--suite", suite, "--out", str(out), "--quiet")


def _ours(bare: list[Measured], ours: list[Measured]) -> list[Figure]:
    cpu, floor = middle([one.cpu for one in ours]), middle([one.cpu for one in bare])
    calls = f"{2 * ITEMS:,} calls, 100 connections, median of {len(ours)}"
    return [
        Figure("speed: CPU of a whole run", cpu, "s", 2.0, f"{calls}; {_range(one.cpu for one in ours)}"),
        Figure("speed: peak memory", max(one.rss for one in ours) / MEGABYTE, "MB", 120, "largest of the runs"),
        Figure("speed: CPU of the bare aiohttp loop", floor, "s", None, _range(one.cpu for one in bare)),
        Figure("speed: CPU beside the bare loop", cpu / floor, "×", 2.5, "same calls, alternating runs"),
        Figure("speed: wall time", middle([one.wall for one in ours]), "s", None, "the server waits 20 ms a call"),
    ]


def _range(values: Iterable[float]) -> str:
    listed = sorted(values)
    return f"{listed[0]:.2f} to {listed[-1]:.2f}"


def _peer(name: str, python: str, place: Path, ours: float) -> list[Figure]:
    """Return what another harness uses for the same number of calls."""
    out = place / name
    out.mkdir()
    script = str(ROOT / "benchmarks" / "peers" / f"ask_{name}.py")
    with serving(reply="ANSWER: A") as url:
        found = measure([python, script, url, str(place / "choices.jsonl"), str(out)])
    title = PEERS[name]
    return [
        Figure(f"speed: CPU of {title}", found.cpu, "s", None, found.output.strip().splitlines()[-1]),
        Figure(f"speed: CPU of {title} beside ours", found.cpu / ours, "×"),
        Figure(f"speed: peak memory of {title}", found.rss / MEGABYTE, "MB"),
    ]


def main(argv: list[str] | None = None) -> int:
    parser = arguments(__doc__)
    parser.add_argument("--runs", type=int, default=5, help="alternating runs")
    for name, title in PEERS.items():
        parser.add_argument(
            f"--{name.replace('_', '-')}", metavar="PYTHON", help=f"Python of an environment with {title}"
        )
    options = parser.parse_args(argv)
    peers = {name: python for name in PEERS if (python := getattr(options, name))}
    return finish(figures(options.runs, peers), options.json)


if __name__ == "__main__":
    sys.exit(main())
