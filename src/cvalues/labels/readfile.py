"""The reader alone, for anybody's replies: JSONL lines in, the same lines with verdicts out.

A line is an object with `text` (the reply) and `style` (the displayed labels, joined with "/": "回复1/回复2",
"A/B", "A/B/C/D"); `options` (their texts in the order displayed), `question` and `reasoning` are optional.
All its fields come out as they were, in their order, followed by `verdict`, `rule` and `span`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from cvalues.errors import DataError
from cvalues.jsonl import decode_line
from cvalues.labels.choice import read_choice

__all__ = ["read_lines"]

_MOST_LABELS = 6
_STYLES = "known: 回复1/回复2, A/B, A/B/C/D, or any 2 to 6 labels joined with '/'"


class _Line(msgspec.Struct):
    """What is read of a line; other fields pass through."""

    text: str
    style: str
    options: tuple[str, ...] = ()
    question: str = ""
    reasoning: bool = False


_typed = msgspec.json.Decoder(_Line)
_whole = msgspec.json.Decoder(dict[str, Any])


def read_lines(lines: Iterable[bytes], path: str) -> Iterator[dict[str, Any]]:
    """Yield each line's object with `verdict`, `rule` and `span` added; blank lines are skipped.

    Args:
        lines: JSONL, such as a file opened as bytes.
        path: the file's name, for messages.

    Raises:
        DataError: at the first line that is not such an object, with file, line and field.
    """
    for number, line in enumerate(lines, 1):
        if number == 1 and line.startswith(b"\xef\xbb\xbf"):
            line = line[3:]
        if not line.strip():
            continue
        typed = decode_line(_typed, line, path, number)
        labels = _labels(typed, path, number)
        found = read_choice(typed.text, labels, typed.options, question=typed.question, reasoning=typed.reasoning)
        whole = decode_line(_whole, line, path, number)
        yield {**whole, "verdict": found.verdict, "rule": found.rule, "span": found.span}


def _labels(line: _Line, path: str, number: int) -> tuple[str, ...]:
    labels = tuple(label.strip() for label in line.style.split("/"))
    if not 2 <= len(labels) <= _MOST_LABELS or "" in labels or len(set(labels)) != len(labels):
        raise DataError(f"unknown style '{line.style}'; {_STYLES}", path=path, line=number, field="style")
    if line.options and len(line.options) != len(labels):
        problem = f"{len(line.options)} options but {len(labels)} labels in style '{line.style}'; give one text a label"
        raise DataError(problem, path=path, line=number, field="options")
    return labels
