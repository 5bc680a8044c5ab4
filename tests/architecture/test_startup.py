"""What a start must not load: heavy libraries wait until they are needed."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("numpy", "scipy", "aiohttp", "jinja2", "polars", "xllamacpp", "torch", "transformers", "ray")


def loaded_by(code: str) -> set[str]:
    """Return which heavy modules a fresh interpreter holds after running the code."""
    probe = f"{code}\nimport sys\nprint(*[name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split()) if done.stdout.strip() else set()


def test_import_loads_nothing_heavy() -> None:
    assert loaded_by("import cvalues") == set()


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["data", "--help"], ["taxonomy", "list"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    code = f"""
import sys
sys.argv = ["cvalues", *{arguments!r}]
from cvalues.cli.app import main
try:
    main()
except SystemExit:
    pass
"""
    assert loaded_by(code) == set()


def test_the_reader_of_answers_stands_alone() -> None:
    assert loaded_by("from cvalues import read_choice\nread_choice('选B', ('A', 'B'))") == set()
