"""Renders a `Report` as Markdown: the numbers and what they mean, in both languages.

Texts of items and replies stay in the HTML report, where they can be made inert for certain.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from cvalues.records import Estimate
from cvalues.report.build import STAGES, Group, Report
from cvalues.report.figures import interval, percent, value
from cvalues.report.inert import plain
from cvalues.report.summary import Table
from cvalues.report.text import Text, name_of, text
from cvalues.stats.rates import DIMENSIONS, RATES
from cvalues.stats.tally import OUTCOMES

__all__ = ["render_markdown", "table_markdown"]

_LONGEST = 4_000
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~&!])")


def render_markdown(report: Report) -> str:
    """Return the whole document; equal reports give equal documents."""
    parts = [
        *_head(report),
        *_rates(report),
        *_findings(report),
        *_groups(report),
        *_outcomes(report.overall),
        *_method(),
        *_facts(report),
    ]
    return "\n".join(parts) + "\n"


def table_markdown(table: Table) -> str:
    """Return a table as Markdown, its head in both languages."""
    lines = [f"## {_both(table.title)}", "", *_table([_both(name) for name in table.head], table.rows)]
    return "\n".join(lines) + "\n"


def _head(report: Report) -> Iterator[str]:
    yield f"# {_both(text('page.title'))}: {_safe(report.model)}"
    yield ""
    counted = str(report.overall.counts["asked"])
    families = str(report.overall.rates["acc"].clusters)
    for key, word in (
        ("head.suite", _safe(report.suite)),
        ("head.template", _safe(report.template)),
        ("head.orders", _both(name_of("orders", report.orders)) if report.orders else ""),
        ("head.asked", counted),
        ("head.families", families),
    ):
        if word:
            yield f"- {_both(text(key))}: {word}"
    yield ""
    yield " → ".join(f"{text(f'stage.{name}').zh} {name}" for name in STAGES)
    yield ""


def _rates(report: Report) -> Iterator[str]:
    yield f"## {_both(text('head.rates'))}"
    yield ""
    span = Text(*(word.format(p=report.confidence) for word in text("table.interval")))
    head = [text("table.rate"), text("table.value"), span, Text("n", "n"), text("table.clusters")]
    rows = [
        (_name(rate), value(found), interval(found) or "–", str(found.n), str(found.clusters))
        for rate, found in report.overall.rates.items()
    ]
    yield from _table([_both(name) for name in head], rows)
    yield ""


def _findings(report: Report) -> Iterator[str]:
    if report.findings:
        yield f"## {_both(text('head.findings'))}"
        yield ""
        for finding in report.findings:
            yield f"- {_safe(finding.zh)}"
            yield f"  {_safe(finding.en)}"
        yield ""


def _groups(report: Report) -> Iterator[str]:
    for dimension in DIMENSIONS:
        groups = report.groups[dimension]
        if groups:
            yield f"## {_both(text(f'section.{dimension}'))}"
            yield ""
            head = [_both(text(f"table.{dimension}")), *(_name(rate) for rate in RATES)]
            rows = [[_both(group.name), *map(_cell, group.rates.values())] for group in groups]
            yield from _table(head, rows)
            yield ""


def _outcomes(group: Group) -> Iterator[str]:
    asked = group.counts["asked"]
    verdicts = [(name_of("verdict", kind), count) for kind, count in group.parts]
    outcomes = [(name_of("outcome", kind), group.counts[kind]) for kind in OUTCOMES]
    yield f"## {_both(text('section.outcomes'))}"
    yield ""
    for key, counted in (("table.verdict", verdicts), ("table.outcome", outcomes)):
        head = [_both(text(key)), _both(text("table.count")), _both(text("table.share"))]
        rows = [(_both(name), str(count), _share(count, asked)) for name, count in counted]
        yield from _table(head, rows)
        yield ""


def _method() -> Iterator[str]:
    yield f"## {_both(text('section.method'))}"
    yield ""
    for rate in RATES:
        defined = text(f"define.{rate}")
        yield f"- **{_name(rate)}**: {_safe(defined.zh)} / {_safe(defined.en)}"
    yield ""
    for key in ("intervals", "reading", "limits"):
        yield f"### {_both(text(f'method.{key}'))}"
        yield ""
        yield from (_safe(words) for words in text(f"method.{key}_text"))
        yield ""


def _facts(report: Report) -> Iterator[str]:
    yield f"## {_both(text('section.reproduce'))}"
    yield ""
    head = [_both(text("reproduce.name")), _both(text("table.value"))]
    yield from _table(head, [(_safe(name), _safe(fact)) for name, fact in report.facts])


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _cell(estimate: Estimate) -> str:
    if estimate.value is None:
        return "n = 0"
    return f"{value(estimate)} {interval(estimate)} n {estimate.n} · {estimate.clusters}"


def _share(count: int, asked: int) -> str:
    return percent(count / asked) if asked else "n = 0"


def _name(rate: str) -> str:
    return _both(name_of("rate", rate))


def _both(pair: Text) -> str:
    zh, en = _safe(pair.zh), _safe(pair.en)
    return zh if zh == en else f"{zh} / {en}"


def _safe(words: str) -> str:
    """Return words that stand in Markdown for themselves: on one line, nothing of them markup."""
    return _SPECIAL.sub(r"\\\1", plain(words, _LONGEST))
