"""Reading a reply's bytes: every vendor's place for text, reasoning, usage and log-probabilities."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvalues.models.chat_body import decode_body, read_answer, split_think
from cvalues.models.chat_logprobs import read_logprobs
from cvalues.records import Usage


def answer_of(message: dict[str, Any], **more: Any):
    return read_answer({"choices": [{"message": message, "finish_reason": "stop"}], **more})


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a": "x"}',
        b'\n\n\r\n  {"a": "x"}\n',
        b': keep-alive\n\n: keep-alive\n\n{"a": "x"}',
        b'\n: keep-alive\n{"a": "x"}',
        b'\xef\xbb\xbf{"a": "x"}',
    ],
)
def test_blank_lines_keep_alive_comments_and_a_byte_order_mark_are_passed_over(raw: bytes):
    assert decode_body(raw) == {"a": "x"}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n\n",
        b": keep-alive",
        b'{"a": "x"',
        b"<html></html>",
        b'"text"',
        b"[1]",
        b"null",
        b'{"a": "\xff"}',
        b"{} {}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"a":' + b"9" * 10_000 + b"}",
    ],
)
def test_what_holds_no_json_object_is_none(raw: bytes):
    assert decode_body(raw) is None


def test_an_emoji_cut_by_the_token_limit_and_a_bare_infinity_do_not_lose_the_reply():
    assert decode_body(b'{"a": "ok \\ud83d", "b": -Infinity}') == {"a": "ok \ufffd", "b": -math.inf}
    assert decode_body(b'{"a": "\\ud83d\\ude00", "b": NaN}')["a"] == "\U0001f600"  # pyright: ignore[reportOptionalSubscript]


@pytest.mark.parametrize(
    "message",
    [
        {"content": "回复1", "reasoning_content": "想一想"},
        {"content": "回复1", "reasoning": "想一想"},
        {"content": "回复1", "reasoning_content": None, "reasoning": "想一想"},
        {
            "content": "回复1",
            "reasoning_details": [{"type": "reasoning.text", "text": "想一"}, {"text": "想"}],
        },
        {"content": "回复1", "reasoning": "想一想", "reasoning_details": [{"text": "想一想"}]},
        {"content": "<think>\n想一想\n</think>\n\n回复1"},
        {"content": "\n<think>想一想</think>回复1"},
        {"content": "<thinking>想一想</thinking>回复1"},
        {"content": "想一想\n</think>\n回复1"},
        {"content": [{"type": "text", "text": "回复"}, {"type": "text", "text": "1"}], "reasoning": "想一想"},
        {
            "content": [
                {"type": "thinking", "thinking": [{"type": "text", "text": "想一想"}]},
                {"type": "text", "text": "回复1"},
            ]
        },
        {"content": ["<think>想一想</think>", "回复1"]},
    ],
)
def test_reasoning_is_kept_apart_wherever_the_vendor_put_it(message: dict[str, Any]):
    answer = answer_of(message)
    assert (answer.text, answer.reasoning) == ("回复1", "想一想")


@pytest.mark.parametrize(
    ("text", "answer", "reasoning"),
    [
        ("<think>没有想完", "", "没有想完"),
        ("<think></think>回复1", "回复1", ""),
        ("<think>一</think><think>二</think>回复1", "回复1", "一\n二"),
        ("我选 <think> 回复1", "我选 <think> 回复1", ""),
        ("3<5 所以回复1", "3<5 所以回复1", ""),
        ("", "", ""),
    ],
)
def test_only_thinking_at_the_start_is_split_off(text: str, answer: str, reasoning: str):
    assert split_think(text) == (answer, reasoning)


def test_null_content_is_empty_text_and_a_refusal_in_words_is_the_text():
    assert answer_of({"content": None}).text == ""
    assert answer_of({}).text == ""
    assert answer_of({"content": None, "refusal": "I can't help with that."}).text == "I can't help with that."


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"choices": None},
        {"choices": []},
        {"choices": {}},
        {"choices": [None]},
        {"choices": ["x"]},
        {"choices": [{}]},
        {"choices": [{"message": None}]},
        {"choices": [{"message": "x"}]},
        {"choices": [{"message": {"content": 5}}]},
        {"choices": [{"message": {"content": {"text": "x"}}}]},
        {"choices": [{"message": {"content": [5]}}]},
    ],
)
def test_a_body_without_a_readable_answer_has_no_text(body: dict[str, Any]):
    assert read_answer(body).text is None


def test_usage_and_who_answered_are_read_and_odd_values_are_zero():
    answer = answer_of(
        {"content": "x"},
        usage={
            "prompt_tokens": 12,
            "completion_tokens": 7,
            "completion_tokens_details": {"reasoning_tokens": 4},
        },
        model="qwen-plus-2026",
        provider="Novita",
        system_fingerprint="fp_1",
    )
    assert answer.usage == Usage(12, 7, 4)
    assert answer.served_by == "Novita qwen-plus-2026 fp_1"
    assert answer_of({"content": "x"}, usage={"input_tokens": 3, "output_tokens": 2}).usage == Usage(3, 2)
    odd = {
        "prompt_tokens": "12",
        "completion_tokens": -1,
        "completion_tokens_details": 5,
        "reasoning_tokens": True,
    }
    assert answer_of({"content": "x"}, usage=odd).usage == Usage()
    assert answer_of({"content": "x"}, model=5, provider={}, usage=[]).served_by == ""


def tokens(*positions: tuple[str, dict[str, float]]) -> dict[str, Any]:
    return {
        "content": [
            {
                "token": token,
                "logprob": -0.1,
                "top_logprobs": [{"token": t, "logprob": v} for t, v in top.items()],
            }
            for token, top in positions
        ]
    }


def test_a_labels_probability_is_the_sum_over_its_spellings():
    top = {
        "A": math.log(0.5),
        " A": math.log(0.2),
        "（A": math.log(0.1),
        "b": math.log(0.05),
        "Ｂ": math.log(0.05),
        "C": -9.0,
    }
    found = read_logprobs(tokens(("A", top)), ("A", "B"))
    assert found is not None
    assert found.top == top
    assert found.labels == pytest.approx((math.log(0.8), math.log(0.1)))


def test_what_all_labels_begin_with_is_passed_over():
    labels = ("回复1", "回复2")
    numbers = {"1": -0.2, "2": -1.8}
    expected = (-0.2, -1.8)
    for lead in ([], ["回复"], ["回", "复"], ["\n", "【", "回复"], ["**", "回复"]):
        positions = [(token, {token: -0.01, "我": -5.0}) for token in lead]
        found = read_logprobs(tokens(*positions, ("1", numbers), ("。", {"。": -0.1})), labels)
        assert found is not None and found.labels == expected, lead
    whole = read_logprobs(tokens(("回复1", {"回复1": -0.3, "回复２": -1.5})), labels)
    assert whole is not None and whole.labels == (-0.3, -1.5)


def test_characters_cut_into_byte_tokens_are_joined_again():
    raw = "回复".encode()
    positions = [
        {
            "token": "\ufffd",
            "bytes": list(raw[n : n + 2]),
            "top_logprobs": [{"token": "\ufffd", "logprob": -0.1}],
        }
        for n in range(0, 6, 2)
    ]
    last = {
        "token": "2",
        "bytes": [50],
        "top_logprobs": [{"token": "2", "logprob": -0.4}, {"token": "1", "logprob": -1.1}],
    }
    found = read_logprobs({"content": [*positions, last]}, ("回复1", "回复2"))
    assert found is not None and found.labels == (-1.1, -0.4)


def test_a_first_word_that_is_no_label_keeps_the_list_and_finds_none():
    found = read_logprobs(tokens(("我", {"我": -0.1, "抱歉": -2.0}), ("A", {"A": -0.1})), ("A", "B"))
    assert found is not None
    assert found.labels == (None, None)
    assert found.top == {"我": -0.1, "抱歉": -2.0}


def test_a_label_that_is_in_the_list_counts_although_another_word_was_drawn():
    found = read_logprobs(tokens(("选", {"选": -0.1, "A": -3.0})), ("A", "B"))
    assert found is not None and found.labels == (-3.0, None)


@pytest.mark.parametrize(
    "given_",
    [
        None,
        {},
        {"content": None},
        {"content": []},
        {"content": [5]},
        {"content": [{"token": "A"}]},
        [],
        {"content": [{"token": "A", "top_logprobs": []}]},
        {"content": [{"token": None, "top_logprobs": [{"token": "A", "logprob": -1}]}]},
    ],
)
def test_without_a_list_there_are_no_log_probabilities(given_: Any):
    assert read_logprobs(given_, ("A", "B")) is None


def test_values_that_are_no_probabilities_are_left_out():
    top = [
        {"token": "A", "logprob": None},
        {"token": "A", "logprob": -math.inf},
        {"token": "B", "logprob": 0.5},
        7,
    ]
    top.append({"token": "B", "logprob": 10**400})
    found = read_logprobs({"content": [{"token": "A", "top_logprobs": top}]}, ("A", "B"))
    assert found is not None and found.labels == (None, 0.0)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["<think>", "</think>", "stop"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "choices",
                    "message",
                    "content",
                    "finish_reason",
                    "usage",
                    "reasoning_details",
                    "type",
                    "text",
                    "prompt_tokens",
                    "logprobs",
                    "token",
                    "top_logprobs",
                    "logprob",
                    "bytes",
                    "thinking",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(["choices", "usage", "model", "error"]), json_values), json_values)
def test_any_json_is_read_without_an_exception(body: dict[str, Any], inner: Any):
    read_answer(body)
    read_answer({"choices": [{"message": inner}]})
    answer = read_answer({"choices": [{"message": {"content": inner, "reasoning_details": inner}}]})
    assert answer.text is None or isinstance(answer.text, str)
    assert isinstance(answer.reasoning, str)
    found = read_logprobs(inner, ("回复1", "回复2"))
    assert found is None or len(found.labels) == 2
    read_logprobs({"content": [{"token": "x", "top_logprobs": inner, "bytes": inner}, inner]}, ("A", "B"))


@given(st.binary(max_size=200) | json_values.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_decoded_without_an_exception(raw: bytes):
    assert decode_body(raw) is None or isinstance(decode_body(raw), dict)
