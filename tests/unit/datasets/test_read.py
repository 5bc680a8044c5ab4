"""Rows of every file format, and what is said about broken files."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import polars as pl
import pytest

from cvalues.datasets import read_rows
from cvalues.errors import DataError, MissingExtra

HEADER = "问题,正例,反例\n"
ROW = '下雨了怎么办？,"带伞，或等雨停。",淋着走。\n'
VALUES = {"问题": "下雨了怎么办？", "正例": "带伞，或等雨停。", "反例": "淋着走。"}


def write(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_csv_is_read_in_whatever_encoding_excel_saved_it(tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path, "a.csv", (HEADER + ROW).encode(encoding))
    assert [(row.number, row.values) for row in read_rows(path)] == [(2, VALUES)]


def test_csv_row_numbers_are_the_lines_where_rows_start(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", 'a,b\n1,"two\nlines"\n\n3,4\n')
    assert [row.number for row in read_rows(path)] == [2, 5]


def test_a_tsv_is_split_at_tabs(tmp_path: Path) -> None:
    path = write(tmp_path, "a.tsv", "a\tb\n1,5\t2\n")
    assert [row.values for row in read_rows(path)] == [{"a": "1,5", "b": "2"}]


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.csv.gz", "a.json.gz"])
def test_text_files_are_read_from_gzip_as_from_the_plain_file(tmp_path: Path, name: str) -> None:
    text = {"jsonl": '{"a":"1"}\n', "csv": "a\n1\n", "json": '[{"a":"1"}]'}[name.split(".")[1]]
    path = write(tmp_path, name, gzip.compress(text.encode()))
    assert [row.values for row in read_rows(path)] == [{"a": "1"}]


def test_jsonl_numbers_are_lines_and_blank_lines_and_byte_order_mark_are_skipped(tmp_path: Path) -> None:
    path = write(tmp_path, "a.jsonl", b'\xef\xbb\xbf{"a":1}\n\n{"a":2}')
    assert [tuple(row) for row in read_rows(path)] == [(1, {"a": 1}), (3, {"a": 2})]


def test_a_json_array_and_a_json_file_of_lines_give_the_same_rows(tmp_path: Path) -> None:
    rows = [{"a": 1}, {"a": 2}]
    array = write(tmp_path, "a.json", json.dumps(rows, indent=1))
    lines = write(tmp_path, "b.json", "\n".join(map(json.dumps, rows)))
    assert [row.values for row in read_rows(array)] == [row.values for row in read_rows(lines)] == rows


def test_an_xlsx_written_by_polars_comes_back_as_text(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    frame = pl.DataFrame({**{name: [text, None, text] for name, text in VALUES.items()}, "编号": ["007", None, "1"]})
    frame.write_excel(path)
    assert [tuple(row) for row in read_rows(path)] == [
        (2, {**VALUES, "编号": "007"}),
        (4, {**VALUES, "编号": "1"}),
    ]


def test_a_parquet_keeps_lists_and_structs(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pl.DataFrame({"q": ["x"], "options": [["a", "b"]], "meta": [{"d": "law"}], "none": [None]}).write_parquet(path)
    assert [tuple(row) for row in read_rows(path)] == [
        (1, {"q": "x", "options": ["a", "b"], "meta": {"d": "law"}, "none": ""})
    ]


def test_without_polars_a_table_names_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "fastexcel", None)
    path = write(tmp_path, "a.xlsx", b"PK")
    with pytest.raises(MissingExtra, match=r"pip install 'cvalues\[tables\]'"):
        list(read_rows(path))


@pytest.mark.parametrize(
    ("name", "content", "line", "said"),
    [
        ("a.jsonl", '{"a":1}\n{"a":', 2, "not valid JSON"),
        ("a.jsonl", "[1]\n", 1, "Expected `object`"),
        ("a.jsonl", b'{"a":"\xff"}', 1, "not valid JSON"),
        ("a.json", "[1, 2]", 1, "array of objects"),
        ("a.json", "[{", None, "not valid JSON"),
        ("a.csv", "a,b\n1,2\n1\n", 3, "has 1 cells, the header has 2"),
        ("a.csv", 'a,b\n1,"2\n', 2, "not valid CSV"),
        ("a.csv", "a,a\n1,2\n", 1, "two columns are named 'a'"),
        ("a.csv", "a,\n1,2\n", 1, "column 2 has no name"),
        ("a.csv", b"a,b\n\xff\xff\xff,2\n", None, "utf-8 or gb18030"),
        ("a.jsonl.gz", b"no gzip", None, "cannot be read"),
        ("a.jsonl.gz", gzip.compress(b'{"a":1}\n' * 99)[:-9], None, "cannot be read"),
        ("a.xlsx", b"PK\x03\x04", None, "cannot be read as a workbook"),
        ("a.parquet", b"PAR1", None, "cannot be read as a Parquet file"),
        ("a.docx", b"", None, "known endings: .jsonl, .json, .csv, .tsv, .xlsx, .parquet"),
        ("a.xlsx.gz", b"", None, "known endings"),
    ],
)
def test_a_broken_file_is_named_with_line_and_reason(
    tmp_path: Path, name: str, content: str | bytes, line: int | None, said: str
) -> None:
    path = write(tmp_path, name, content)
    with pytest.raises(DataError, match=said.replace("(", r"\(")) as caught:
        list(read_rows(path))
    assert (caught.value.path, caught.value.line) == (str(path), line)


def test_a_missing_file_is_a_data_error_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No such file") as caught:
        list(read_rows(tmp_path / "none.jsonl"))
    assert caught.value.path == str(tmp_path / "none.jsonl")
