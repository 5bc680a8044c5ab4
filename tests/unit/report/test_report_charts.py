"""The charts: coordinates stay inside, shares add up, and nothing is told by colour alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from page_reader import read_page

import cvalues.report.html
from cvalues.records import Estimate
from cvalues.report.charts import COLOURS, Part, axis, intervals, stacked
from cvalues.report.figures import interval, percent, value
from cvalues.report.text import Text

TITLE = Text("题", "title")


def estimate(name: str, value: float | None, low: float | None = None, high: float | None = None) -> Estimate:
    return Estimate(name=name, value=value, low=low, high=high, n=8, clusters=2, method="wilson")


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=10))
def test_the_parts_of_a_bar_lie_side_by_side_and_fill_it(counts: list[int]) -> None:
    kinds = list(COLOURS)
    chart = read_page(stacked([Part(k, Text(k, k), n) for k, n in zip(kinds, counts, strict=False)], TITLE))
    if not sum(counts):
        assert chart.one("desc").text == "n = 0 · n = 0"
        return
    end = 0.0
    for bar in chart.all("rect"):
        assert float(bar.attributes["x"].rstrip("%")) == pytest.approx(end, abs=0.02)
        end = float(bar.attributes["x"].rstrip("%")) + float(bar.attributes["width"].rstrip("%"))
    assert end == pytest.approx(100, abs=0.02)
    for kind, count in zip(kinds, counts, strict=False):
        assert count == 0 or f"{kind} {count}" in chart.one("desc").text


@given(st.floats(-1, 1), st.floats(-1, 1), st.floats(-1, 1))
def test_dots_and_intervals_lie_on_the_axis(a: float, b: float, c: float) -> None:
    low, middle, high = sorted((a, b, c))
    rates = [
        estimate("position_bias", middle, low, high),
        estimate("acc", abs(middle), abs(middle) / 2, (1 + abs(middle)) / 2),
    ]
    for rate in rates:
        places = re.findall(r' x[12]?="(-?[\d.]+)%"', intervals([rate], TITLE, chance=0.5))
        assert len(places) == 10 + 2 + 2 + 1
        assert all(0 <= float(place) <= 100 for place in places)


def test_a_bias_of_nought_lies_in_the_middle_and_of_fifty_points_at_the_end() -> None:
    for bias, place in ((0.0, "50"), (0.5, "100"), (-0.5, "0"), (0.25, "75")):
        chart = read_page(intervals([estimate("position_bias", bias, bias, bias)], TITLE))
        assert chart.one("circle")
        mark = [svg for svg in chart.all("svg") if "x" in svg.attributes]
        assert [svg.attributes["x"] for svg in mark] == [f"{place}%"]


def test_a_rate_without_data_is_drawn_as_words() -> None:
    chart = read_page(intervals([estimate("acc", None)], TITLE))
    assert not chart.all("circle")
    assert chart.one("text").text == "n = 0"
    assert "acc n = 0" in chart.one("desc").text


def test_acc_and_robust_acc_differ_in_shape_and_not_in_colour_alone() -> None:
    chart = read_page(intervals([estimate("acc", 0.5, 0.4, 0.6), estimate("robust_acc", 0.5, 0.4, 0.6)], TITLE))
    assert len(chart.all("circle")) == 1 and len(chart.all("path")) == 1


def test_the_axis_names_its_ends() -> None:
    assert [text.text for text in read_page(axis()).all("text")] == ["0", "50", "100%"]
    assert [text.text for text in read_page(axis(signed=True)).all("text")] == ["-50", "0", "+50"]


def test_numbers_are_written_as_people_read_them() -> None:
    assert percent(0.63889) == "63.9%"
    assert percent(-0.0) == "0.0%"
    assert value(estimate("acc", None)) == "n = 0"
    assert interval(estimate("acc", 0.5)) == ""
    assert interval(estimate("acc", 0.5, 0.4, 0.6)) == "[40.0, 60.0]"
    assert value(estimate("position_bias", 0.125)) == "+12.5"
    assert value(estimate("position_bias", -0.125)) == "-12.5"
    assert value(estimate("position_bias", -0.0)) == "0.0"
    assert interval(estimate("position_bias", 0, -0.1, 0.1)) == "[-10.0, +10.0]"


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour (WCAG 2.2, section 1.4.3)."""
    if len(colour) == 4:
        colour = "#" + "".join(2 * digit for digit in colour[1:])
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("kind", COLOURS)
def test_counts_in_bars_can_be_read_on_their_colour(kind: str) -> None:
    chart = read_page(stacked([Part(kind, TITLE, 5)], TITLE))
    assert contrast(chart.one("text").attributes["fill"], chart.one("rect").attributes["fill"]) >= 4.5


def test_text_colours_of_the_page_reach_contrast_aa() -> None:
    style = (Path(cvalues.report.html.__file__).parent / "templates" / "style.css").read_text(encoding="utf-8")
    named = dict(re.findall(r"--(\w+):(#[0-9a-f]+)", style))
    for text, ground in (("ink", "soft"), ("quiet", "soft")):
        assert contrast(named[text], named[ground]) >= 4.5
    assert contrast(named["blue"], "#fff") >= 4.5
    for ground, ink in re.findall(r"background:(#[0-9a-f]{6});color:(#[0-9a-f]{6})", style):
        assert contrast(ground, ink) >= 4.5
