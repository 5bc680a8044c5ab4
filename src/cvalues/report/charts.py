"""Small SVG charts, made by hand: marks on a percent axis, and stacked bars.

Coordinates are percentages of the drawing's own width and text keeps its size, so a chart fits a
phone, a desktop and a page without scaling its letters. Every chart has a title and a description
in both languages for those who do not see it. Colours are told apart by people with the common
colour deficiencies (after Okabe and Ito 2008), and shape or number says the same as colour.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from markupsafe import escape

from cvalues.records import Estimate
from cvalues.report.figures import SIGNED, interval, percent, value
from cvalues.report.text import Text, name_of

__all__ = ["COLOURS", "OTHER", "Part", "axis", "intervals", "stacked"]

COLOURS = {
    "right": "#0b6e9e",
    "wrong": "#c4500c",
    "both": "#8f3f71",
    "neither": "#d69cc0",
    "refused": "#e6a817",
    "unparsed": "#a3a3a3",
    "truncated": "#7cc3e8",
    "blocked_input": "#4c4a9c",
    "blocked_output": "#a5a3e0",
    "failed": "#3c3c3c",
    "position_1": "#0b6e9e",
    "position_2": "#e6a817",
    "position_3": "#8f3f71",
    "position_4": "#7cc3e8",
}
OTHER = "#a3a3a3"
"""The colour of what has none of its own."""
_PALE = frozenset({"neither", "refused", "unparsed", "truncated", "blocked_output", "position_2", "position_4"})
_INK = {"acc": "#0b6e9e", "robust_acc": "#8f3f71"}
_ROW = 22


class Part(msgspec.Struct, frozen=True):
    """One part of a stacked bar; `kind` picks its colour."""

    kind: str
    name: Text
    count: int


def intervals(estimates: Sequence[Estimate], title: Text, *, chance: float | None = None) -> str:
    """Return a chart of dots with intervals, one line each, on an axis of 0 to 100 %.

    A rate in signed points has its line at 0 in the middle and ends at 50 points either way, which is
    as far as a choice of two can go (100 where a rate goes further).
    """
    height = _ROW * max(1, len(estimates))
    scale = _scale(estimates)
    inside = [_grid(height, 0.5 if scale[0] else chance)]
    inside += [_mark(estimate, _ROW * row + _ROW // 2, scale) for row, estimate in enumerate(estimates)]
    told = [_told(estimate) for estimate in estimates]
    described = Text("；".join(line.zh for line in told), "; ".join(line.en for line in told))
    return _svg("intervals", height, title, described, "".join(inside))


def axis(signed: bool = False) -> str:
    """Return the numbers of the axis of `intervals`: percent, or points either way from 0."""
    words = ("-50", "0", "+50") if signed else ("0", "50", "100%")
    places = zip((0, 50, 100), ("start", "middle", "end"), words, strict=True)
    numbers = "".join(f'<text x="{x}%" y="11" text-anchor="{at}">{word}</text>' for x, at, word in places)
    return f'<svg class="axis" width="100%" height="14" aria-hidden="true">{numbers}</svg>'


def stacked(parts: Sequence[Part], title: Text, *, height: int = 26) -> str:
    """Return one bar split into parts, each as wide as its share; counts stand in parts wide enough."""
    total = sum(part.count for part in parts)
    if not total:
        return _svg("stacked", height, title, Text("n = 0", "n = 0"), _empty(height))
    inside: list[str] = []
    told: list[Text] = []
    start = 0
    for part in parts:
        if part.count:
            inside.append(_part(part, start, total, height))
            share = percent(part.count / total)
            zh, en = f"{part.name.zh} {part.count}（{share}）", f"{part.name.en} {part.count} ({share})"
            told.append(Text(zh, en))
        start += part.count
    described = Text("、".join(line.zh for line in told), ", ".join(line.en for line in told))
    return _svg("stacked", height, title, described, "".join(inside))


def _svg(kind: str, height: int, title: Text, described: Text, inside: str) -> str:
    head = f"{title.zh} · {title.en}" if title.zh != title.en else title.en
    body = f"{described.zh} · {described.en}"
    return (
        f'<svg class="chart {kind}" role="img" width="100%" height="{height}">'
        f"<title>{escape(head)}</title><desc>{escape(body)}</desc>{inside}</svg>"
    )


def _grid(height: int, line: float | None) -> str:
    lines = "".join(f'<line x1="{x}%" x2="{x}%" y1="0" y2="{height}" stroke="#dfe3e8"/>' for x in (0, 25, 50, 75, 100))
    if line is not None:
        x = _number(line)
        lines += (
            f'<line x1="{x}%" x2="{x}%" y1="0" y2="{height}" stroke="#5c6670" stroke-width="1.5" '
            'stroke-dasharray="3 3"/>'
        )
    return lines


def _scale(estimates: Sequence[Estimate]) -> tuple[float, float]:
    """Return the values at the left and right end of the axis."""
    signed = [estimate for estimate in estimates if estimate.name in SIGNED]
    if not signed:
        return 0.0, 1.0
    far = max(abs(end) for estimate in signed for end in (estimate.low or 0.0, estimate.high or 0.0))
    return (-0.5, 0.5) if far <= 0.5 else (-1.0, 1.0)


def _mark(estimate: Estimate, y: int, scale: tuple[float, float]) -> str:
    if estimate.value is None:
        return f'<text x="0" dx="6" y="{y + 4}" class="quiet">n = 0</text>'
    ink = _INK.get(estimate.name, "#0b6e9e")
    x, low, high = (_position(end, scale) for end in (estimate.value, estimate.low, estimate.high))
    drawn = ""
    if low is not None and high is not None:
        drawn = (
            f'<line x1="{low}%" x2="{high}%" y1="{y}" y2="{y}" stroke="{ink}" stroke-width="2.5" '
            'stroke-linecap="round"/>'
        )
    if estimate.name == "robust_acc":
        shape = f'<path d="M0-6 6 0 0 6-6 0Z" fill="#fff" stroke="{ink}" stroke-width="2"/>'
    else:
        shape = f'<circle r="5" fill="{ink}" stroke="#fff" stroke-width="1.5"/>'
    return f'{drawn}<svg x="{x}%" y="{y}" overflow="visible">{shape}</svg>'


def _position(share: float | None, scale: tuple[float, float]) -> str | None:
    if share is None:
        return None
    left, right = scale
    return _number(min(1.0, max(0.0, (share - left) / (right - left))))


def _told(estimate: Estimate) -> Text:
    name = name_of("rate", estimate.name)
    numbers = " ".join(part for part in (value(estimate), interval(estimate)) if part)
    return Text(f"{name.zh} {numbers}", f"{name.en} {numbers}")


def _part(part: Part, start: int, total: int, height: int) -> str:
    x, width = _number(start / total), _number(part.count / total)
    colour = COLOURS.get(part.kind, OTHER)
    drawn = f'<rect x="{x}%" width="{width}%" height="{height}" fill="{colour}" stroke="#fff"/>'
    if part.count / total >= 0.08:
        middle = _number((start + part.count / 2) / total)
        ink = "#1a1a1a" if part.kind in _PALE or part.kind not in COLOURS else "#fff"
        place = f'x="{middle}%" y="{height // 2 + 4}" text-anchor="middle" fill="{ink}"'
        drawn += f"<text {place}>{part.count}</text>"
    return drawn


def _empty(height: int) -> str:
    return (
        f'<rect width="100%" height="{height}" fill="#f3f5f7"/>'
        f'<text x="0" dx="8" y="{height // 2 + 4}" class="quiet">n = 0</text>'
    )


def _number(share: float) -> str:
    """Return a share as a coordinate in percent: two decimals at most, the same on every machine."""
    return f"{share * 100:.2f}".rstrip("0").rstrip(".")
