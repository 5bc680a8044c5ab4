r"""Replies made comparable: width, script, markup, thinking; every position traces back.

A model writes `**答案：Ｂ**`, `\boxed{B}`, `<think>…</think>B` or `回覆1較好` and means the plain
form. `clean` returns the plain form as a `Traced` text, which can say for any range of itself
which range of the original it came from: a label quotes the reply as the model wrote it.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from typing import NamedTuple

__all__ = ["Edit", "Traced", "clean", "fold"]

_TRADITIONAL = (
    "覆复復复個个選选擇择應应該该負负責责後后兩两無无為为與与對对優优於于並并沒没語语絕绝斷断決决論论會会這这認认"
    "適适當当確确結结總总綜综們们來来說说險险壞坏錯错誤误風风問问題题傾倾項项實实際际間间還还從从種种類类據据點点"
    "過过難难評评價价勝胜強强區区別别樣样雖虽儘尽盡尽僅仅條条較较詳详細细養养導导納纳駁驳討讨擔担給给個个"
    "獲获違违規规極极隱隐歸归貼贴請请棄弃贊赞慮虑觀观視视單单簡简潔洁關关緊紧幫帮處处讓让號号歡欢謝谢愛爱"
    "產产傷伤害害話话換换換换議议邊边質质稱称調调釋释顯显則则響响勵励勸劝違违禁禁買买賣卖現现"
)
_SINGLES = {
    "\u3000": " ", "\xa0": " ", "\r": " ", "\t": " ", "【": "[", "】": "]", "〔": "[", "〕": "]", "［": "[", "］": "]",
    "「": "“", "」": "”", "『": "“", "』": "”", "〝": "“", "〞": "”", "’": "'", "‘": "'", "｡": "。", "､": "、",
    "—": "-", "–": "-", "−": "-", "‑": "-", "﹕": ":", "∶": ":", "﹐": ",", "﹔": ";", "…": ",", "›": ">", "≻": ">",
}  # fmt: skip


def _fold_table() -> dict[int, str]:
    table = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    table |= {ord(old): new for old, new in zip(_TRADITIONAL[::2], _TRADITIONAL[1::2], strict=True)}
    table |= {ord(old): new for old, new in _SINGLES.items()}
    # Private-use characters stand for options later on, so a reply must not bring its own.
    table |= dict.fromkeys(range(0xE000, 0xE020), " ")
    return table


_FOLD = _fold_table()
_STYLED = re.compile("[\U0001d400-\U0001d7ff\u24b6-\u24e9]")

_THINK = re.compile(
    r"(?i:<\s*(/?)\s*(?:think|thinking|thoughts?|reasoning)\s*>|◁(/?)think▷|\[(/?)think\]"
    r"|<\|(?:begin|(end))_of_thought\|>)"
)
_MAY_THINK = re.compile(r"(?i:think|thought|reasoning)")
_INVISIBLE = "\u200b-\u200f\u2060-\u2064\ufeff\u00ad\ufe0e\ufe0f\u20e3\u202a-\u202e"
_TRIGGER = re.compile(rf"[→*_~`#>\\$<•·▪●+{_INVISIBLE}-]|\[/?INST")
_MARKUP = re.compile(
    rf"""(?mx)
      (?P<ticked> ^[ ]{{0,8}}(?:[-+*][ ])?\[[xX✓]\] ) | (?P<open> ^[ ]{{0,8}}(?:[-+*][ ])?\[[ ]\] )
    | (?P<gone> [{_INVISIBLE}]+
        | ```[ \t]*[A-Za-z]{{0,12}}[ \t]*$ | `+ | \*+ | _{{2,}} | ~~[^~\n]{{1,40}}~~ | ~~+ | → | \${{1,2}} | \\[()\[\]]
        | ^[ ]{{0,8}}(?:\#{{1,6}}|>{{1,4}}|[-+•·▪●])[ ]{{1,4}} | ^>{{1,4}} | ^\#{{1,6}}
        | \\(?:textbf|text|textrm|textit|mathbf|mathrm|mathit|underline)\s?\{{?
        | </?(?:b|strong|em|i|u|p|span|div|font|mark|code|h[1-6])(?:\s[^<>\n]{{0,60}})?> )
    | (?P<answer> \\(?:boxed|fbox)\s?\{{ | <(?:final_?)?answer> )
    | (?P<line> <\|[^|<>\n]{{1,40}}\|> | </?s> | <(?:eos|pad|unk)> | \[/?INST\] | </(?:final_?)?answer>
        | <br\s?/?> | </?(?:li|ul|ol)> | \\n(?![a-z]) )
    """
)


_INSTEAD = {"gone": "", "answer": "\n答案:", "line": "\n", "ticked": "选择", "open": "不选"}
_SPACED = re.compile(r"[回选答第] [复项案答一二1]")
_SPACE = re.compile(r"(?<=[\u4e00-\u9fff:。]) (?=[\u4e00-\u9fff\d:。])|(?<=\d) (?=[\u4e00-\u9fff。])")


class Edit(NamedTuple):
    """One replacement: the range it takes away and the text it puts there."""

    start: int
    end: int
    text: str


class _Table(NamedTuple):
    new: list[int]
    old: list[int]
    old_end: list[int]
    copied: list[bool]


class Traced:
    """A text made from another by edits, with the way back.

    Attributes:
        text: the text as it is now.
    """

    __slots__ = ("_tables", "text")

    def __init__(self, text: str, tables: tuple[_Table, ...] = ()) -> None:
        self.text = text
        self._tables = tables

    def edit(self, edits: list[Edit]) -> Traced:
        """Return the text with the edits made; they are sorted and do not overlap."""
        if not edits:
            return self
        table = _Table([], [], [], [])
        parts: list[str] = []
        old = new = 0
        for start, end, text in [*edits, Edit(len(self.text), len(self.text), "")]:
            for piece, upto, copied in ((self.text[old:start], start, True), (text, end, False)):
                if piece:
                    table.new.append(new)
                    table.old.append(old)
                    table.old_end.append(upto)
                    table.copied.append(copied)
                    parts.append(piece)
                    new += len(piece)
                old = upto
        return Traced("".join(parts), (*self._tables, table))

    def source(self, start: int, end: int) -> tuple[int, int]:
        """Return the range of the original text that this range came from."""
        for table in reversed(self._tables):
            start, end = _back(table, start, end)
        return start, end


def _back(table: _Table, start: int, end: int) -> tuple[int, int]:
    if not table.new:
        return 0, 0
    first = max(bisect_right(table.new, start) - 1, 0)
    last = max(bisect_right(table.new, max(end - 1, start)) - 1, 0)
    begin, finish = table.old[first], table.old_end[last]
    if table.copied[first]:
        begin += start - table.new[first]
    if table.copied[last]:
        finish = min(table.old[last] + end - table.new[last], finish)
    return begin, max(begin, finish)


def fold(text: str) -> str:
    """Return the text with full width and 繁体 folded, character for character (same length)."""
    folded = text.translate(_FOLD)
    if _STYLED.search(folded):
        folded = _STYLED.sub(_plain_letter, folded)
    return folded


def _plain_letter(match: re.Match[str]) -> str:
    plain = unicodedata.normalize("NFKC", match.group())
    return plain if len(plain) == 1 else " "


def clean(text: str) -> Traced:
    """Return the reply proper in plain form: folded, without thinking, markup and invisible marks.

    A thinking block is dropped whole; where only its closing tag is there, everything before it
    is; where it was never closed, everything after its opening tag is. A LaTeX box and an answer
    tag become a line `答案:`.
    """
    traced = Traced(fold(text))
    if _MAY_THINK.search(traced.text):
        traced = traced.edit(_thinking(traced.text))
    if _TRIGGER.search(traced.text):
        traced = traced.edit([_unmark(match) for match in _MARKUP.finditer(traced.text)])
    if _SPACED.search(traced.text):
        traced = traced.edit([Edit(gap.start(), gap.end(), "") for gap in _SPACE.finditer(traced.text)])
    return traced


def _unmark(match: re.Match[str]) -> Edit:
    return Edit(match.start(), match.end(), _INSTEAD[match.lastgroup or ""])


def _thinking(text: str) -> list[Edit]:
    edits: list[Edit] = []
    opened = -1
    for tag in _THINK.finditer(text):
        closing = any(tag.groups())
        if not closing:
            opened = tag.start() if opened < 0 else opened
        elif opened >= 0:
            edits.append(Edit(opened, tag.end(), "\n"))
            opened = -1
        else:
            edits = [Edit(0, tag.end(), "")]
    if opened >= 0:
        edits.append(Edit(opened, len(text), ""))
    return edits
