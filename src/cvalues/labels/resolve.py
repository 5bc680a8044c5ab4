"""Which label counts: labels are appended, never overwritten, so "the current one" is a query."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from cvalues.jsonl import content_id, decode_line, iter_records
from cvalues.records import Label

__all__ = ["LabelFile", "current_labels", "label_id", "read_labels", "same_reading"]


def label_id(response_id: str, labeller: str, version: str, verdict: str, rule: str) -> str:
    """Return the id of a label: who said what about which response, in which version."""
    return content_id(response_id, labeller, version, verdict, rule)


def current_labels(labels: Iterable[Label], labeller: str | None = None) -> dict[str, Label]:
    """Return the label that counts for each response id: the last one given.

    Args:
        labels: in the order in which they were appended.
        labeller: only labels by this one; None takes all, so that a person's later label
            outranks a rule's.
    """
    current: dict[str, Label] = {}
    for label in labels:
        if labeller is None or label.labeller == labeller:
            current[label.response_id] = label
    return current


def read_labels(path: Path) -> Iterable[Label]:
    """Return the labels of a file in order; none when there is no file.

    Raises:
        DataError: at a line that is not a label.
    """
    return iter_records(path, Label) if path.exists() else ()


class LabelFile:
    """The label that counts for each response of a file, read from the file when it is asked for.

    Memory holds an id and an offset for each response. Labels appended later are not seen.

    Args:
        path: a whole file of labels; it need not end with the labels that count.

    Raises:
        DataError: at a line that is not a label.
    """

    def __init__(self, path: Path) -> None:
        self._name = os.fspath(path)
        self._decoder = msgspec.json.Decoder(Label)
        self._places: dict[bytes, int] = {}
        self._at = 0
        self._file = open(path, "rb")  # noqa: SIM115 - closed by the context
        try:
            self._read()
        except BaseException:
            self._file.close()
            raise

    def _read(self) -> None:
        for number, line in enumerate(self._file, 1):
            label = decode_line(self._decoder, line, self._name, number)
            self._places[label.response_id.encode()] = self._at
            self._at += len(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def get(self, response_id: str) -> Label | None:
        """Return the label of a response that was given last; None without one."""
        place = self._places.get(response_id.encode())
        if place is None:
            return None
        if place != self._at:  # mostly the order of the responses is that of their labels
            self._file.seek(place)
        line = self._file.readline()
        self._at = place + len(line)
        return decode_line(self._decoder, line, self._name, 0)


def same_reading(one: Label, other: Label) -> bool:
    """Return whether two labels say the same, whatever their versions."""
    return (one.verdict, one.choice, one.rule, one.span) == (
        other.verdict,
        other.choice,
        other.rule,
        other.span,
    )
