"""Renders a `Report` as one self-contained HTML file that reaches for nothing outside itself.

The page carries its own style and script, both named by hash in its Content-Security-Policy, so that
nothing else can run or load even if a reply should slip through the escaping (CSP level 3,
https://www.w3.org/TR/CSP3/).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from cvalues.report import charts, figures
from cvalues.report.build import KINDS, STAGES, Group, Report
from cvalues.report.failures import Failure
from cvalues.report.inert import inert, plain
from cvalues.report.text import Text, name_of, text
from cvalues.stats.rates import RATES
from cvalues.stats.tally import OUTCOMES

__all__ = ["render_html"]

_TEMPLATES = Path(__file__).with_name("templates")


def render_html(report: Report) -> str:
    """Return the whole page; equal reports give equal pages."""
    page = _environment().get_template("page.html")
    return page.render(
        report=report,
        policy=_policy(_asset("style.css"), _asset("script.js")),
        stages=_stages(report),
        methods=_methods(report),
        filters=_filters(report),
        gap=_gap(report.overall),
    )


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES, encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    helpers: dict[str, Any] = environment.globals
    helpers.update(
        t=_said,
        both=_both,
        labelled=_labelled,
        named=_named,
        style=Markup(_asset("style.css")),  # noqa: S704 - our own file
        script=Markup(_asset("script.js")),  # noqa: S704 - our own file
        show=inert,
        plain=plain,
        value=figures.value,
        interval=figures.interval,
        percent=figures.percent,
        signed=figures.SIGNED,
        dots=_dots,
        axis=lambda: Markup(charts.axis()),  # noqa: S704 - built from constants
        composition=_composition,
        positions=_positions,
        displayed=_displayed,
        swatch=_swatch,
        outcomes=OUTCOMES,
        rates=RATES,
    )
    return environment


@lru_cache(maxsize=4)
def _asset(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """Return the policy that lets in exactly this style and this script."""
    return (
        "default-src 'none'; "
        f"style-src '{_hash(style)}'; script-src '{_hash(script)}'; base-uri 'none'; form-action 'none'"
    )


def _hash(content: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()


def _both(pair: Text) -> Markup:
    """Return a text in both languages; the page's style shows one of them."""
    zh, en = escape(pair[0]), escape(pair[1])
    if zh == en:
        return zh
    return Markup(f'<span class="zh" lang="zh-CN">{zh}</span><span class="en" lang="en">{en}</span>')  # noqa: S704


def _said(key: str, **numbers: object) -> Markup:
    return _both(_filled(text(key), numbers)) if numbers else _constant(key)


@lru_cache(maxsize=256)
def _constant(key: str) -> Markup:
    return _both(text(key))


def _filled(pair: Text, numbers: Mapping[str, object]) -> Text:
    return Text(pair.zh.format_map(numbers), pair.en.format_map(numbers))


@lru_cache(maxsize=256)
def _named(group: str, word: str) -> Markup:
    return _both(_name(group, word))


def _name(group: str, word: str) -> Text:
    """Return the name of a word of a record; `option_3` is said with its number."""
    if group == "verdict" and word.startswith("option_"):
        return _filled(text("verdict.option"), {"n": word[7:]})
    return name_of(group, word)


def _labelled(pair: Text) -> Markup:
    """Return both languages as data attributes, for what cannot hold two spans."""
    return Markup(f'data-zh="{escape(pair[0])}" data-en="{escape(pair[1])}"')  # noqa: S704 - escaped


def _dots(group: Group, names: Iterable[str], chance: float | None) -> Markup:
    """Return the chart of some rates of a cell; a rate that was not computed is shown as n = 0."""
    found = [group.rates[name] for name in names]
    title = Text(f"{group.name.zh}：比率与区间", f"{group.name.en}: rates with intervals")
    return Markup(charts.intervals(found, title, chance=chance))  # noqa: S704 - escaped where it is built


def _composition(group: Group) -> Markup:
    parts = [charts.Part(kind, _name("verdict", kind), count) for kind, count in group.parts]
    return Markup(charts.stacked(parts, group.name))  # noqa: S704 - escaped where it is built


def _positions(group: Group) -> Markup:
    parts = [
        charts.Part(f"position_{place}", _filled(text("chart.position"), {"n": place}), count)
        for place, count in enumerate(group.positions, 1)
    ]
    return Markup(charts.stacked(parts, text("chart.positions")))  # noqa: S704 - escaped where it is built


@lru_cache(maxsize=64)
def _swatch(kind: str) -> Markup:
    """Return the little square that says which colour in a bar is meant."""
    colour = charts.COLOURS.get(kind, "#a3a3a3")
    square = f'<rect width="12" height="12" fill="{colour}"/>'
    return Markup(f'<svg class="swatch" aria-hidden="true">{square}</svg>')  # noqa: S704 - built from constants


def _displayed(case: Failure) -> list[tuple[int, Text, str]]:
    """Return the options as displayed: item option index, name of the position, text."""
    order = case.order or tuple(range(len(case.options)))
    shown: list[tuple[int, Text, str]] = []
    for place, index in enumerate(order):
        label = case.labels[place] if place < len(case.labels) else ""
        name = Text(label, label) if label else _filled(text("chart.position"), {"n": place + 1})
        shown.append((index, name, case.options[index] if index < len(case.options) else ""))
    return shown


def _stages(report: Report) -> list[tuple[str, Text]]:
    """Return the eight stages in their order, each with what it came to in this run."""
    overall = report.overall
    asked = overall.counts["asked"]
    judged = sum(count for kind, count in overall.parts if kind in ("right", "wrong", "both", "neither"))
    numbers = {
        "taxonomy": ("stages.categories", len(report.groups["category"])),
        "datasets": ("stages.families", overall.rates["acc"].clusters),
        "prompts": ("stages.templates", len(report.groups["template"])),
        "responses": ("stages.asked", asked),
        "labels": ("stages.read", judged),
        "stats": ("stages.rates", len(overall.rates)),
        "report": ("stages.cases", report.missed),
    }
    told = {name: _filled(text(key), {"n": count}) for name, (key, count) in numbers.items()}
    told["models"] = Text(report.model, report.model)
    return [(name, told[name]) for name in STAGES]


def _methods(report: Report) -> list[tuple[str, Text]]:
    """Return the interval methods used anywhere in the report, sorted."""
    groups = [report.overall, *(group for groups in report.groups.values() for group in groups)]
    used = {rate.method for group in groups for rate in group.rates.values()}
    return [(name, name_of("interval", name)) for name in sorted(used)]


def _filters(report: Report) -> list[tuple[str, str, list[tuple[str, Text, int]]]]:
    """Return the filters of the gallery: field, key of its name, and the choices with their counts."""
    cases = report.failures
    return [
        ("category", "table.category", _choices((case.category for case in cases), report.names, "")),
        ("level", "table.level", _choices((str(case.level) for case in cases), {}, "level")),
        ("kind", "table.verdict", _choices((case.kind for case in cases), {}, "verdict")),
        ("outcome", "table.outcome", _choices((case.outcome for case in cases), {}, "outcome")),
    ]


def _choices(words: Iterable[str], names: Mapping[str, Text], group: str) -> list[tuple[str, Text, int]]:
    counts: dict[str, int] = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    rank = {kind: place for place, kind in enumerate(KINDS)}
    ordered = sorted(counts, key=lambda word: (rank.get(word, 0), word)) if group else list(counts)
    return [(word, names.get(word) or name_of(group, word), counts[word]) for word in ordered]


def _gap(group: Group) -> str:
    """Return how far acc lies above robust acc, in points; empty when either is missing."""
    acc, robust = group.rates["acc"].value, group.rates["robust_acc"].value
    return "" if acc is None or robust is None else f"{(acc - robust) * 100:.1f}"
