"""What stays of a reply when markup, width and thinking are taken away, and where it came from."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvalues.labels.normalise import Edit, Traced, clean, fold


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("答案：Ｂ！", "答案:B!"),
        ("【回覆１】較好，對嗎？", "[回复1]较好,对嗎?"),
        ("𝐁", "B"),
        ("**回复2**", "回复2"),
        ("### 结论\n- 回复2", "结论\n回复2"),
        ("> `B`", "B"),
        ("~~A~~ B", " B"),
        ("1\ufe0f\u20e3", "1"),
        ("回\u200b复1", "回复1"),
        ("回 复 1 。", "回复1。"),
        (r"\boxed{B}", "\n答案:B}"),
        (r"$\text{A}$", "A}"),
        ("<answer>B</answer>", "\n答案:B\n"),
        ("<b>B</b><br/>好", "B\n好"),
        ("```json\n{}\n```", "\n{}\n"),
        ("B<|im_end|>", "B\n"),
        ("- [x] 回复2", "选择 回复2"),
        ("- [ ] 回复1", "不选 回复1"),
        ("<think>选A</think>B", "\nB"),
        ("选A</think>B", "B"),
        ("B<think>选A", "B"),
        ("<THINKING>a<think>b</think>c", "\nc"),
        ("◁think▷A◁/think▷B", "\nB"),
        ("<thought>A</thought>B", "\nB"),
        ("a thoughtful reply", "a thoughtful reply"),
    ],
)
def test_a_reply_is_reduced_to_its_plain_form(text: str, plain: str) -> None:
    assert clean(text).text == plain


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80))
def test_folding_keeps_every_letter_in_its_place(text: str) -> None:
    assert len(fold(text)) == len(text)
    assert fold(fold(text)) == fold(text)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab*_`#>- \n回复１<think/", max_size=60))
def test_every_place_in_the_plain_form_leads_back_to_the_letter_it_came_from(text: str) -> None:
    traced = clean(text)
    for at, letter in enumerate(traced.text):
        start, end = traced.source(at, at + 1)
        assert 0 <= start <= end <= len(text)
        if letter not in "\n选择不答案:":
            assert fold(text[start:end]) == letter


def test_edits_on_edits_lead_back_through_both() -> None:
    traced = Traced("abcdef").edit([Edit(1, 3, "X")]).edit([Edit(0, 2, "yy"), Edit(3, 3, "!")])
    assert traced.text == "yyd!ef"
    assert traced.source(0, 2) == (0, 3)
    assert traced.source(2, 3) == (3, 4)
    assert traced.source(4, 6) == (4, 6)
