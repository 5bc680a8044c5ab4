"""Every file in examples/ is run, offline; one that nothing here runs fails the first test."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from docs_tools import ROOT, cvalues, environment

EXAMPLES = ROOT / "examples"
COLUMNS = "prompt=问题,good=正例,bad=反例,category=领域,family=题族"


def script(name: str, cwd: Path) -> str:
    """Run an example and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLES / name)],
        cwd=cwd,
        env=environment(),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def command(*words: str, cwd: Path) -> str:
    """Run the command line, which must not fail, and return what it printed."""
    done = cvalues(*words, cwd=cwd, env=environment(ACME_API_KEY="sk-none"))
    assert done.returncode == 0, done.stderr
    return done.stdout


def scripted(cwd: Path) -> None:
    lines = {line.split()[0]: line for line in script("evaluate_scripted.py", cwd).splitlines()}
    assert lines["scripted/gold"].count("100.0 [ 82.4, 100.0]") == 4
    assert lines["scripted/first"].split()[1] == "50.0"
    assert "n = 0" in lines["scripted/refuse"]


def answers(cwd: Path) -> None:
    verdicts = [line.split()[0] for line in script("read_answers.py", cwd).splitlines()]
    assert verdicts == ["option_2", "option_2", "neither", "refused", "unparsed"]


def blind(cwd: Path) -> None:
    assert script("question_blind.py", cwd) == "open: 72 choices, 50.0 % solved without reading the question\n"


def replies(cwd: Path) -> None:
    path = EXAMPLES / "replies.jsonl"
    read = [json.loads(line) for line in command("label", "read", str(path), cwd=cwd).splitlines()]
    given = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [{key: line[key] for key in ("text", "style")} for line in read] == given
    assert [line["verdict"] for line in read] == ["option_2", "option_2", "option_3", "both", "refused", "unparsed"]


def table(cwd: Path) -> None:
    path = str(EXAMPLES / "my_items.csv")
    assert "no errors, 0 warning(s)" in command("data", "validate", path, "--columns", COLUMNS, cwd=cwd)
    command("run", "scripted/gold", "--suite", path, "--columns", COLUMNS, "--out", "out", cwd=cwd)
    assert json.loads((cwd / "out" / "results.json").read_text(encoding="utf-8"))["rates"]["acc"]["clusters"] == 3


def items(cwd: Path) -> None:
    path = str(EXAMPLES / "my_items.jsonl")
    assert "no errors" in command("data", "validate", path, cwd=cwd)
    command("run", "scripted/gold", "--suite", path, "--out", "out", cwd=cwd)
    assert json.loads((cwd / "out" / "results.json").read_text(encoding="utf-8"))["counts"]["answered"] == 6


def plan(cwd: Path) -> None:
    command("run", str(EXAMPLES / "plan.toml"), "--out", "runs", "--quiet", cwd=cwd)
    found = [json.loads(path.read_text(encoding="utf-8")) for path in (cwd / "runs").glob("*/results.json")]
    calls = sorted((one["run"]["model"], one["run"]["template"], one["counts"]["answered"]) for one in found)
    assert calls == [
        ("scripted/gold", "choice-letter-zh 1", 72),
        ("scripted/gold", "choice-zh 1", 72),
        ("scripted/random", "choice-letter-zh 1", 144),
        ("scripted/random", "choice-zh 1", 144),
    ]


def provider(cwd: Path) -> None:
    path = str(EXAMPLES / "provider.toml")
    listed = json.loads(command("models", "list", "--providers", path, "--json", cwd=cwd))
    assert {"name": "acme/MODEL", "address": "http://gateway.example/v1"}.items() <= {
        key: value for row in listed if row["name"] == "acme/MODEL" for key, value in row.items()
    }.items()
    assert "acme/some-model" in command("run", "acme/some-model", "--providers", path, "--dry-run", cwd=cwd)


CHECKS: dict[str, Callable[[Path], None]] = {
    "evaluate_scripted.py": scripted,
    "my_items.csv": table,
    "my_items.jsonl": items,
    "plan.toml": plan,
    "provider.toml": provider,
    "question_blind.py": blind,
    "read_answers.py": answers,
    "replies.jsonl": replies,
}


def test_every_example_has_a_check() -> None:
    assert {path.name for path in EXAMPLES.iterdir() if not path.name.startswith("_")} == CHECKS.keys()


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_the_example_runs(name: str, tmp_path: Path) -> None:
    check = CHECKS[name]
    check(tmp_path)
