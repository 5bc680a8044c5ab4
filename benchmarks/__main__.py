"""Runs all benchmarks, each in a process of its own, and says which bars are met.

    python -m benchmarks [--only speed memory …] [--write docs/benchmarks.md] [--inspect PYTHON …]

`--write` also writes the figures as a Markdown table, with what kind of machine they are from.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from benchmarks.measure import ROOT, Figure, folder
from benchmarks.speed import PEERS

ALL = ("startup", "speed", "memory", "reopen", "reader", "stats")


def run(name: str, place: Path, extra: list[str]) -> list[Figure]:
    """Run one benchmark and return its figures; none when it broke."""
    target = place / f"{name}.json"
    argv = [sys.executable, "-m", f"benchmarks.{name}", "--json", str(target), *extra]
    subprocess.run(argv, cwd=ROOT, check=False)
    if not target.exists():
        return []
    return [Figure(*values) for values in json.loads(target.read_text(encoding="utf-8"))]


def page(figures: list[Figure]) -> str:
    """Return the figures as a Markdown page."""
    rows = [f"| {' | '.join(_cells(figure))} |" for figure in figures]
    return "\n".join(
        [
            "# Benchmarks · 性能基准",
            "",
            "Made by `python -m benchmarks --write docs/benchmarks.md`. Each script under `benchmarks/` runs alone",
            "too (`python -m benchmarks.speed`) and says what it measures.",
            "由上面的命令生成；`benchmarks/` 下每个脚本都可单独运行，并说明它测量什么。",
            "",
            f"Machine · 机器：{_machine()}.",
            "",
            "| figure · 指标 | value · 数值 | bar · 门槛 | | note · 说明 |",
            "|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


def _cells(figure: Figure) -> tuple[str, ...]:
    bar = "–" if figure.bar is None else f"≤ {figure.bar:g} {figure.unit}"
    return figure.name, f"{figure.value:.4g} {figure.unit}", bar, figure.verdict or "–", figure.note


def _machine() -> str:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    parts = (f"{cores} cores", platform.machine(), platform.system(), f"Python {platform.python_version()}")
    return ", ".join((*parts, f"aiohttp {version('aiohttp')}", f"msgspec {version('msgspec')}"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=ALL, default=list(ALL), help="benchmarks to run")
    parser.add_argument("--write", type=Path, help="Markdown file for the figures")
    for name, title in PEERS.items():
        parser.add_argument(
            f"--{name.replace('_', '-')}", metavar="PYTHON", help=f"Python of an environment with {title}"
        )
    options = parser.parse_args()
    peers = [
        word for name in PEERS if (python := getattr(options, name)) for word in (f"--{name.replace('_', '-')}", python)
    ]
    figures: list[Figure] = []
    broken: list[str] = []
    with folder() as place:
        for name in options.only:
            found = run(name, place, peers if name == "speed" else [])
            figures += found
            if not found:
                broken.append(name)
    if options.write:
        options.write.write_text(page(figures), encoding="utf-8")
    missed = [figure.name for figure in figures if figure.verdict == "FAIL"]
    for name in broken:
        print(f"benchmark {name} broke")
    for name in missed:
        print(f"missed its bar: {name}")
    if not missed and not broken:
        print("all bars are met")
    return int(bool(missed or broken))


if __name__ == "__main__":
    sys.exit(main())
