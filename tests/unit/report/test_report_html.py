"""The HTML report: what it shows, that equal input gives equal bytes, that it reaches for nothing outside."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import report_sample as sample
from page_reader import Element, read_page

from cvalues.records import Category
from cvalues.report.build import STAGES, build_report
from cvalues.report.failures import redact
from cvalues.report.html import render_html
from cvalues.report.text import Text

RATES = 6


@pytest.fixture(scope="module")
def html() -> str:
    return render_html(sample.report())


@pytest.fixture(scope="module")
def page(html: str) -> Element:
    return read_page(html)


def test_the_sections_stand_in_the_order_in_which_a_reader_asks(page: Element) -> None:
    ids = [section.attributes["id"] for section in page.all("section")]
    assert ids == ["summary", "groups", "settings", "order", "outcomes", "failures", "method", "reproduce"]
    links = [link.attributes["href"] for link in page.one("nav").all("a")]
    assert links == [f"#{name}" for name in ids]


def test_the_head_names_model_suite_template_orders_calls_and_families(page: Element) -> None:
    assert page.one("h1").text == "sample/average"
    facts = [fact.said("zh") for fact in page.one("dl", **{"class": "facts"}).all("dd")]
    assert facts == ["open", "choice-zh", "正反两序", "144", "36"]


def test_the_eight_stages_stand_in_their_one_order(page: Element) -> None:
    steps = page.one("figure", **{"class": "flow"}).all("li")
    assert [step.one("b").said("en") for step in steps] == list(STAGES)
    told = [step.said("zh") for step in steps]
    assert told[3] == "模型sample/average"
    assert "144 次调用" in told[4]


def test_every_rate_is_shown_with_interval_n_and_families(page: Element) -> None:
    cells = [
        cell
        for table in page.all("table", **{"class": "rates"})
        for cell in table.all("td")
        if "plot" not in cell.attributes.get("class", "")
    ]
    assert len(cells) == (2 + 18 + 3 + 1) * RATES
    for cell in cells:
        words = cell.said("zh")
        assert re.search(r"[+-]?\d+\.\d%? \[[+-]?\d+\.\d, [+-]?\d+\.\d\] n \d+ · \d+ 族$", words), words


def test_the_numbers_of_the_head_are_those_of_the_results(page: Element) -> None:
    rates = sample.run().results.rates
    tile = page.one("div", **{"class": "lead"}).one("p", **{"class": "numbers"})
    low, high = rates.acc.low or 0, rates.acc.high or 0
    assert tile.said("en") == (
        f"{(rates.acc.value or 0) * 100:.1f}% [{low * 100:.1f}, {high * 100:.1f}] n 144 · 36 fam."
    )


def test_position_bias_is_signed_and_in_points() -> None:
    tiles = read_page(render_html(sample.report("first"))).all("div", **{"class": "tile"})
    bias = next(tile for tile in tiles if tile.one("h3").said("en") == "position bias")
    assert bias.one("p", **{"class": "numbers"}).said("en").startswith("+50.0 pp [")
    assert bias.one("p", **{"class": "numbers"}).said("zh").startswith("+50.0 个百分点 [")


def test_findings_are_said_in_words_in_both_languages() -> None:
    notes = [Text("附注一句", "one note")]
    made = sample.run("first")
    page = read_page(render_html(build_report(made.results, made.manifest, notes=notes)))
    lines = page.one("div", **{"class": "findings"}).all("li")
    assert "几乎总选第一个选项" in lines[0].said("zh")
    assert "nearly always picks the first" in lines[0].said("en")
    assert (lines[-1].said("zh"), lines[-1].said("en")) == ("附注一句", "one note")


def test_a_cell_without_data_says_n_equals_0() -> None:
    page = read_page(render_html(sample.report(families=3)))
    table = page.all("table", **{"class": "rates"})[1]
    rows = {row.one("th").said("en").split()[0]: row for row in table.all("tr") if row.all("td")}
    assert re.search(r"\d%.* n 4 · 1 fam\.$", rows["Dangerous"].all("td")[1].said("en"))
    empty = rows["Psychology"]
    assert [cell.all(**{"class": "zero"})[0].text for cell in empty.all("td")[1:]] == ["n = 0"] * RATES
    assert empty.one("svg", **{"class": "chart"}).all("text")[0].text == "n = 0"


def test_a_run_in_which_nothing_was_asked_still_makes_a_page() -> None:
    page = read_page(render_html(sample.report("empty")))
    assert page.one("section", id="failures").said("en").split("\n")[2] == "No case was missed."
    verdicts = page.one("section", id="outcomes").all("table")[0]
    assert {row.all("td")[1].text for row in verdicts.all("tr") if row.all("td")} == {"n = 0"}
    assert all("n = 0" in tile.said("zh") for tile in page.all("div", **{"class": "tile"}))


def test_a_run_in_one_order_says_that_order_effects_are_unknown() -> None:
    panel = read_page(render_html(sample.report("one_order"))).one("section", id="order")
    assert "不能说顺序的影响" in panel.said("zh")
    assert "nothing can be said of order" in panel.said("en")
    assert not panel.all("div", **{"class": "tile"})


def test_outcomes_and_verdicts_add_up_to_all_that_was_asked(page: Element) -> None:
    verdicts, outcomes = page.one("section", id="outcomes").all("table")
    counts = [int(row.all("td")[0].text) for row in verdicts.all("tr") if row.all("td")]
    assert (len(counts), sum(counts)) == (10, 144)
    *parts, total = [int(row.all("td")[0].text) for row in outcomes.all("tr") if row.all("td")]
    assert (len(parts), sum(parts), total) == (5, 144, 144)


def test_a_case_shows_prompt_options_reply_reading_rule_and_deciding_words() -> None:
    made = sample.run()
    case = next(case for case in made.failures if case.verdict == "option_1" and case.reasoning)
    report = build_report(made.results, made.manifest, [case], categories=sample.categories())
    card = read_page(render_html(report)).one("article")
    options = card.one("ol", **{"class": "options"}).all("li")
    assert [option.one("div").text for option in options] == [case.options[index] for index in case.order]
    assert [option.one("b").text for option in options] == ["回复1", "回复2"]
    assert "chosen" in options[0].attributes["class"] and "gold" in options[1].attributes["class"]
    assert "✓ 应选" in options[1].said("zh") and "→ 模型所选" in options[0].said("zh")
    assert [block.text for block in card.all("div", **{"class": "said"})][0] == case.prompt
    assert case.text in [block.text for block in card.all("div", **{"class": "said"})]
    assert [mark.text for mark in card.all("mark")] == ["最终答案：回复1", "最终答案：回复1"]
    reading = card.one("p", **{"class": "reading"})
    assert reading.said("zh") == "读出 选第 1 位 规则 final_answer 依据 最终答案：回复1"
    reasoning = [fold for fold in card.all("details") if fold.one("summary").said("en") == "Reasoning"]
    assert [case.reasoning in fold.text and "open" not in fold.attributes for fold in reasoning] == [True]


def test_a_blocked_case_shows_what_the_server_said() -> None:
    made = sample.run()
    case = next(case for case in made.failures if case.outcome == "blocked_input")
    card = read_page(render_html(build_report(made.results, made.manifest, [case]))).one("article")
    assert case.error in [block.text for block in card.all("div", **{"class": "said"})]
    assert "提问被拦截" in card.one("h3").said("zh")


def test_cases_carry_what_the_filters_go_by(page: Element) -> None:
    selects = {select.attributes["name"]: select for select in page.one("form").all("select")}
    assert list(selects) == ["category", "level", "kind", "outcome"]
    cases = page.all("article")
    for name, select in selects.items():
        offered = [option.attributes["value"] for option in select.all("option")]
        assert offered[0] == ""
        assert {case.attributes[f"data-{name}"] for case in cases} == set(offered[1:])
        assert all(option.attributes["data-zh"] and option.attributes["data-en"] for option in select.all("option"))


def test_the_gallery_says_how_many_cases_there_are_beyond_those_shown() -> None:
    panel = read_page(render_html(sample.report(limit=5))).one("section", id="failures")
    total = len(sample.run().failures)
    assert len(panel.all("article")) == 5
    assert f"5 shown of {total} missed." in panel.said("en")
    assert "balanced over categories" in panel.said("en")


def test_a_redacted_report_holds_no_text_of_items_or_replies() -> None:
    made = sample.run()
    hidden = map(redact, made.failures)
    html = render_html(build_report(made.results, made.manifest, hidden, categories=sample.categories()))
    for case in made.failures:
        for words in (case.prompt, case.text, case.reasoning, case.rationale, *case.options):
            assert not words or words not in html
    page = read_page(html)
    assert "隐去了题目与回复的原文" in page.one("section", id="failures").said("zh")
    assert "left out, " in page.all("article")[0].said("en")


def test_the_reproducibility_block_holds_hashes_versions_and_seed_but_no_place_or_time(html: str) -> None:
    table = read_page(html).one("table", **{"class": "manifest"})
    rows = {row.one("th").text: row.one("td").text for row in table.all("tr") if row.all("td")}
    assert rows["seed"] == "0"
    assert rows["versions.cvalues"] == "0.1.0"
    assert rows["params.temperature"] == "0.0"
    assert rows["suite_hash"] == sample.manifest()["suite_hash"]
    assert rows["template.user"] == sample.manifest()["template"]["user"], "the question as it was put"
    for secret in ("private.example", "2031", "machine-17", "somebody", "base_url"):
        assert secret not in html


def test_the_method_notes_explain_every_rate_and_every_interval_method_used(page: Element) -> None:
    method = page.one("section", id="method")
    assert len(method.one("dl").all("dt")) == RATES
    methods = [line for line in method.all("li")]
    assert methods
    for line in methods:
        assert line.said("zh") != line.one("code").text, "a method without its explanation"
    assert "不等于自己会写出" in method.said("zh")
    assert "recognises the better reply" in method.said("en")


def test_categories_stand_in_the_taxonomys_order_and_unknown_ones_by_their_id() -> None:
    made = sample.run()
    known = [Category(id="responsibility/law", level=2, name_zh="法理学", name_en="Law")]
    report = build_report(made.results, made.manifest, made.failures, categories=known)
    names = [group.name.en for group in report.groups["category"]]
    assert names[0] == "Law"
    assert "safety/insult" in names


def test_the_report_is_the_same_to_the_byte_under_another_hash_seed(html: str, tmp_path: Path) -> None:
    script = Path(sample.__file__)
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, str(script), str(tmp_path)], check=True, env=environment)
        assert (tmp_path / "report.html").read_text(encoding="utf-8") == html


def test_results_read_back_from_json_give_the_same_page(html: str) -> None:
    import msgspec

    made = sample.run()
    document = msgspec.json.decode(msgspec.json.encode({"run": {"x": 1}, **msgspec.to_builtins(made.results)}))
    report = build_report(document, made.manifest, made.failures, categories=sample.categories())
    assert render_html(report) == html


def test_the_policy_lets_in_exactly_the_one_script_and_the_one_style(page: Element) -> None:
    meta = next(m for m in page.all("meta") if m.attributes.get("http-equiv") == "Content-Security-Policy")
    policy = dict(part.strip().split(" ", 1) for part in meta.attributes["content"].split(";"))
    assert policy["default-src"] == "'none'"
    for directive, tag in (("script-src", "script"), ("style-src", "style")):
        digest = hashlib.sha256(page.one(tag).text.encode()).digest()
        assert policy[directive] == f"'sha256-{base64.b64encode(digest).decode()}'"
    head = page.one("head").children
    first = [child for child in head if isinstance(child, Element)][:2]
    assert [next(iter(element.attributes)) for element in first] == ["charset", "http-equiv"]


def test_the_page_reaches_for_nothing_outside_itself(html: str, page: Element) -> None:
    for element in page.walk():
        assert element.tag not in {
            "link",
            "img",
            "iframe",
            "object",
            "embed",
            "base",
            "audio",
            "video",
            "image",
        }
        for name, value in element.attributes.items():
            assert name not in {
                "src",
                "srcset",
                "action",
                "data",
                "poster",
                "xlink:href",
                "style",
                "formaction",
            }
            assert not name.startswith("on"), name
            assert name != "href" or value.startswith("#"), value
    assert not re.findall(r"https?://", html)
    style = page.one("style").text
    assert "url(" not in style and "@import" not in style and "@font-face" not in style


def test_tables_have_headers_with_scope_and_charts_have_title_and_description(page: Element) -> None:
    assert all("scope" in header.attributes for header in page.all("th"))
    charts = page.all("svg", **{"class": "chart"})
    assert len(charts) > 24
    for chart in charts:
        assert chart.attributes["role"] == "img"
        assert chart.one("title").text and chart.one("desc").text
    levels = [int(h.tag[1]) for h in page.walk() if re.fullmatch(r"h\d", h.tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))


def test_every_text_stands_in_both_languages_or_is_the_same_in_both(page: Element) -> None:
    zh, en = page.all("span", **{"class": "zh"}), page.all("span", **{"class": "en"})
    assert len(zh) == len(en) > 300
    han = re.compile(r"[\u4e00-\u9fff]")
    assert all(span.text for span in zh)
    assert all(han.search(span.text) is None for span in en)
