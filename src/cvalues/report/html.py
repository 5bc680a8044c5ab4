"""Renders a `Report` as one self-contained HTML file that reaches for nothing outside itself.

The page carries its own style and script, both named by hash in its Content-Security-Policy, so that
nothing else can run or load even if a reply should slip through the escaping (CSP level 3,
https://www.w3.org/TR/CSP3/).
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape

from cvalues.report import figures, parts
from cvalues.report.build import KINDS, STAGES, Group, Report
from cvalues.report.inert import plain
from cvalues.report.text import Text, name_of, text
from cvalues.stats.rates import RATES
from cvalues.stats.tally import OUTCOMES

__all__ = ["render_html"]

_TEMPLATES = Path(__file__).with_name("templates")
_PIECE = re.compile(r"\[\[([a-z_.]+)([|=]?)\]\]")
_FEW = 5
_SECTIONS = (("groups", ("level", "category")), ("settings", ("difficulty", "template")))


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
        sections=_SECTIONS,
        charted=("acc", "robust_acc"),
        few=sum(0 < group.rates["acc"].clusters < _FEW for group in report.groups["category"]),
    )


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(_source),
        autoescape=True,
        optimized=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    helpers: dict[str, Any] = environment.globals
    helpers.update({name: getattr(parts, name) for name in parts.__all__})
    helpers.update(
        of_level=_of_level,
        outcomes=OUTCOMES,
        percent=figures.percent,
        plain=plain,
        rates=RATES,
        script=Markup(_asset("script.js")),  # noqa: S704 - our own file
        signed=figures.SIGNED,
        style=Markup(_asset("style.css")),  # noqa: S704 - our own file
    )
    return environment


def _source(name: str) -> str:
    """Return a template with its fixed pieces put in.

    `[[file.html]]` is another template, `[[key]]` a text in both languages, `[[key|]]` the same for
    an attribute, `[[key=]]` as data attributes for the script. Done before Jinja sees it: plain text
    costs nothing to compile, a call or an include does.
    """
    return _PIECE.sub(_piece, _asset(name))


def _piece(match: re.Match[str]) -> str:
    name, form = match.groups()
    if name.endswith(".html"):
        return _source(name)
    pair = text(name)
    if form == "|":
        return f"{escape(pair.zh)} · {escape(pair.en)}"
    if form == "=":
        return f'data-zh="{escape(pair.zh)}" data-en="{escape(pair.en)}"'
    return str(parts.both(pair))


@lru_cache(maxsize=16)
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


def _of_level(dimension: str, level: int) -> Markup:
    return parts.t("level_of", n=level) if dimension == "level" else parts.named("level", str(level))


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
    told = {name: parts.filled(text(key), {"n": count}) for name, (key, count) in numbers.items()}
    told["models"] = Text(report.model, report.model)
    if len(report.groups["template"]) == 1:
        told["prompts"] = report.groups["template"][0].name
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
