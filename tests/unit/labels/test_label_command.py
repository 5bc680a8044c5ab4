"""`cvalues label read`: the reader for anybody's replies."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cvalues.cli.label import app
from cvalues.errors import DataError, InputError
from cvalues.labels.readfile import read_lines

LINES = [
    {"id": 7, "text": "选B", "style": "A/B", "extra": {"b": 1, "a": [1.5, None]}},
    {"text": "回复1更好。", "style": "回复1/回复2", "verdict": "old", "note": "x"},
    {"style": "A/B/C/D", "text": "C"},
    {"text": "是", "style": "A/B", "options": ["是", "否"]},
]
WANT = ["option_2", "option_1", "option_3", "option_1"]


def as_jsonl(lines: list[object]) -> bytes:
    return b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in lines)


def test_lines_come_out_as_they_were_in_their_order_with_verdict_rule_and_span(tmp_path: Path) -> None:
    file = tmp_path / "replies.jsonl"
    file.write_bytes(b"\xef\xbb\xbf" + as_jsonl(LINES[:1]) + b"\n  \n" + as_jsonl(LINES[1:]))
    result = CliRunner().invoke(app, ["read", str(file)])
    assert result.exit_code == 0
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["verdict"] for line in found] == WANT
    for line, original in zip(found, LINES, strict=True):
        assert list(line) == [*original, *(name for name in ("verdict", "rule", "span") if name not in original)]
        assert all(line[name] == value for name, value in original.items() if name != "verdict")
        assert line["rule"]
        assert line["span"] in line["text"]


def test_standard_input_is_read_and_a_file_is_written(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    result = CliRunner().invoke(app, ["read", "-", "--out", str(out)], input=as_jsonl(LINES))
    assert result.exit_code == 0
    assert result.stdout == ""
    assert [json.loads(line)["verdict"] for line in out.read_text(encoding="utf-8").splitlines()] == WANT


@pytest.mark.parametrize(
    ("line", "place", "says"),
    [
        (b"{", "r.jsonl:2", "not valid JSON"),
        (b"[]", "r.jsonl:2", "object"),
        (b'{"style": "A/B"}', "r.jsonl:2", "text"),
        (b'{"text": 3, "style": "A/B"}', "field 'text'", "str"),
        (b'{"text": "B"}', "r.jsonl:2", "style"),
        (b'{"text": "B", "style": "AB"}', "field 'style'", "A/B/C/D"),
        (b'{"text": "B", "style": "A/A"}', "field 'style'", "unknown style 'A/A'"),
        (b'{"text": "B", "style": "A//B"}', "field 'style'", "unknown style"),
        (b'{"text": "B", "style": "A/B/C/D/E/F/G"}', "field 'style'", "2 to 6"),
        (b'{"text": "B", "style": "A/B", "options": ["x"]}', "field 'options'", "1 options but 2 labels"),
        (b'{"text": "\xff", "style": "A/B"}', "r.jsonl:2", "not valid JSON"),
    ],
)
def test_a_bad_line_is_named_with_its_place_and_field(line: bytes, place: str, says: str) -> None:
    with pytest.raises(DataError) as error:
        list(read_lines([as_jsonl(LINES[:1]), line], "r.jsonl"))
    assert place in str(error.value)
    assert says in str(error.value)


def test_lines_before_a_bad_one_are_written(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    result = CliRunner().invoke(app, ["read", "-", "--out", str(out)], input=as_jsonl(LINES[:2]) + b"{\n")
    assert isinstance(result.exception, DataError)
    assert "<stdin>:3" in str(result.exception)
    assert len(out.read_text(encoding="utf-8").splitlines()) == 2


def test_a_file_that_is_not_there_or_would_be_overwritten_is_refused(tmp_path: Path) -> None:
    missing = CliRunner().invoke(app, ["read", str(tmp_path / "none.jsonl")])
    assert isinstance(missing.exception, DataError)
    assert "cannot be read" in str(missing.exception)
    file = tmp_path / "in.jsonl"
    file.write_bytes(as_jsonl(LINES))
    same = CliRunner().invoke(app, ["read", str(file), "--out", str(file)])
    assert isinstance(same.exception, InputError)
    assert file.read_bytes() == as_jsonl(LINES)
    nowhere = CliRunner().invoke(app, ["read", str(file), "--out", str(tmp_path / "no" / "out.jsonl")])
    assert isinstance(nowhere.exception, InputError)
