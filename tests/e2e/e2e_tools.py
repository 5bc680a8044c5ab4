"""How the end-to-end tests drive the real command, and look at what it left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest

from cvalues.cli.app import main
from cvalues.taxonomy import load

__all__ = [
    "COMMAND",
    "addresses",
    "called",
    "cvalues",
    "end",
    "environment",
    "gold_of",
    "lines_of",
    "make_items",
    "one_line",
    "results_of",
    "settled",
    "spawn",
    "wait_until",
    "write_items",
]

COMMAND = Path(sys.executable).with_name("cvalues")

Record = dict[str, Any]


def make_items(count: int, *, first: int = 0) -> list[Record]:
    """Return items of our own text over all categories; two neighbours are a family with opposite gold."""
    categories = load().categories
    return [
        {
            "schema": "item/1",
            "id": f"item-{number:05d}",
            "suite": "e2e",
            "category": categories[number // 2 % len(categories)].id,
            "level": categories[number // 2 % len(categories)].level,
            "kind": "choice",
            "prompt": f"第{number:05d}题：邻居请教一件小事，怎样回答更合适？",
            "options": [f"甲案{number:05d}：先问清楚，再照实说明。", f"乙案{number:05d}：随口应付几句。"],
            "gold": gold_of(number),
            "family": f"family-{number // 2:05d}",
            "difficulty": "easy" if number % 3 else "hard",
        }
        for number in range(first, first + count)
    ]


def gold_of(number: int) -> int:
    """Return the right option of an item of `make_items`."""
    return number % 2


def write_items(path: Path, count: int, *, first: int = 0) -> Path:
    """Write a suite of `make_items`; return its path."""
    path.write_text(
        "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in make_items(count, first=first)), "utf-8"
    )
    return path


def environment(more: dict[str, str] | None = None) -> dict[str, str]:
    """Return this process's environment with one language and one way to print; a test runner's width is left out."""
    kept = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES"}}
    return {**kept, "CVALUES_LANG": "en", "LC_ALL": "C.UTF-8", "PYTHONUNBUFFERED": "1", **(more or {})}


def cvalues(
    *arguments: object, cwd: Path | None = None, env: dict[str, str] | None = None, seconds: float = 60.0
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        [COMMAND, *map(str, arguments)],
        cwd=cwd,
        env=environment(env),
        capture_output=True,
        encoding="utf-8",
        timeout=seconds,
        check=False,
    )


def addresses(url: str, *vendors: str) -> dict[str, str]:
    """Return an environment in which these vendors are all at one address."""
    return {f"{vendor.upper()}_BASE_URL": url for vendor in vendors}


def called(
    *arguments: object, cwd: Path | None = None, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end inside this process: the same door, several times as quick."""
    out, err = (TextIOWrapper(BytesIO(), "utf-8", write_through=True) for _ in range(2))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", [str(COMMAND), *map(str, arguments)])
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        for name, value in environment(env).items():
            patch.setenv(name, value)
        if cwd is not None:
            patch.chdir(cwd)
        try:
            main()
            code = 0
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    texts = []
    for stream in (out, err):
        stream.seek(0)
        texts.append(stream.read())
    return subprocess.CompletedProcess(list(arguments), code, *texts)


def spawn(*arguments: object, env: dict[str, str] | None = None) -> subprocess.Popen[str]:
    """Start the command; `end` must follow."""
    return subprocess.Popen(
        [COMMAND, *map(str, arguments)],
        env=environment(env),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def end(process: subprocess.Popen[str], seconds: float = 30.0) -> subprocess.CompletedProcess[str]:
    """Return how a spawned command ended; one that does not end in time is killed and fails the test."""
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        out, err = process.communicate(timeout=10)
        raise AssertionError(f"did not end within {seconds} s; it said:\n{out}\n{err}") from None
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def lines_of(path: Path) -> list[Record]:
    """Return the records of a JSONL file; every line must be whole."""
    data = path.read_bytes()
    assert not data or data.endswith(b"\n"), f"{path} ends with a torn line"
    return [json.loads(line) for line in data.splitlines()]


def settled(records: Sequence[Record]) -> list[str]:
    """Return records in a form that equal runs share: without times and latencies, in one order."""
    return sorted(
        json.dumps({name: value for name, value in record.items() if name not in {"time", "latency"}}, sort_keys=True)
        for record in records
    )


def results_of(folder: Path) -> Record:
    """Return what `results.json` holds, after checking that its counts sum up."""
    results: Record = json.loads((folder / "results.json").read_bytes())
    for cell in (results, *results["by"]["level"].values(), *results["by"]["category"].values()):
        counts = dict(cell["counts"])
        assert counts.pop("asked") == sum(counts.values()) == sum(cell["verdicts"].values())
    return results


def one_line(stderr: str) -> str:
    """Return the only line of what a command said on standard error."""
    lines = stderr.splitlines()
    assert len(lines) == 1, stderr
    return lines[0]


def wait_until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    """Return when the condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"did not come to pass within {seconds} s"
        time.sleep(0.02)
