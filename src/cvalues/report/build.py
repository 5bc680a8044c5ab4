"""Makes the `Report`: what every renderer shows, from results, manifest and missed cases. Pure, no I/O.

The report holds no times, paths or host names, so equal input gives equal files on every machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from cvalues.records import Category, Estimate
from cvalues.report.facts import facts, word
from cvalues.report.failures import Failure, choose
from cvalues.report.inert import plain
from cvalues.report.text import Text, name_of, text
from cvalues.stats.findings import findings
from cvalues.stats.rates import DIMENSIONS, RATES, Cell, Results

__all__ = ["KINDS", "SHOWN", "STAGES", "Group", "Report", "build_report"]

STAGES = ("taxonomy", "datasets", "prompts", "models", "responses", "labels", "stats", "report")
"""The stages of a run, in the one order in which they are always named."""
KINDS = (
    "right",
    "wrong",
    "both",
    "neither",
    "refused",
    "unparsed",
    "truncated",
    "blocked_input",
    "blocked_output",
    "failed",
)
"""What a call can come to."""
SHOWN = 200
"""How many failures a report shows, unless told otherwise."""

_DIFFICULTIES = {"easy": 0, "medium": 1, "hard": 2}


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of one group of calls: everything, or one level, category, difficulty or template.

    Attributes:
        level: the level that the group belongs to, 0 when it belongs to none.
        rates: by name, in the order shown.
        parts: what every call came to, in the order of `KINDS`; the counts add up to all asked.
        positions: how often each displayed position was chosen, first position first.
    """

    key: str
    name: Text
    level: int
    counts: dict[str, int]
    rates: dict[str, Estimate]
    parts: tuple[tuple[str, int], ...]
    positions: tuple[int, ...]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a renderer shows.

    Attributes:
        confidence: of the intervals, as people write it: `95%`.
        facts: name and value of each field of the manifest that defines the run.
        groups: by dimension (level, category, difficulty, template), in the order shown.
        failures: a bounded choice; `missed` says how many there are.
        findings: in words, gravest first, then the notes of whoever made the run.
        chance: what a model gets that does not read the question; None when option counts differ from two.
        names: category id to its name, for the cases.
    """

    model: str
    suite: str
    template: str
    orders: str
    confidence: str
    facts: tuple[tuple[str, str], ...]
    overall: Group
    groups: dict[str, tuple[Group, ...]]
    findings: tuple[Text, ...]
    failures: tuple[Failure, ...]
    missed: int
    chance: float | None
    names: dict[str, Text]
    redacted: bool = False


def build_report(  # noqa: PLR0913 - keyword-only, each a part of one report
    results: Results | Mapping[str, Any],
    manifest: Mapping[str, Any],
    failures: Iterable[Failure] = (),
    *,
    categories: Iterable[Category] = (),
    notes: Iterable[Text] = (),
    limit: int = SHOWN,
    missed: int = 0,
) -> Report:
    """Return the report of one run.

    Args:
        results: the content of results.json.
        manifest: the content of manifest.json; fields about place, time or secrets are left out.
        failures: every case that was not right, in plan order; only a bounded choice is held. Map
            `failures.redact` over them for a report that leaves the house without texts.
        categories: names and order of the categories; others are shown by their id.
        notes: remarks of whoever made the run, shown after the findings.
        limit: how many failures to keep, balanced over categories.
        missed: how many cases were not right, where `failures` are the first ones only (at least
            `limit` of each category that has as many).

    Raises:
        msgspec.ValidationError: when `results` is a mapping that is not such a document.
    """
    found = results if isinstance(results, Results) else msgspec.convert(results, Results)
    known = {entry.id: entry for entry in categories}
    chosen, given = choose(failures, limit)
    whole = Cell(counts=found.counts, verdicts=found.verdicts, rates=found.rates)
    overall = _group("", text("chart.overall"), 0, whole)
    return Report(
        model=plain(word(manifest, "model")),
        suite=plain(word(manifest, "suite")),
        template=plain(word(manifest, "template", "templates")),
        orders=plain(word(manifest, "orders", "order")),
        confidence=f"{found.confidence * 100:g}%",
        facts=tuple(facts(manifest)),
        overall=overall,
        groups={name: tuple(_groups(name, found.by.get(name, {}), known)) for name in DIMENSIONS},
        findings=(*(Text(remark.zh, remark.en) for remark in findings(found)), *notes),
        failures=tuple(chosen),
        missed=max(missed, given),
        chance=0.5 if len(overall.positions) <= 2 else None,
        names={entry.id: Text(entry.name_zh, entry.name_en) for entry in known.values()},
        redacted=any(case.hidden for case in chosen),
    )


def _groups(dimension: str, cells: Mapping[str, Cell], known: Mapping[str, Category]) -> Iterator[Group]:
    """Yield the groups of a dimension; categories in the taxonomy's order."""
    keys = list(cells)
    if dimension == "category":
        rank = {name: place for place, name in enumerate(known)}
        keys.sort(key=lambda key: rank.get(key, len(rank)))
    elif dimension == "difficulty":
        keys.sort(key=lambda key: _DIFFICULTIES.get(key, len(_DIFFICULTIES)))
    for key in keys:
        entry = known.get(key) if dimension == "category" else None
        if entry is not None:
            yield _group(key, Text(entry.name_zh, entry.name_en), entry.level, cells[key])
        else:
            yield _group(key, name_of(dimension, plain(key)), _level(dimension, key), cells[key])


def _level(dimension: str, key: str) -> int:
    if dimension == "level":
        return int(key) if key.isdigit() else 0
    return {"safety": 1, "responsibility": 2}.get(key.partition("/")[0], 0) if dimension == "category" else 0


def _group(key: str, name: Text, level: int, cell: Cell) -> Group:
    picks = {int(word[7:]): count for word, count in cell.verdicts.items() if word.startswith("option_")}
    positions = tuple(picks.get(place, 0) for place in range(1, max(picks, default=0) + 1))
    return Group(
        key=key,
        name=name,
        level=level,
        counts=msgspec.structs.asdict(cell.counts),
        rates={rate: getattr(cell.rates, rate) for rate in RATES},
        parts=_parts(cell, sum(positions)),
        positions=positions,
    )


def _parts(cell: Cell, chose: int) -> tuple[tuple[str, int], ...]:
    """Return what the calls came to; the right ones are acc times its n, which is a whole number."""
    acc = cell.rates.acc
    right = round((acc.value or 0.0) * acc.n)
    found = {"right": right, "wrong": chose - right}
    return tuple((kind, found.get(kind, cell.verdicts.get(kind, 0))) for kind in KINDS)
