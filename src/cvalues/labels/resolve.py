"""Which label counts: labels are appended, never overwritten, so "the current one" is a query."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from cvalues.jsonl import content_id, iter_records
from cvalues.records import Label

__all__ = ["current_labels", "label_id", "read_labels", "same_reading"]


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


def same_reading(one: Label, other: Label) -> bool:
    """Return whether two labels say the same, whatever their versions."""
    return (one.verdict, one.choice, one.rule, one.span) == (other.verdict, other.choice, other.rule, other.span)
