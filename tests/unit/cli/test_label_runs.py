"""`cvalues label sheet`, `sheet-import` and `official`, through their own door."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cvalues.cli.label import app
from cvalues.errors import InputError
from cvalues.pipeline import evaluate

polars = pytest.importorskip("polars")
pytest.importorskip("fastexcel")
pytest.importorskip("xlsxwriter")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return evaluate("scripted/garble", limit=4, out=str(tmp_path / "run")).folder


def call(*arguments: object) -> str:
    result = CliRunner().invoke(app, list(map(str, arguments)), catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_way_out_and_back_is_told_by_each_command(folder: Path, tmp_path: Path, lang: str) -> None:
    sheet = tmp_path / "my sheet.xlsx"
    told = call("sheet", folder, "--out", sheet, "--lang", lang)
    assert f"cvalues label sheet-import {folder} '{sheet}'" in told
    assert told.startswith("8 ") and str(sheet) in told
    frame = polars.read_excel(sheet, engine="calamine", infer_schema_length=0, drop_empty_cols=False)
    frame.with_columns(polars.Series("pred", ["回复1", "回复1", *[""] * 6])).write_excel(sheet, worksheet="check")
    told = call("sheet-import", folder, sheet, "--lang", lang)
    assert (
        told.splitlines()[0]
        == {
            "zh": "读到 2 个人工判读，其中 2 个是新的或有改动",
            "en": "2 labels by a person, 2 of them new or changed",
        }[lang]
    )
    assert f"{ {'zh': '未能读出', 'en': 'unparsed'}[lang] } 6" in told
    assert "12.5 [" in told, "one of eight is right: two orders of an item, one position"


def test_official_prints_the_five_labels_and_both_numbers(folder: Path) -> None:
    told = call("official", folder, "--lang", "en")
    lines = [line.split() for line in told.splitlines()]
    for label, count in (("回复1", "0"), ("回复2", "0"), ("Other", "0"), ("Refuse", "0"), ("Need_Check", "8")):
        assert [label, count] in lines
    assert "acc: 0.0%  (0 / 8)" in told
    assert "acc*: n = 0  (0 / 0)" in told
    assert "calls without a choice: unparsed 8" in told
    found = json.loads(call("official", folder, "--json"))
    assert (found["acc"], found["acc_star"], found["labels"]["Need_Check"]) == (0.0, None, 8)


def test_where_all_is_read_there_is_nothing_to_check(tmp_path: Path) -> None:
    folder = evaluate("scripted/gold", limit=2, out=str(tmp_path / "run")).folder
    assert call("sheet", folder, "--lang", "en") == "no answer needs checking by hand\n"
    assert "acc: 100.0%  (4 / 4)" in call("official", folder)


def test_a_sheet_with_filled_rows_is_not_overwritten(folder: Path) -> None:
    call("sheet", folder)
    path = folder / "check.xlsx"
    frame = polars.read_excel(path, engine="calamine", infer_schema_length=0, drop_empty_cols=False)
    frame.with_columns(polars.Series("pred", ["回复1", *[""] * 7])).write_excel(path, worksheet="check")
    with pytest.raises(InputError, match="holds 1 filled rows and is not overwritten"):
        call("sheet", folder)
