"""What the READMEs show is true today: commands run, code runs, pictures and targets exist, both say the same."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from docs_tools import (
    ROOT,
    blocks,
    commands,
    cvalues,
    cvalues_commands,
    headings,
    run_all,
    run_python,
    text_of,
    workplace,
)

ENGLISH, CHINESE = ROOT / "README.md", ROOT / "README.zh-CN.md"
READMES = pytest.mark.parametrize("page", [ENGLISH, CHINESE], ids=["en", "zh"])


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return workplace(tmp_path_factory.mktemp("readme"))


def test_both_readmes_show_the_same_commands() -> None:
    assert commands(ENGLISH) == commands(CHINESE)


def test_both_readmes_show_the_same_code() -> None:
    assert blocks(ENGLISH, "python") == blocks(CHINESE, "python")


def test_every_command_is_one_of_the_kinds_that_are_checked_here() -> None:
    assert {words[0] for words in commands(CHINESE)} <= {"make", "export", "cvalues"}


def test_the_commands_of_the_readme_run(place: Path) -> None:
    assert [words[1].partition("=")[0] for words in commands(CHINESE) if words[0] == "export"] == ["DASHSCOPE_API_KEY"]
    assert run_all(CHINESE, place) >= 8


def test_recorded_replies_give_the_numbers_of_the_run_that_recorded_them(place: Path) -> None:
    shown = [words for words in cvalues_commands(CHINESE) if "--seed" in words]
    tables: list[str] = []
    for words in shown:
        done = cvalues(*words[1:], "--lang", "en", cwd=place)
        assert done.returncode == 0, done.stderr
        tables.append(done.stdout.partition("\n")[2].rpartition("report:")[0])
    assert len(tables) == 2
    assert tables[0] == tables[1]


@READMES
def test_the_targets_of_make_exist(page: Path) -> None:
    makefile = text_of(ROOT / "Makefile")
    named = {words[1] for words in commands(page) if words[0] == "make"}
    named |= set(re.findall(r"`?make ([a-z-]+)`?", text_of(page)))
    assert {"demo", "test"} <= named
    for target in named:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


@READMES
def test_the_python_code_runs_and_gives_what_it_says(page: Path, place: Path) -> None:
    for code in blocks(page, "python"):
        done = run_python(code, place)
        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines()[-1].startswith("option_2 ")


@READMES
def test_the_output_shown_is_what_the_command_prints_today(page: Path, tmp_path: Path) -> None:
    # The embedded model always picks the first option, so the scripted one that does has its rates.
    lang = "zh" if page == CHINESE else "en"
    done = cvalues("run", "scripted/first", "--limit", "36", "--seed", "1", "--lang", lang, cwd=tmp_path)
    printed = {" ".join(line.split()) for line in done.stdout.splitlines()}
    shown = next(code for code in blocks(page, "text") if code.startswith("local/smollm2"))
    lines = [" ".join(line.split()) for line in shown.splitlines()[1:]]
    compared = [line for line in lines if line.strip("─… ") and not re.search(r"[│]|report\.html|截断|truncated", line)]
    assert len(compared) >= 12
    assert [line for line in compared if line not in printed] == []


@READMES
def test_the_extras_named_are_those_of_the_project(page: Path) -> None:
    project = tomllib.loads(text_of(ROOT / "pyproject.toml"))["project"]
    rows = re.findall(r"^\| ((?:`\w+` ?)+) \|", text_of(page), re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert named == project["optional-dependencies"].keys()


@READMES
def test_the_folders_of_the_file_map_exist(page: Path) -> None:
    shown = next(code for code in blocks(page, "text") if code.startswith("src/cvalues/"))
    folders = [line.split()[0] for line in shown.splitlines() if line[:1].strip() and not line.startswith("runs/")]
    assert folders[0] == "src/cvalues/"
    for folder in folders:
        assert (ROOT / folder).is_dir(), folder
    first = shown.partition("docs/")[0]
    for name in re.findall(r"[a-z]+", first.partition("src/cvalues/")[2]):
        found = ROOT / "src" / "cvalues" / name
        if name in {"the", "ground", "eight", "stages", "in", "this", "order", "joins", "them", "command", "line"}:
            continue
        assert found.is_dir() or found.with_suffix(".py").is_file(), name


def test_the_readme_that_the_package_index_shows_is_the_english_one() -> None:
    project = tomllib.loads(text_of(ROOT / "pyproject.toml"))["project"]
    assert ROOT / project["readme"] == ENGLISH
    assert headings(ENGLISH)[0] == headings(CHINESE)[0] == (1, "cvalues")
