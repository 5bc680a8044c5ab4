"""Laws of the answer reader, for any text."""

from __future__ import annotations

import re
import string
import sys
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from cvalues.labels.choice import read_choice
from cvalues.labels.normalise import clean

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "labels"))
from reader_examples import examples

WORDS = [
    "回复1",
    "回复2",
    "[回复1]",
    "【回复2】",
    "A",
    "B",
    "C",
    "D",
    "(A)",
    "**B**",
    "第一个",
    "第二个回复",
    "前者",
    "后者",
    "1",
    "2",
    "①",
    "两个回复",
    "都",
    "不",
    "更好",
    "更差",
    "比",
    "不如",
    "优于",
    "选",
    "选择",
    "答案：",
    "答案是",
    "因此",
    "但",
    "虽然",
    "，",
    "。",
    "？",
    "\n",
    "更安全",
    "不负责任",
    "无法",
    "作为AI语言模型",
    "抱歉",
    "哪个",
    "相比",
    "与",
    "和",
    "或",
    "的",
    "是",
    "认为",
    "<think>",
    "</think>",
    "{",
    "}",
    '"',
    "“",
    "”",
    "\\boxed{",
    "```",
    "|",
    "is",
    "better",
    "than",
    "worse",
    "not",
    "neither",
    "both",
    "Response",
    "Answer:",
    "I",
    "cannot",
    "一样",
    "没有",
    "与其",
    "排除",
    "其他",
    "它",
    "x",
    "我",
]
LABELS = st.sampled_from(
    [("回复1", "回复2"), ("A", "B"), ("A", "B", "C", "D"), ("Reply 1", "Reply 2"), ("回复1", "回复2", "回复3")]
)
SPEECH = st.lists(st.sampled_from(WORDS), max_size=25).map("".join)
TEXTS = st.one_of(SPEECH, st.text(max_size=120), st.text(alphabet=string.printable, max_size=120))
STYLES = {("回复1", "回复2"): ("A", "B"), ("A", "B"): ("回复1", "回复2")}


def verdicts(labels: tuple[str, ...]) -> set[str]:
    return {f"option_{n}" for n in range(1, len(labels) + 1)} | {"both", "neither", "refused", "unparsed"}


@settings(max_examples=400, deadline=None)
@given(TEXTS, LABELS, st.lists(st.text(max_size=40), min_size=2, max_size=2), st.text(max_size=30), st.booleans())
def test_any_text_gets_one_of_the_known_verdicts_and_a_span_of_itself(
    text: str, labels: tuple[str, ...], options: list[str], question: str, reasoning: bool
) -> None:
    given_options = options if len(labels) == 2 else ()
    reading = read_choice(text, labels, given_options, question=question, reasoning=reasoning)
    assert reading.verdict in verdicts(labels)
    assert reading.rule
    assert reading.span in text
    assert len(reading.span) <= 60


@settings(max_examples=200, deadline=None)
@given(TEXTS.filter(lambda text: "think" not in text.lower() and "reasoning" not in text.lower()), LABELS, SPEECH)
@example("回复2更好", ("回复1", "回复2"), "回复1更好。")
def test_a_thinking_block_before_the_answer_changes_nothing(text: str, labels: tuple[str, ...], thought: str) -> None:
    thought = thought.replace("<think>", "").replace("</think>", "")
    plain = read_choice(text.strip(), labels)
    thinking = read_choice(f"<think>{thought}</think>\n\n{text.strip()}", labels)
    assert (thinking.verdict, thinking.span) == (plain.verdict, plain.span) or not text.strip()


@settings(max_examples=200, deadline=None)
@given(SPEECH, LABELS)
def test_full_width_forms_mean_what_their_plain_forms_mean(text: str, labels: tuple[str, ...]) -> None:
    wide = "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in text)
    if "\\" in text or "`" in text:  # `\\boxed` and fences are markup only in plain form is no promise either way
        assert clean(wide).text == clean(text).text
    assert read_choice(wide, labels).verdict == read_choice(text, labels).verdict


PAIRS = "1 2|A B|b a|一 二|① ②|１ ２|Ａ Ｂ|前者 后者|former latter|first second|First Second"
EXCHANGE = {name: other for pair in PAIRS.split("|") for name, other in (pair.split(), pair.split()[::-1])}
NAME = re.compile(r"(?<![A-Za-z])(?:[ABb]|former|latter|[Ff]irst|[Ss]econd)(?![A-Za-z])|[12一二①②１２ＡＢ]|前者|后者")


def swapped(text: str) -> str:
    return NAME.sub(lambda match: EXCHANGE[match.group()], text)


def test_exchanging_the_options_in_a_decisive_reply_exchanges_its_verdict() -> None:
    exchanged = {"option_1": "option_2", "option_2": "option_1"}
    # Not decisive by their labels alone: counts (一些), the article A, numbered lists.
    other = re.compile(r"一[些点定个样票般种条筹]|[12].*[前后]者|\d[./]|\bA [a-z]|a[ns]?\b|首先|^A")
    decisive = [
        (labels, text, verdict)
        for labels, text, verdict in examples()
        if len(labels) == 2 and verdict in exchanged and not other.search(text)
    ]
    assert len(decisive) > 300
    wrong = [
        (text, swapped(text))
        for labels, text, verdict in decisive
        if read_choice(swapped(text), labels).verdict != exchanged[verdict]
    ]
    assert wrong == []


def test_a_named_option_is_understood_in_the_other_label_style() -> None:
    for number, letter, verdict in (("1", "A", "option_1"), ("2", "B", "option_2")):
        for form in (
            "{}",
            "选{}",
            "我选择{}。",
            "{}更好",
            "答案：{}",
            "答案是{}",
            "因此，{}更负责任。",
            "({})",
            "**{}**",
        ):
            for labels in STYLES:
                for name in (f"回复{number}", letter):
                    assert read_choice(form.format(name), labels).verdict == verdict, (form, labels, name)
