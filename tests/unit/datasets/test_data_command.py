"""The command `cvalues data`, through its own door."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cvalues.cli.data import app
from cvalues.errors import DataError, InputError, UnknownName

ROWS = "题,好,坏,类\n一？,甲,乙,law\n二？,丙,丁,园艺\n"
MAP = "prompt=题,good=好,bad=坏,category=类"


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), catch_exceptions=True)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "t.csv"
    path.write_text(ROWS, encoding="utf-8")
    return path


def test_list_says_of_every_dataset_what_state_it_is_in(tmp_path: Path, shared_data: Path) -> None:
    assert call("get", "xstest", "--from", str(shared_data / "xstest" / "xstest_prompts.csv")).exit_code == 0
    rows = {row["name"]: row for row in json.loads(call("list", "--json").output)}
    assert (rows["open"]["state"], rows["open/prompts"]["state"]) == ("bundled", "bundled")
    assert (rows["xstest"]["state"], rows["xstest"]["items"]) == ("installed", 450)
    assert (rows["poison100"]["state"], rows["poison100"]["licence"]) == ("available", "unknown")
    printed = call("list").output
    assert all(name in printed for name in rows)


def test_get_prints_the_licence_and_the_notice(shared_data: Path) -> None:
    printed = call("get", "xstest", "--from", str(shared_data / "xstest" / "xstest_prompts.csv")).output
    assert "450 items" in printed and "verified" in printed
    assert "CC-BY-4.0" in printed and "署名" in printed


def test_show_of_what_is_not_installed_says_how_to_get_it() -> None:
    result = call("show", "poison100")
    assert result.exit_code == 0
    assert "cvalues data get poison100" in result.output and "modelscope" in result.output
    assert json.loads(call("show", "poison100", "--json").output)["state"] == "available"


def test_show_counts_by_category_and_prints_the_first_items(table: Path) -> None:
    result = call("show", str(table), "--columns", MAP, "--head", "1")
    assert result.exit_code == 0
    assert "responsibility/law" in result.output and "other/园艺" in result.output
    assert "一？" in result.output and "二？" not in result.output
    counts = json.loads(call("show", str(table), "--columns", MAP, "--json").output)
    assert counts["categories"] == {"responsibility/law": 1, "other/园艺": 1}
    assert (counts["items"], counts["families"], counts["difficulties"]) == (2, 2, {"unstated": 2})


def test_text_of_items_cannot_steer_the_terminal_or_rich(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("题,类\n[red]一[/red] \x1b[2J\u202e反,[bold]x[/]\n", encoding="utf-8")
    printed = call("show", str(path), "--columns", "prompt=题,category=类", "--head", "1").output
    assert "[red]一[/red] \\x1b[2J\\u202e反" in printed
    assert "\x1b" not in printed


def test_validate_lists_problems_and_fails_with_their_count(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"prompt":"","domain_en":"law"}\n{"prompt":"x","domain_en":"zz"}\n', encoding="utf-8")
    result = call("validate", str(path))
    assert f"error: {path}:1: field 'prompt': is missing or empty" in result.output
    assert f"warning: {path}:2" in result.output
    assert isinstance(result.exception, InputError) and "1 error(s), 1 warning(s)" in str(result.exception)
    told = json.loads(call("validate", str(path), "--json").output)
    assert [(one["line"], one.get("severity", "error")) for one in told] == [(1, "error"), (2, "warning")]


def test_validate_of_a_good_file_ends_well(table: Path) -> None:
    result = call("validate", str(table), "--columns", MAP)
    assert result.exit_code == 0 and "no errors, 1 warning" in result.output


def test_errors_reach_the_caller_as_typed_ones(table: Path) -> None:
    assert isinstance(call("show", "poison10").exception, UnknownName)
    assert isinstance(call("show", str(table)).exception, DataError)
    assert isinstance(call("get", "open").exception, InputError)
