"""What all benchmarks share: a figure with its bar, a child process measured as a whole, a server beside it.

This module and the scripts that start measured processes import nothing but the standard library: on
Linux the peak memory of a child begins with that of the process that started it.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

__all__ = [
    "ROOT",
    "Figure",
    "Measured",
    "arguments",
    "command",
    "finish",
    "folder",
    "measure",
    "middle",
    "serving",
]

ROOT = Path(__file__).resolve().parents[1]
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024  # getrusage(2): bytes on macOS, KiB elsewhere


class Figure(NamedTuple):
    """One measured number; `bar` is the most it may be, None where none is set."""

    name: str
    value: float
    unit: str
    bar: float | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        """Return PASS or FAIL, or nothing without a bar."""
        if self.bar is None:
            return ""
        return "PASS" if self.value <= self.bar else "FAIL"

    def line(self) -> str:
        """Return the figure as one line."""
        bar = f"bar ≤ {self.bar:g} {self.unit}".rstrip() if self.bar is not None else ""
        parts = (f"{self.value:.4g} {self.unit}".rstrip(), bar, self.verdict, self.note)
        return f"{self.name}: " + "  ".join(part for part in parts if part)


class Measured(NamedTuple):
    """What one process used from its start to its end, start-up included.

    Attributes:
        cpu: user and system seconds, those of processes it waited for included.
        rss: bytes of its peak memory.
        wall: seconds by the clock.
    """

    cpu: float
    rss: float
    wall: float
    output: str


def command(*arguments: str) -> list[str]:
    """Return the command line of `cvalues` as it is installed beside this Python."""
    return [str(Path(sys.executable).with_name("cvalues")), *arguments]


def measure(argv: Sequence[str], *, watch: Callable[[int], None] | None = None, ok: Sequence[int] = (0,)) -> Measured:
    """Run a command to its end and return what it used.

    Args:
        watch: called with the process id ten times a second.
        ok: exit codes that are no failure.
    """
    with tempfile.TemporaryFile() as output:
        started = time.perf_counter()
        child = subprocess.Popen(argv, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        while True:
            pid, status, usage = os.wait4(child.pid, os.WNOHANG if watch else 0)
            if pid:
                break
            if watch:
                watch(child.pid)
            time.sleep(0.1)
        wall = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read().decode(errors="replace")
    if child.returncode not in ok:
        sys.exit(f"{' '.join(argv)}\nended with {child.returncode}:\n{text}")
    return Measured(usage.ru_utime + usage.ru_stime, usage.ru_maxrss * _RSS_UNIT, wall, text)


def middle(values: Sequence[float]) -> float:
    """Return the median."""
    return statistics.median(values)


@contextlib.contextmanager
def serving(*, delay: float = 0.02, reply: str = "回复1") -> Iterator[str]:
    """Give the base URL of a loopback server that answers every chat call with one fixed reply."""
    argv = [sys.executable, "-m", "benchmarks.server", "--delay", str(delay), "--reply", reply]
    with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True, encoding="utf-8") as server:
        try:
            if server.stdout is None:
                raise RuntimeError("the server has no output")
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """Give a folder that is removed in the end."""
    with tempfile.TemporaryDirectory(prefix="cvalues-bench-") as name:
        yield Path(name)


def arguments(description: str | None) -> argparse.ArgumentParser:
    """Return a parser with the options that every benchmark has."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    return parser


def finish(figures: Sequence[Figure], target: Path | None = None) -> int:
    """Print the figures, write them where asked, and return the exit code: 1 when one misses its bar."""
    for figure in figures:
        print(figure.line(), flush=True)
    if target is not None:
        target.write_text(json.dumps([list(figure) for figure in figures], ensure_ascii=False), encoding="utf-8")
    return int(any(figure.verdict == "FAIL" for figure in figures))
