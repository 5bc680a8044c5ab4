"""All problems of a file at once."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from cvalues.datasets import validate_items

ROW = {
    "schema": "item/1",
    "suite": "s",
    "level": 1,
    "category": "safety/crimes",
    "kind": "choice",
    "prompt": "问？",
}


def write(folder: Path, *rows: dict[str, Any] | str) -> Path:
    path = folder / "a.jsonl"
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def choice(**change: Any) -> dict[str, Any]:
    return {**ROW, "id": "x", "options": ["甲", "乙"], "gold": 0, **change}


def told(path: Path) -> list[tuple[str, int, str]]:
    return [(one.severity, one.line, one.field) for one in validate_items(path)]


def test_a_good_file_has_no_problems(tmp_path: Path) -> None:
    assert validate_items(write(tmp_path, choice(), choice(id="y", prompt="又？"))) == []


def test_every_wrong_line_is_told_not_only_the_first(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        choice(options=["甲", ""]),
        choice(id="b", gold=5),
        choice(id="c", category="safety/privcy"),
        choice(id="d"),
        choice(id="d"),
        choice(id="e", level="one"),
    )
    assert told(path) == [
        ("error", 1, "options.1"),
        ("error", 2, "gold"),
        ("error", 3, "category"),
        ("error", 5, "id"),
        ("error", 6, "level"),
    ]
    assert "did you mean 'safety/" in str(validate_items(path)[2])
    assert str(validate_items(path)[1]).startswith(f"{path}:2: field 'gold': 5 is not an option")


def test_wrong_options_of_the_same_text_warn_and_a_twin_of_the_gold_is_an_error(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        choice(id="a", options=["甲", "乙", "乙"]),
        choice(id="b", options=["甲", "乙", "甲"]),
    )
    assert told(path) == [("warning", 1, "options.2"), ("error", 2, "options.2")]


def test_a_line_that_is_no_json_ends_the_check_with_what_came_before(tmp_path: Path) -> None:
    path = write(tmp_path, choice(gold=9), "{", choice(id="b", gold=9))
    assert told(path) == [("error", 1, "gold"), ("error", 2, "")]


def test_a_pair_in_one_order_only_warns(tmp_path: Path) -> None:
    text = "[问题]：问？\n[回复1]：甲[回复1结束]\n[回复2]：乙[回复2结束]"
    path = write(tmp_path, {"prompt": text, "label": "回复1"})
    assert [str(one) for one in validate_items(path)] == [
        f"{path}:1: the pair is asked in this order only",
        f"{path}:1: field 'category': 1 item without a category, kept as 'other/unspecified'",
    ]


def test_categories_outside_the_taxonomy_warn_once_with_their_count(tmp_path: Path) -> None:
    rows = [{"prompt": f"{number}？", "domain_en": "gardening"} for number in range(3)]
    [only] = validate_items(write(tmp_path, *rows))
    assert (only.severity, only.line) == ("warning", 1)
    assert only.problem == "'other/gardening' is not in the taxonomy; 3 items kept under it"


def test_unreadable_and_empty_files_are_one_problem(tmp_path: Path) -> None:
    assert told(tmp_path / "none.jsonl") == [("error", 0, "")]
    assert [one.problem for one in validate_items(write(tmp_path))] == ["holds no rows"]
    assert told(write(tmp_path, {"a": 1})) == [("error", 1, "")]


def test_the_real_files_have_only_known_warnings(shared_data: Path) -> None:
    def severities(name: str) -> dict[str, int]:
        return dict(Counter(one.severity for one in validate_items(shared_data / name)))

    assert severities("cvalues/cvalues_responsibility_mc.reconstructed.jsonl") == {}
    assert severities("cvalues/cvalues_responsibility_prompts.jsonl") == {}
    assert severities("xstest/xstest_prompts.csv") == {}
    assert severities("poison100/100PoisonMpts_from_COIG-CQIA.jsonl") == {"warning": 1}
    assert severities("cvalues_comparison_sample/one.jsonl") == {"warning": 7}
    # Two published questions offer the same text twice.
    assert severities("safetybench/test_zh_subset.json") == {"warning": 2}
