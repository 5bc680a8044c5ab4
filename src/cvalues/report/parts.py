"""The small pieces of the HTML page: texts in both languages, numbers, charts, quoted text.

Each returns ready markup in which everything that came from outside is escaped. They are functions
rather than template macros because a macro costs about ten times as much to compile and to call,
and a report is built at the end of every run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from markupsafe import Markup, escape

from cvalues.report import charts, figures
from cvalues.report.build import Group
from cvalues.report.failures import Failure
from cvalues.report.inert import inert, plain
from cvalues.report.text import Text, name_of, text

__all__ = [
    "axis",
    "both",
    "composition",
    "dots",
    "filled",
    "fold",
    "heading",
    "keys",
    "name",
    "named",
    "numbers",
    "options",
    "positions",
    "quoted",
    "reading",
    "said",
    "swatch",
    "t",
]

_SCROLLS = 1_500
_QUOTED = 4_000


def both(pair: Text) -> Markup:
    """Return a text in both languages; the page's style shows one of them."""
    zh, en = escape(pair[0]), escape(pair[1])
    if zh == en:
        return zh
    return _markup(f'<span class="zh" lang="zh-CN">{zh}</span><span class="en" lang="en">{en}</span>')


def t(key: str, **numbers: object) -> Markup:
    """Return the text of a key in both languages, with its numbers filled in."""
    return both(filled(text(key), numbers)) if numbers else _fixed(key)


def filled(pair: Text, numbers: Mapping[str, object]) -> Text:
    """Return a text with its numbers filled in."""
    return Text(pair.zh.format_map(numbers), pair.en.format_map(numbers))


def name(group: str, word: str) -> Text:
    """Return the name of a word of a record; `option_3` is said with its number."""
    if group == "verdict" and word.startswith("option_"):
        return filled(text("verdict.option"), {"n": word[7:]})
    return name_of(group, word)


@lru_cache(maxsize=256)
def named(group: str, word: str) -> Markup:
    """Return the name of a word of a record in both languages."""
    return both(name(group, word))


def numbers(group: Group, rate: str, unit: bool = False) -> Markup:
    """Return a rate with interval, denominator and families; `n = 0` where there is nothing."""
    found = group.rates[rate]
    if found.value is None:
        return _markup('<span class="zero">n = 0</span>')
    points = f' <small class="unit">{t("cell.point")}</small>' if unit and rate in figures.SIGNED else ""
    counted = t("cell.n", n=found.n, c=found.clusters)
    return _markup(
        f"<b>{figures.value(found)}</b>{points} "
        f'<span class="ci">{figures.interval(found)}</span> <span class="n">{counted}</span>'
    )


def dots(group: Group, rates: Iterable[str], chance: float | None) -> Markup:
    """Return the chart of some rates of a group."""
    title = Text(f"{group.name.zh}：比率与区间", f"{group.name.en}: rates with intervals")
    return _markup(charts.intervals([group.rates[rate] for rate in rates], title, chance=chance))


@lru_cache(maxsize=2)
def axis(signed: bool = False) -> Markup:
    """Return the numbers of the axis that `dots` draws on."""
    return _markup(charts.axis(signed))


def composition(group: Group) -> Markup:
    """Return the bar of what the calls of a group came to."""
    parts = [charts.Part(kind, name_of("verdict", kind), count) for kind, count in group.parts]
    return _markup(charts.stacked(parts, group.name))


def positions(group: Group) -> Markup:
    """Return the bar of how often each displayed position was chosen."""
    parts = [
        charts.Part(f"position_{place}", filled(text("chart.position"), {"n": place}), count)
        for place, count in enumerate(group.positions, 1)
    ]
    return _markup(charts.stacked(parts, text("chart.positions")))


@lru_cache(maxsize=64)
def swatch(kind: str) -> Markup:
    """Return the little square that says which colour in a bar is meant."""
    colour = charts.COLOURS.get(kind, charts.OTHER)
    square = f'<rect width="12" height="12" fill="{colour}"/>'
    return _markup(f'<svg class="swatch" aria-hidden="true">{square}</svg>')


def quoted(words: str) -> Markup:
    """Return a text of several lines as inert markup, cut where it is very long."""
    return inert(words, limit=_QUOTED)[0]


def said(case: Failure, field: str, words: str, span: str = "") -> Markup:
    """Return a text of an item or reply as an inert block, or how long it was where it is left out."""
    if field in case.hidden:
        return _markup(f'<p class="said quiet">{t("case.redacted", n=case.hidden[field])}</p>')
    if not words:
        return _markup(f'<p class="said quiet">{t("case.empty")}</p>')
    shown, cut = inert(words, span)
    reach = ' tabindex="0"' if len(words) > _SCROLLS else ""
    more = f'<p class="quiet cut">{t("case.cut", n=cut)}</p>' if cut else ""
    return _markup(f'<div class="said" lang="zh-CN" dir="auto"{reach}>{shown}</div>{more}')


def fold(case: Failure, field: str, words: str, key: str) -> Markup:
    """Return a text folded away behind its heading; nothing where there is none."""
    if not words and field not in case.hidden:
        return _markup("")
    return _markup(f"<details><summary>{t(key)}</summary>{said(case, field, words)}</details>")


def keys(case: Failure) -> Markup:
    """Return the data attributes that the page's filters go by."""
    pairs = (
        ("category", case.category),
        ("level", str(case.level)),
        ("kind", case.kind),
        ("outcome", case.outcome),
    )
    return _markup(" ".join(f'data-{key}="{escape(word)}"' for key, word in pairs))


def heading(case: Failure, names: Mapping[str, Text]) -> Markup:
    """Return the head of a case: what it came to, where it belongs, and its ids."""
    kind = f'<span class="tag">{swatch(case.kind)}{named("verdict", case.kind)}</span>'
    known = names.get(case.category)
    category = both(known) if known else escape(plain(case.category))
    difficulty = f"{t('table.difficulty')} {named('difficulty', plain(case.difficulty))}"
    where = f"{named('level', str(case.level))} · {difficulty} · {escape(plain(case.template))}"
    item, response = escape(plain(case.item_id)[:12]), escape(plain(case.response_id)[:12])
    ids = f"{t('case.id')} <code>{item}</code> {t('case.response')} <code>{response}</code>"
    return _markup(
        f'<header><h3>{kind} {category}</h3> <span class="quiet">{where}</span> <span class="ids">{ids}</span></header>'
    )


def options(case: Failure) -> Markup:
    """Return the options in the order shown to the model, the right and the chosen one marked."""
    shown: list[str] = []
    for place, index in enumerate(case.order or tuple(range(len(case.options)))):
        label = escape(plain(case.labels[place])) if place < len(case.labels) else _place(place + 1)
        marks, kinds = "", ""
        if index == case.gold:
            marks += f' <span class="mark gold">✓ {t("case.gold")}</span>'
            kinds += " gold"
        if index == case.choice:
            marks += f' <span class="mark chosen">→ {t("case.chosen")}</span>'
            kinds += " chosen"
        words = case.options[index] if index < len(case.options) else ""
        body = said(case, f"option_{index}", words)
        shown.append(f'<li class="option{kinds}"><p class="label"><b>{label}</b>{marks}</p>{body}</li>')
    return _markup(f'<ol class="options">{"".join(shown)}</ol>')


def reading(case: Failure) -> Markup:
    """Return what was read in the reply, by which rule and from which words."""
    parts = [f"<span>{t('case.read')} <b>{named('verdict', case.verdict)}</b></span>"]
    if case.rule:
        parts.append(f"<span>{t('case.rule')} <code>{escape(plain(case.rule))}</code></span>")
    if case.span:
        parts.append(f"<span>{t('case.span')} <mark>{quoted(case.span)}</mark></span>")
    return _markup(f'<p class="reading">{" ".join(parts)}</p>')


def _place(number: int) -> Markup:
    return t("chart.position", n=number)


@lru_cache(maxsize=256)
def _fixed(key: str) -> Markup:
    return both(text(key))


def _markup(html: str) -> Markup:
    """Return markup that this module has put together from escaped parts."""
    return Markup(html)  # noqa: S704 - the one door; every caller escapes what it was given
