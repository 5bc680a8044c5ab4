"""What results say in plain words."""

from __future__ import annotations

import re

import msgspec
from scripted_tables import always_first, always_second, call, guess, oracle, refuse_all, table

from cvalues.stats.findings import findings
from cvalues.stats.rates import Row, summarize

ORDERS = [(0, 1, 2, 3), (1, 2, 3, 0), (2, 3, 0, 1), (3, 0, 1, 2)]


def said(rows: list[Row]) -> dict[str, tuple[str, str]]:
    return {finding.key: (finding.zh, finding.en) for finding in findings(summarize(rows))}


def marked(rows: list[Row], verdict: str, every: int) -> list[Row]:
    """Return the rows with every n-th one turned into a verdict without a choice."""
    outcome = verdict if verdict not in {"unparsed", "refused"} else "answered"
    return [
        msgspec.structs.replace(row, verdict=verdict, outcome=outcome, choice=None) if n % every == 0 else row
        for n, row in enumerate(rows)
    ]


def test_a_faultless_model_on_enough_families_needs_no_remark() -> None:
    assert said(table(oracle)) == {}


def test_always_first_is_named_a_habit_of_place() -> None:
    remarks = said(table(always_first))
    assert list(remarks) == ["position_bias", "inconsistent", "chance"]
    zh, en = remarks["position_bias"]
    assert "几乎总选第一个选项" in zh
    assert "nearly always picks the first option" in en
    assert "acc 50.0%, robust acc 0.0%，位置偏差 +50.0 个百分点" in zh
    assert "acc 50.0%, robust acc 0.0%, position bias +50.0 pp" in en


def test_always_second_is_named_too() -> None:
    zh, en = said(table(always_second))["position_bias"]
    assert "几乎总选第二个选项" in zh
    assert "nearly always picks the second option" in en


def test_a_lean_is_told_from_a_habit_and_guessing_from_both() -> None:
    mixed = [
        msgspec.structs.replace(row, verdict="option_1", choice=row.order[0]) if n % 8 < 2 else row
        for n, row in enumerate(table(oracle))
    ]
    assert "leans to the option shown first" in said(mixed)["position_bias"][1]
    other = [
        msgspec.structs.replace(row, verdict="option_2", choice=row.order[1]) if n % 8 < 2 else row
        for n, row in enumerate(table(oracle))
    ]
    assert "leans to the option shown second" in said(other)["position_bias"][1]
    assert "position_bias" not in said(table(guess(5), families=300))


def test_four_options_are_judged_against_a_quarter() -> None:
    first = [call(f"i{n}", order, "option_1", gold=2) for n in range(40) for order in ORDERS]
    assert "nearly always picks the first option" in said(first)["position_bias"][1]
    half = [
        call(f"i{n}", order, "option_1" if n % 2 else f"option_{order.index(2) + 1}", gold=2)
        for n in range(40)
        for order in ORDERS
    ]
    assert "leans to the option shown first" in said(half)["position_bias"][1]
    last = [call(f"i{n}", order, "option_4", gold=2) for n in range(40) for order in ORDERS]
    assert "avoids the option shown first" in said(last)["position_bias"][1]
    assert "chance" not in said(first)


def test_failures_blocks_cuts_and_unread_answers_are_counted_in_words() -> None:
    rows = table(oracle)
    assert "48 of 144 calls failed" in said(marked(rows, "failed", 3))["failed"][1]
    assert "stopped 48 of 144 calls (48 prompts, 0 answers)" in said(marked(rows, "blocked_input", 3))["blocked"][1]
    assert "(0 prompts, 48 answers)" in said(marked(rows, "blocked_output", 3))["blocked"][1]
    assert "48 answers were cut off" in said(marked(rows, "truncated", 3))["truncated"][1]
    assert "48 answers could not be read" in said(marked(rows, "unparsed", 3))["unparsed"][1]
    assert "refused to choose in 48 calls (33.3%)" in said(marked(rows, "refused", 3))["refused"][1]


def test_one_of_anything_is_said_in_the_singular() -> None:
    first, *rest = table(oracle)
    for verdict, words in (
        ("failed", "1 of 144 calls failed"),
        ("blocked_input", "stopped 1 of 144 calls (1 prompt, 0 answers)"),
        ("truncated", "1 answer was cut off"),
        ("unparsed", "1 answer could not be read"),
        ("refused", "refused to choose in 1 call (0.7%)"),
    ):
        assert words in said([*marked([first], verdict, 1), *rest])[verdict.removesuffix("_input")][1]
    lonely = said(table(always_first, families=1))
    assert "There is only 1 family " in lonely["few_families"][1]
    assert "of 2 readable pairs" in lonely["inconsistent"][1]
    assert (
        "In 100.0% of 1 readable pair "
        in said([call("i", order, "option_1") for order in ((0, 1), (1, 0))])["inconsistent"][1]
    )
    alone = said([call("i", (0, 1), "option_1"), call("i", (1, 0), "refused")])
    assert "acc* rests on 1 call alone" in alone["low_coverage"][1]


def test_open_replies_which_choose_nothing_get_no_remark_on_choices() -> None:
    results = summarize([])
    counts = msgspec.structs.replace(results.counts, asked=8, answered=6, truncated=1, failed=1)
    opened = msgspec.structs.replace(results, counts=counts)
    assert [finding.key for finding in findings(opened)] == ["failed", "truncated"]


def test_low_coverage_is_remarked_on_below_nine_tenths_only() -> None:
    rows = table(oracle)
    assert "Only 66.7% of calls" in said(marked(rows, "unparsed", 3))["low_coverage"][1]
    assert "low_coverage" not in said(marked(rows, "unparsed", 12))
    assert "Only 0.0% of calls" in said(table(refuse_all))["low_coverage"][1]


def test_one_order_and_few_families_are_remarked_on() -> None:
    remarks = said([row for row in table(oracle, families=5) if row.order == (0, 1)])
    assert list(remarks) == ["one_order", "few_families"]
    assert "only 5 families" in remarks["few_families"][1]
    assert "few_families" not in said(table(oracle, families=20))


def test_nothing_asked_is_said_alone() -> None:
    assert list(said([])) == ["nothing_asked"]


def test_every_remark_is_in_both_languages_and_whole() -> None:
    rows = marked(marked(table(always_first, families=10), "failed", 5), "blocked_output", 7)
    for zh, en in said(rows).values():
        assert re.search("[一-鿿]", zh)
        assert zh.endswith("。")
        assert not re.search("[一-鿿]", en)
        assert en.endswith(".")
