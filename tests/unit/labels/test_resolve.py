"""Which label counts: the last one given, read from its file when it is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvalues.errors import DataError
from cvalues.jsonl import encode, write_records
from cvalues.labels.resolve import LabelFile, current_labels, read_labels
from cvalues.records import Label


def label(response: str, verdict: str, labeller: str = "reader") -> Label:
    return Label(
        id=f"{response}{verdict}", response_id=response, verdict=verdict, labeller=labeller, labeller_version="1"
    )


responses = st.text(alphabet="abcdef0123456789", min_size=1, max_size=3)
verdicts = st.sampled_from(["option_1", "option_2", "refused", "解析不了"])


@given(st.lists(st.tuples(responses, verdicts), max_size=30))
def test_a_file_gives_the_label_that_was_given_last_for_each_response(
    tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[str, str]]
) -> None:
    path = tmp_path_factory.mktemp("labels") / "labels.jsonl"
    write_records(path, [label(*pair) for pair in pairs])
    expected = current_labels(read_labels(path))
    with LabelFile(path) as found:
        assert {key: found.get(key) for key in expected} == expected
        assert found.get("never asked") is None


def test_what_is_appended_while_the_file_is_read_is_not_seen_and_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    write_records(path, [label("a", "option_1"), label("b", "refused")])
    with LabelFile(path) as found:
        with open(path, "ab") as file:
            file.write(encode(label("a", "option_2", "person")) + b"\n" + encode(label("c", "option_1")) + b"\n")
        assert found.get("a") == label("a", "option_1")
        assert found.get("b") == label("b", "refused")
        assert found.get("c") is None


def test_a_line_that_is_no_label_is_named(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_bytes(encode(label("a", "option_1")) + b'\n{"schema":"label/1","id":7}\n')
    with pytest.raises(DataError, match=r"labels\.jsonl:2.*id"):
        LabelFile(path)
