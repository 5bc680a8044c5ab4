"""Several models side by side: one table of words and numbers for the terminal and for Markdown."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from cvalues.report.figures import interval, value
from cvalues.report.text import Text, name_of, text
from cvalues.stats.rates import RATES, Results

__all__ = ["Table", "summary_table"]

_COUNTED = ("refused", "unparsed", "truncated", "blocked_input", "blocked_output", "failed")


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A table ready to be set: a title, a head in both languages, and rows of text."""

    title: Text
    head: tuple[Text, ...]
    rows: tuple[tuple[str, ...], ...]


def summary_table(runs: Iterable[tuple[str, Results]]) -> Table:
    """Return one row for each named run: calls, families, every rate with its interval, what went unread.

    Rows stand in the order given: intervals that overlap are no ranking.
    """
    head = (
        text("head.model"),
        text("head.asked"),
        text("head.families"),
        *(name_of("rate", rate) for rate in RATES),
        *(name_of("verdict", kind) for kind in _COUNTED),
    )
    return Table(title=text("compare.title"), head=head, rows=tuple(_row(name, run) for name, run in runs))


def _row(name: str, run: Results) -> tuple[str, ...]:
    estimates = [getattr(run.rates, rate) for rate in RATES]
    return (
        name,
        str(run.counts.asked),
        str(run.rates.acc.clusters),
        *(f"{value(estimate)} {interval(estimate)}".strip() for estimate in estimates),
        *(str(run.verdicts.get(kind, 0)) for kind in _COUNTED),
    )
