"""Every page: both languages alike, commands valid, links and pictures there, nothing of one machine in it."""

from __future__ import annotations

import re
import shutil
import struct
import tomllib
from pathlib import Path

import pytest
from docs_tools import (
    PAGES,
    PAIRS,
    ROOT,
    anchor,
    blocks,
    check_command,
    commands,
    cvalues_commands,
    headings,
    links,
    run_all,
    run_python,
    text_of,
    workplace,
)

import cvalues
from cvalues.models.providers import load_providers
from cvalues.pipeline.settings import read_plan

EVERY = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
BOTH = pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair[0].stem)
TEXTS = [
    *(ROOT / name for name in ("README.md", "README.zh-CN.md", "CHANGELOG.md")),
    *(
        path
        for name in ("docs", "examples")
        for path in sorted((ROOT / name).rglob("*"))
        if path.suffix in {".md", ".py", ".svg", ".toml", ".csv", ".jsonl"}
    ),
]
IMAGES = sorted((ROOT / "docs" / "images").iterdir())


@BOTH
def test_both_languages_have_the_same_headings(pair: tuple[Path, Path]) -> None:
    english, chinese = pair
    assert [level for level, _ in headings(english)] == [level for level, _ in headings(chinese)]


@BOTH
def test_both_languages_show_the_same_commands_and_code(pair: tuple[Path, Path]) -> None:
    english, chinese = pair
    assert commands(english) == commands(chinese)
    assert blocks(english, "python") == blocks(chinese, "python")


@EVERY
def test_the_chinese_page_is_chinese_and_the_english_one_is_not(page: Path) -> None:
    words = [title for _, title in headings(page)[1:]]
    chinese = sum(bool(re.search("[\u4e00-\u9fff]", title)) for title in words)
    assert chinese >= len(words) - 1 if ".zh-CN" in page.name or page.parent.name == "zh" else chinese == 0


@EVERY
def test_every_command_shown_has_options_that_exist(page: Path) -> None:
    for words in cvalues_commands(page):
        check_command(words)


@EVERY
def test_every_link_leads_somewhere(page: Path) -> None:
    assert links(page) or page.name == "explanation.md"
    for link in links(page):
        if re.match(r"https?://", link):
            continue
        path, _, fragment = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if fragment:
            assert fragment in {anchor(words) for _, words in headings(target)}, link


@pytest.mark.parametrize("image", IMAGES, ids=lambda image: image.name)
def test_every_picture_is_shown_and_small(image: Path) -> None:
    assert any(image.name in link for page in PAGES for link in links(page))
    assert image.stat().st_size < 400_000
    if image.suffix == ".png":
        data = image.read_bytes()
        assert data.startswith(b"\x89PNG")
        assert struct.unpack(">I", data[16:20])[0] == 1280


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_page_holds_a_place_of_one_machine_or_unfinished_words(path: Path) -> None:
    found = re.search(r"(?<![\w.])/(?:home|tmp|root|work|Users)/|\bTODO\b|\bTBD\b|\bFIXME\b", text_of(path))
    assert found is None, found


def test_the_tutorial_states_the_scores_that_its_commands_give(tmp_path: Path) -> None:
    for tutorial in next(pair for pair in PAIRS if pair[0].stem == "tutorial"):
        rows = re.findall(
            r"^\| `(scripted/\w+)` \| (.+?) \| (.+?) \| (.+?) \| (.+?) \|", text_of(tutorial), re.MULTILINE
        )
        assert len(rows) == 3
        for model, *stated in rows:
            done = cvalues.evaluate(model, limit=36, seed=1, out=str(tmp_path / model))
            rates = (done.results or {})["rates"]
            values = [rates[name]["value"] for name in ("acc", "acc_star", "robust_acc", "coverage")]
            assert stated == ["n = 0" if value is None else f"{100 * value:g}" for value in values]


@pytest.mark.parametrize(("name", "least"), [("tutorial", 7), ("how-to", 10)])
def test_the_commands_of_the_page_run(name: str, least: int, tmp_path: Path) -> None:
    cvalues.evaluate("scripted/first", limit=8, seed=1, out=str(tmp_path / "runs" / "first"))
    page = ROOT / "docs" / "zh" / f"{name}.md"
    if name == "tutorial":
        shutil.rmtree(tmp_path / "runs")  # the tutorial makes it itself
    assert run_all(page, workplace(tmp_path)) >= least


def test_the_python_code_of_the_how_to_runs(tmp_path: Path) -> None:
    cvalues.evaluate("scripted/first", limit=8, seed=1, out=str(tmp_path / "runs" / "first"))
    for code in blocks(ROOT / "docs" / "zh" / "how-to.md", "python"):
        done = run_python(code, tmp_path)
        assert done.returncode == 0, done.stderr
        assert "0.5 0.5" in done.stdout


def test_the_tables_of_the_how_to_are_those_of_the_examples(tmp_path: Path) -> None:
    for page in next(pair for pair in PAIRS if pair[0].stem == "how-to"):
        vendor, plan = blocks(page, "toml")
        (tmp_path / "vendor.toml").write_text(vendor, encoding="utf-8")
        (tmp_path / "plan.toml").write_text(plan, encoding="utf-8")
        assert load_providers(tmp_path / "vendor.toml")["acme"].finish["sensitive"] == "blocked_output"
        assert len(read_plan(tmp_path / "plan.toml")) == 4
        assert tomllib.loads(vendor) == tomllib.loads(text_of(ROOT / "examples" / "provider.toml"))
        assert tomllib.loads(plan) == tomllib.loads(text_of(ROOT / "examples" / "plan.toml"))


def test_the_changelog_ends_with_this_version() -> None:
    versions = re.findall(r"^## \[([\w.]+)\]", text_of(ROOT / "CHANGELOG.md"), re.MULTILINE)
    assert versions[0] == "Unreleased"
    assert versions[1] == cvalues.__version__
