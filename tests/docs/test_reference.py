"""The generated pages are those of today's source, and name every command and every public name."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
import typer
from docs_tools import PAIRS, ROOT, environment, make_reference, text_of

import cvalues
from cvalues import errors
from cvalues.cli.app import app
from cvalues.errors import CValuesError
from cvalues.models.providers import provider_names
from cvalues.pipeline import RunSettings, folder
from cvalues.prompts.template import template_names
from cvalues.records import Estimate, Outcome
from cvalues.stats.rates import DIMENSIONS, RATES, Counts
from cvalues.stats.tally import PLAIN

TARGET = ROOT / "docs" / "reference"
REFERENCES = next(pair for pair in PAIRS if pair[0].name == "reference.md")


def public_names() -> Iterator[tuple[str, str]]:
    names = ["cvalues", *(found.name for found in pkgutil.walk_packages(cvalues.__path__, "cvalues."))]
    for name in names:
        module = importlib.import_module(name)
        for public in getattr(module, "__all__", ()):
            yield name, public


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    return make_reference().pages()


@pytest.mark.parametrize("name", ["cli.md", "api.md"])
def test_the_generated_page_equals_the_one_made_from_the_source(made: dict[str, str], name: str) -> None:
    assert text_of(TARGET / name) == made[name], f"docs/reference/{name} is not up to date; run: make docs"


def test_the_pages_do_not_depend_on_the_terminal_or_on_the_order_of_sets(made: dict[str, str]) -> None:
    code = "import json, sys; sys.path.insert(0, 'docs'); import make_reference as m; print(json.dumps(m.pages()))"
    env = environment(PYTHONHASHSEED="12345", COLUMNS="41", CVALUES_LANG="en", TERM="dumb", PYTHONDONTWRITEBYTECODE="1")
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == made


def test_a_page_that_is_not_up_to_date_is_told_and_then_written(
    made: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = make_reference()
    script.TARGET = tmp_path
    script.pages = lambda: made
    assert script.main(["--check"]) == 1
    assert list(tmp_path.iterdir()) == []
    assert script.main([]) == 0
    assert {path.name: text_of(path) for path in tmp_path.iterdir()} == made
    assert script.main(["--check"]) == 0
    assert "run make docs" in capsys.readouterr().err


def test_every_command_with_all_its_options_is_in_the_command_reference() -> None:
    page = text_of(TARGET / "cli.md")
    sections = dict(re.findall(r"^## (cvalues[\w -]*)\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL))
    found = list(make_reference().commands(typer.main.get_command(app)))
    assert [path for path, _ in found] == list(sections)
    for path, command in found:
        for parameter in command.params:
            if parameter.param_type_name == "option" and not parameter.hidden:
                for name in (*parameter.opts, *parameter.secondary_opts):
                    assert f"`{name}`" in sections[path], f"{path} {name}"


def test_every_public_name_of_every_module_is_in_the_python_reference() -> None:
    page = text_of(TARGET / "api.md")
    sections = dict(re.findall(r"^## (cvalues[\w.]*)\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL))
    missing = [
        f"{module}.{name}"
        for module, name in public_names()
        if not re.search(rf"^### {re.escape(name)}$", sections.get(module, ""), re.MULTILINE)
    ]
    assert not missing


@pytest.mark.parametrize("page", REFERENCES, ids=["en", "zh"])
def test_the_reference_names_everything_that_a_run_can_hold(page: Path) -> None:
    text = text_of(page)
    files = [folder.MANIFEST, folder.SETTINGS, folder.ITEMS, folder.RESPONSES, folder.LABELS, folder.RESULTS]
    wanted = {
        "setting": RunSettings.__struct_fields__,
        "outcome": (*get_args(Outcome), *Counts.__struct_fields__),
        "verdict": PLAIN,
        "rate": RATES,
        "dimension": DIMENSIONS,
        "field of an estimate": Estimate.__struct_fields__,
        "file": (*files, folder.REPORT_HTML, folder.REPORT_MD),
        "vendor": provider_names(),
        "environment variable": {
            name for path in (ROOT / "src").rglob("*.py") for name in re.findall(r'"(CVALUES_[A-Z_]+)"', text_of(path))
        },
    }
    missing = [
        f"{what} {name}" for what, names in wanted.items() for name in names if not re.search(rf"\b{name}\b", text)
    ]
    assert not missing


@pytest.mark.parametrize("page", REFERENCES, ids=["en", "zh"])
def test_the_reference_lists_every_bundled_template(page: Path) -> None:
    text = text_of(page)
    stems = {name.removesuffix("-en").removesuffix("-zh") for name in template_names()}
    shown = set(re.findall(r"`((?:choice|open|row)[a-z-]*)`", text))
    assert {name.removesuffix("-en").removesuffix("-zh") for name in shown} == stems


@pytest.mark.parametrize("page", REFERENCES, ids=["en", "zh"])
def test_the_reference_states_every_exit_code(page: Path) -> None:
    kinds = [getattr(errors, name) for name in errors.__all__]
    codes = {0, *(kind.exit_code for kind in kinds if issubclass(kind, CValuesError))}
    section = re.search(r"^## (?:Exit codes|退出码)\n(.*?)^## ", text_of(page), re.MULTILINE | re.DOTALL)
    assert section is not None
    assert {int(code) for code in re.findall(r"^\| (\d) \|", section[1], re.MULTILINE)} == codes
