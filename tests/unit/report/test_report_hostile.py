"""Replies are hostile by assumption: nothing in them may become markup, hide, reorder or break the page."""

from __future__ import annotations

import re

import msgspec
import pytest
import report_sample as sample
from hypothesis import given, settings
from hypothesis import strategies as st
from page_reader import Element, read_page

from cvalues.report.build import build_report
from cvalues.report.failures import Failure
from cvalues.report.html import render_html
from cvalues.report.inert import LIMIT, inert, plain
from cvalues.report.markdown import render_markdown

FIELDS = (
    "response_id", "item_id", "category", "verdict", "outcome", "prompt", "text", "reasoning", "rule", "span",
    "error", "fault", "difficulty", "template", "rationale",
)  # fmt: skip
ATTACKS = (
    "<script>window.ran=1</script>",
    "</article></main></template></script></style></textarea>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "<a href=\"javascript:alert(1)\">x</a>",
    "<svg onload=alert(1)><style>*{display:none}</style></svg>",
    "<!-- --><![CDATA[x]]>",
    "{{ 7*7 }}{% for x in y %}[[case.id]]",
    "&lt;script&gt;&#60;script&#62;",
    "\x00\x08\x1b[31m\u202e\u2066\u200b\ufeff",
)  # fmt: skip


def case_of(words: str) -> Failure:
    texts = dict.fromkeys(FIELDS, words)
    return Failure(**texts, level=1, options=(words, words), order=(1, 0), labels=(words, words), gold=0, choice=1)


def shape(html: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return tags and attribute names in order: what a page is made of, whatever it says."""
    skipped = {"mark"}
    return [
        (element.tag, tuple(element.attributes))
        for element in read_page(html).walk()
        if element.tag not in skipped and element.attributes.get("class") not in {"hidden-char", "quiet cut"}
    ]


MADE = sample.run("empty")
CALM = shape(render_html(build_report(MADE.results, sample.manifest(), [case_of("calm")])))


@pytest.mark.parametrize("words", ATTACKS)
def test_no_text_of_a_case_becomes_markup(words: str) -> None:
    html = render_html(build_report(MADE.results, sample.manifest(), [case_of(words)]))
    assert shape(html) == CALM
    replies = [block.text for block in read_page(html).all("div", **{"class": "said"})]
    assert words.isprintable() is False or words in replies


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=1, max_size=60).filter(lambda words: words.strip() != ""))
def test_no_text_whatever_becomes_markup(words: str) -> None:
    assert shape(render_html(build_report(MADE.results, sample.manifest(), [case_of(words)]))) == CALM


@pytest.mark.parametrize("words", ATTACKS)
def test_no_name_in_the_manifest_or_results_becomes_markup(words: str) -> None:
    calm = named("calm")
    assert shape(named(words)) == shape(calm)


def named(words: str) -> str:
    made = sample.run("one_order", families=1)
    results = made.results
    results.by["template"] = {words: next(iter(results.by["template"].values()))}
    results.by["category"] = {words: next(iter(results.by["category"].values()))}
    manifest = {"model": words, "suite": words, "template": {"name": words}, "order": words, "k": [words]}
    return render_html(build_report(results, manifest, []))


def test_characters_that_reorder_or_hide_text_are_shown_as_code_points() -> None:
    shown, _ = inert("a\u202eb\u2067c\u200bd\ufeffe\x1bf\xadg\U000e0041h\ud800i")
    found = [span.text for span in read_page(str(shown)).all("span", **{"class": "hidden-char"})]
    assert found == ["U+202E", "U+2067", "U+200B", "U+FEFF", "U+001B", "U+00AD", "U+E0041", "U+D800"]
    assert plain("a\u202eb\nc\x00d") == "a[U+202E]b c[U+0000]d"


def test_ordinary_text_with_line_breaks_tabs_wide_spaces_and_joined_emoji_stays_as_it_is() -> None:
    words = "第一行\n\t第二行\u3000全角 👩\u200d👩\u200d👧 é क्\u200dष"
    shown, cut = inert(words)
    assert (str(shown), cut) == (words, 0)
    assert str(inert("a\r\nb")[0]) == "a\nb"


def test_the_last_occurrence_of_the_deciding_words_is_marked() -> None:
    shown, _ = inert("回复1？不，还是回复1 <b>", "回复1")
    assert str(shown) == "回复1？不，还是<mark>回复1</mark> &lt;b&gt;"
    assert str(inert("没有", "回复1")[0]) == "没有"
    assert str(inert("a<i>b", "<i>")[0]) == "a<mark>&lt;i&gt;</mark>b"


def test_a_very_long_reply_is_cut_with_a_note() -> None:
    words = "字" * (LIMIT + 7)
    case = msgspec.structs.replace(case_of("x"), prompt=words, text=words, options=(words, words))
    html = render_html(build_report(MADE.results, sample.manifest(), [case]))
    card = read_page(html).one("article")
    replies = card.all("div", **{"class": "said"})
    assert sorted(len(block.text) for block in replies) == [1, 1, 1, LIMIT, LIMIT, LIMIT, LIMIT]
    assert "以下还有 7 字未显示" in card.said("zh")
    assert "7 more characters not shown" in card.said("en")
    scrolling = [block for block in replies if len(block.text) > 1]
    assert all(block.attributes["tabindex"] == "0" for block in scrolling), "a scrolling box needs the keyboard"


def test_a_very_long_name_is_cut_to_one_line() -> None:
    assert plain("a" * 5000) == "a" * 299 + "…"
    assert plain("a" * 300) == "a" * 300


@pytest.mark.parametrize("words", ATTACKS)
def test_markdown_takes_no_markup_from_names(words: str) -> None:
    document = render_markdown(build_report(MADE.results, {"model": words, "x": words, words: "v"}, []))
    bare = re.sub(r"\\.", "", document)
    for character in "<>&`":
        assert character not in bare
    assert document.count("\n# ") == 0 and document.startswith("# ")
    rows = [line for line in bare.splitlines() if line.startswith("|")]
    assert all(line.endswith("|") for line in rows)


def test_the_sample_of_hostile_replies_keeps_the_page_whole() -> None:
    page: Element = read_page(render_html(sample.report("hostile", families=6)))
    assert len(page.all("script")) == 1 and len(page.all("style")) == 1
    assert len(page.all("article")) == 24
