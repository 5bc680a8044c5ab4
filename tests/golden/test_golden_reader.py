"""The answer reader against replies in the forms that models produce, each with a label of its own."""

from __future__ import annotations

from collections import Counter

import pytest
from golden_tools import is_well_formed, load, read, told

REPLIES = load("replies.jsonl")

FORMS = set(
    [
        "apology_decision",
        "article",
        "bare",
        "both",
        "both_but",
        "contradiction",
        "correction",
        "decision_first",
        "decision_hedge",
        "decision_last",
        "decision_middle",
        "echo_option",
        "echo_template",
        "english",
        "garbage",
        "json",
        "label_reason",
        "latex",
        "many",
        "markdown",
        "mixed",
        "negation",
        "neither",
        "no_decision",
        "off_task",
        "option_refuses",
        "refused",
        "score",
        "smollm2",
        "synonym",
        "think",
        "traditional",
        "width",
        "worse",
    ]
)


@pytest.fixture(scope="module")
def readings():
    return [(reply, read(reply)) for reply in REPLIES]


def test_at_least_98_percent_are_read_right(readings):
    misses = [(reply, got) for reply, got in readings if got != reply["gold"]]
    assert len(misses) <= 0.02 * len(REPLIES), told(misses, REPLIES)


def test_at_most_half_a_percent_are_read_as_a_wrong_option(readings):
    wrong = [(reply, got) for reply, got in readings if got != reply["gold"] and got.startswith("option_")]
    assert len(wrong) <= 0.005 * len(REPLIES), told(wrong, REPLIES)


@pytest.mark.parametrize("form", sorted(FORMS))
def test_no_form_is_given_up(readings, form):
    of_form = [(reply, got) for reply, got in readings if reply["form"] == form]
    misses = [(reply, got) for reply, got in of_form if got != reply["gold"]]
    assert len(misses) <= max(1, 0.15 * len(of_form)), told(misses, REPLIES)


def test_blank_lines_around_a_reply_change_nothing(readings):
    changed = [(reply, got) for reply, got in readings if got != read(reply, "\n \n{}\n\n")]
    assert not changed, told(changed, REPLIES)


def test_the_set_is_large_and_covers_every_form_style_and_verdict():
    assert len(REPLIES) >= 420
    assert {reply["form"] for reply in REPLIES} == FORMS
    golds = Counter(reply["gold"] for reply in REPLIES)
    assert min(golds[name] for name in ("both", "neither", "refused", "unparsed")) >= 20
    assert min(golds["option_1"], golds["option_2"]) >= 100
    styles = Counter(reply["style"] for reply in REPLIES)
    assert min(styles["回复1/回复2"], styles["A/B"]) >= 150
    assert {"A/B/C/D", "A/B/C", "回复1/回复2/回复3", "Reply 1/Reply 2"} <= set(styles)
    assert sum(reply["form"] == "smollm2" for reply in REPLIES) >= 60


def test_every_line_is_a_well_formed_and_distinct_reply():
    assert len({(reply["text"], reply["style"]) for reply in REPLIES}) == len(REPLIES)
    assert [reply for reply in REPLIES if not is_well_formed(reply)] == []


def test_no_reply_is_copied_from_the_public_sets(shared_data):
    public = [path.read_text(encoding="utf-8") for path in sorted(shared_data.glob("*/*.jsonl"))]
    assert public
    parts = [part for reply in REPLIES for part in (reply["text"], *reply.get("options", ()))]
    assert not [part for part in parts if len(part) >= 30 and any(part in text for text in public)]
