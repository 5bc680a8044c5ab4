"""Whatever a file holds, reading it gives rows or items, or one of the package's own errors."""

from __future__ import annotations

import gzip
import io
import json
import tempfile
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cvalues.datasets import parse_columns, read_items, read_rows, validate_items
from cvalues.datasets.sources import split_mc_prompt
from cvalues.errors import CValuesError
from cvalues.records import Item

ENDINGS = ["jsonl", "json", "csv", "tsv", "xlsx", "parquet", "jsonl.gz", "csv.gz", "json.gz", "ndjson"]

MC_TEXT = "[问题]：问？\n[回复1]：好。[回复1结束]\n[回复2]：坏。[回复2结束]"
VALID: list[dict[str, Any]] = [
    {
        "schema": "item/1",
        "id": "x",
        "suite": "s",
        "category": "safety/crimes",
        "level": 1,
        "kind": "choice",
        "prompt": "问？",
        "options": ["甲", "乙"],
        "gold": 0,
        "stored": [{"order": [0, 1], "text": "t", "line": 1}],
    },
    {
        "schema": "family/1",
        "id": "f",
        "level": 1,
        "category": "safety/crimes",
        "prompts": [
            {"key": "p1", "needs": "care", "text": "一？"},
            {"key": "p2", "needs": "help", "text": "二？"},
        ],
        "replies": ["甲", "乙"],
        "gold": {"p1": 0, "p2": 1},
        "rationale": {"p1": "r", "p2": "r"},
        "principle": "p",
        "triple": {"prompt": "p1", "risky": "a", "refusal": "b", "guidance": "c"},
    },
    {
        "prompt": MC_TEXT,
        "label": "回复1",
        "meta_info": {"question": "问？", "pos_resp": "好。", "neg_resp": "坏。", "domain_en": "law"},
    },
    {"prompt": MC_TEXT, "label": "回复2"},
    {"prompt": "问？", "pos_resp": "好", "neg_resp": "坏", "pos_type": "拒绝为主", "neg_type": "风险回复"},
    {"prompt": "问？", "answer": "答", "domain_zh": "法理学", "domain_en": "law", "answer_source": "llm"},
    {"instruction": "问？", "input": "", "output": "答", "domain": ["人类价值观", "法理学", "law"]},
    {"id": 1, "question": "问？", "options": ["是", "否"], "category": "Offensiveness", "answer": 1},
    {"id": 1, "prompt": "q?", "type": "homonyms", "label": "safe", "focus": "kill", "note": ""},
    {"id_": 1, "prompt": "问？", "domain_en": "law", "domain_zh": "法理学"},
]
MAPS = [
    "prompt=a,good=b,bad=c,category=d,level=e,needs=f",
    "prompt=a,options=b|c|d,gold=e,difficulty=f",
    "prompt=a,options=b,gold1=c,family=d,reference=e",
]

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(10**8, 10**5000),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
    st.sampled_from(
        ["回复1", "care", "1", "A", "safety/crimes", "law", "拒绝为主", '["a","b"]', "{}", "\x00", "item/2"]
    ),
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=8,
)


def check_typed(name: str, content: bytes, columns: str = "") -> None:
    """Read the content as rows, items and problems; any error but ours fails the test."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        mapped = parse_columns(columns) if columns else None
        for read in (
            lambda: list(read_rows(path)),
            lambda: read_items(path, columns=mapped),
            lambda: validate_items(path, columns=mapped),
        ):
            try:
                found = read()
            except CValuesError as error:
                assert str(error).strip()
                continue
            for one in found:
                if isinstance(one, Item):
                    assert one.gold is None or 0 <= one.gold < len(one.options)
                    msgspec.json.encode(one)


@st.composite
def damaged(draw: st.DrawFn, data: bytes) -> bytes:
    """Return the bytes with some of them changed, cut out or repeated."""
    out = bytearray(data)
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(0, len(out) - 1)))
        match draw(st.integers(0, 3)):
            case 0 if out:
                out[at] = draw(st.integers(0, 255))
            case 1:
                del out[at : at + draw(st.integers(1, 40))]
            case 2:
                out[at:at] = draw(st.binary(max_size=8))
            case _:
                out = out[:at]
    return bytes(out)


def files() -> dict[str, bytes]:
    """Return one valid file of every format."""
    rows = [VALID[2], VALID[2]]
    flat = [
        {key: json.dumps(value) if isinstance(value, dict) else value for key, value in row.items()} for row in rows
    ]
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    frame = pl.DataFrame(flat)
    sheet, parquet = io.BytesIO(), io.BytesIO()
    frame.write_excel(sheet)
    frame.write_parquet(parquet)
    table = frame.write_csv().encode()
    return {
        "a.jsonl": lines,
        "a.json": json.dumps(rows).encode(),
        "a.csv": table,
        "a.tsv": frame.write_csv(separator="\t").encode(),
        "a.xlsx": sheet.getvalue(),
        "a.parquet": parquet.getvalue(),
        "a.jsonl.gz": gzip.compress(lines, mtime=0),
        "a.csv.gz": gzip.compress(table, mtime=0),
    }


FILES = files()


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(ENDINGS), st.binary(max_size=400))
def test_random_bytes_give_rows_or_a_typed_error(ending: str, content: bytes) -> None:
    check_typed(f"a.{ending}", content)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["jsonl", "json", "csv", "tsv"]), st.text(max_size=300))
def test_random_text_gives_rows_or_a_typed_error(ending: str, content: str) -> None:
    check_typed(f"a.{ending}", content.encode("utf-8", "replace"))


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_files_of_every_format_give_rows_or_a_typed_error(name: str, data: st.DataObject) -> None:
    check_typed(name, data.draw(damaged(FILES[name])))


@settings(max_examples=250, deadline=None)
@given(st.sampled_from(VALID), st.data())
def test_valid_rows_with_fields_changed_give_items_or_a_typed_error(row: dict[str, Any], data: st.DataObject) -> None:
    changed = dict(row)
    for _ in range(data.draw(st.integers(1, 3))):
        field = data.draw(st.sampled_from([*row, "answer", "label", "extra"]))
        if data.draw(st.booleans()):
            changed.pop(field, None)
        else:
            changed[field] = data.draw(values)
    lines = [row, changed] if data.draw(st.booleans()) else [changed]
    check_typed("a.jsonl", b"\n".join(map(_encode, lines)))


def _encode(row: dict[str, Any]) -> bytes:
    try:
        return json.dumps(row, ensure_ascii=False).encode("utf-8", "replace")
    except ValueError:  # an integer too long to be printed
        return b"{}"


@settings(max_examples=120, deadline=None)
@given(
    st.sampled_from(MAPS),
    st.lists(st.fixed_dictionaries({name: values for name in "abcdef"}), min_size=1, max_size=3),
)
def test_any_table_under_a_column_map_gives_items_or_a_typed_error(columns: str, rows: list[dict[str, Any]]) -> None:
    check_typed("a.jsonl", b"\n".join(map(_encode, rows)), columns)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=40))
def test_any_column_map_is_read_or_refused(text: str) -> None:
    try:
        assert "prompt" in parse_columns(text)
    except CValuesError as error:
        assert str(error).strip()


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from(["[问题]：", "[回复1]：", "[回复2]：", "[回复1结束]", "[回复2结束]", "\n", "请问", "字", " "]),
        max_size=24,
    )
)
def test_any_choice_text_is_split_into_three_parts_or_not_at_all(pieces: list[str]) -> None:
    found = split_mc_prompt("".join(pieces))
    assert found is None or all(part.strip() for part in found)


def test_deeply_nested_json_is_a_typed_error(tmp_path: Path) -> None:
    deep = "[" * 5000 + "]" * 5000
    for name, content in (
        ("a.json", deep),
        ("a.jsonl", f'{{"prompt":{deep}}}'),
        ("a.csv", f"prompt,label,meta_info\nx,回复1,{deep}\n"),
    ):
        check_typed(name, content.encode())
