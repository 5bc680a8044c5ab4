"""Option references made uniform: `回复1`, `[Reply 1]`, `第一个`, `前者`, `(A)` become one mark each.

The mark of the n-th displayed option is the private character `chr(0xE000 + n)`, which
`clean` keeps out of replies, so that all later rules see one alphabet whatever the label style.
What looks like a label but is not one (the article "A good reply", 维生素A, a numbered list) stays text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from cvalues.labels.normalise import Edit, Traced, fold

__all__ = ["MARKS", "References", "mark", "mark_options", "references"]

MARKS = "\ue001-\ue006"
"""Range of the marks, for use inside a regular expression's brackets."""

_NUMERALS = {
    symbol: rank
    for symbols in ("123456", "一二三四五六", "①②③④⑤⑥", "ⅠⅡⅢⅣⅤⅥ", "ABCDEF", "abcdef", "❶❷❸❹❺❻")
    for rank, symbol in enumerate(symbols, 1)
} | {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6,
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6,
    "1st": 1, "2nd": 2, "3rd": 3, "4th": 4, "5th": 5, "6th": 6, "首": 1, "甲": 1, "乙": 2,
}  # fmt: skip

_NOUN_ZH = "回复|回答|答复|答案|回应|应答|反馈|选项|方案|文本|版本|候选|备选|选择项"
_NOUN_EN = "response|reply|answer|option|choice|candidate|assistant|text"
_OPEN, _CLOSE = r"[\[(\"“'<{]?[ ]?", r"[ ]?[\])\"”'>}]?"
# After these an index is a count or a word, not a label: 回复1个问题, 回答一下, 回答一致.
_NOT_COUNT = r"(?!\d|\.\d|%|[ ]?个(?![性人]))"
_NOT_WORD = r"(?![下个些般样定切直起致次条句种旦味位名者])"
_AFTER_ORDINAL = (
    r"(?=[ ]?(?:[更比是不较要,.。;:!?、和与跟或”\"\])\n显明在的相会则也无很最优胜应都因而更既并且没]|$|回|选))"
)
_VERBS = (
    "is|was|would|will|should|seems|appears|has|does|isn|because|since|over|and|or|but|than|as|provides|gives|offers|shows"
    "|better|wins|encourages|promotes|acknowledges|emphasizes|demonstrates|focuses|addresses|contains|suggests|clearly|looks"
)
_BEFORE_LETTER = re.compile(
    r"(?i:(?:vitamin|plan|hepatitis|class|grade|type|level|section|appendix|figure|table|user|person|student)[ ]|维生素|维他命|计划|小"
    r"|用户|人物|员工|同学|附件|方框|血型)$"
)
_AFTER_LETTER = re.compile(r"[ ]?(?:股|站|超|语言|型血|级|货|轮|片|端|座|区|栋|国|同学|先生|女士|君|罩杯|柱)|[ ]?\+")
_ARTICLE = re.compile(rf"[ ](?!(?:{_VERBS})\b)[a-z]")
_SENTENCE_START = re.compile(r"(?:^|[\n.!?;:。\"“(\[*])[ ]*$")


class References(NamedTuple):
    """How the labels of one prompt are recognised.

    Attributes:
        ranks: for labels that carry numbers or letters, rank to 1-based displayed position.
        letters: whether the labels are letters.
    """

    k: int
    ranks: dict[int, int]
    letters: bool
    literals: dict[str, int]
    named: re.Pattern[str]
    letter: re.Pattern[str]
    bare: re.Pattern[str]
    has_letter: re.Pattern[str]


def mark(position: int) -> str:
    """Return the mark of the option displayed at that 1-based position."""
    return chr(0xE000 + position)


@lru_cache(maxsize=64)
def references(labels: tuple[str, ...]) -> References:
    """Return how these displayed labels, and other names for them, are recognised."""
    k = len(labels)
    folded = [fold(label).strip(" []()") for label in labels]
    found = [_NUMERALS.get(label[-1:], 0) for label in folded]
    ranks = dict(zip(found, range(1, k + 1), strict=True))
    if len(ranks) != k or 0 in ranks:
        ranks = {position: position for position in range(1, k + 1)}
    letters = all(len(label) == 1 and label.isalpha() for label in folded)
    literals = {label: n for n, label in enumerate(folded, 1) if len(label) > 1}
    digits, capitals = "123456"[:k], "ABCDEF"[:k]
    index = (
        rf"[{digits}{'①②③④⑤⑥'[:k]}{'ⅠⅡⅢⅣⅤⅥ'[:k]}]{_NOT_COUNT}|[{'一二三四五六'[:k]}]{_NOT_WORD}"
        rf"|[{capitals}{capitals.lower()[1:]}](?![A-Za-z0-9])|a(?![A-Za-z0-9])(?![ ][a-z])"
    )
    ordinal = f"[{'一二三四五六'[:k]}{digits}]"
    words = "|".join(list(_NUMERALS)[_NUMERALS_WORDS : _NUMERALS_WORDS + k])
    firsts = "first|second|third|fourth|fifth|sixth|1st|2nd|3rd|4th|5th|6th|last"
    literal = "|".join(sorted(map(re.escape, literals), key=len, reverse=True)) or r"(?!)"
    named = re.compile(
        rf"(?P<close>[\[(]?/?(?:回复|回答|选项)[ ]?{ordinal}[ ]?(?:结束|开始)[\])]?)"
        rf"|{_OPEN}(?:"
        rf"(?P<literal>{literal}){_NOT_COUNT}"
        rf"|(?:{_NOUN_ZH})[ ]?(?:[#号]|编号|[-_])?{_OPEN}(?P<noun>{index})"
        rf"|\b(?i:{_NOUN_EN})[ ]?(?:[#_-]|(?i:no\.?|number)[ ])?[ ]?{_OPEN}(?P<english>{index}|(?i:{words})\b)"
        rf"|第(?P<nth>{ordinal})(?:[个条种份项段则号][ ]?(?:{_NOUN_ZH}|说法|观点|做法)|[个条种份项则号]{_AFTER_ORDINAL}|[ ]?(?:{_NOUN_ZH}))"
        rf"|(?P<number>{ordinal})号(?:{_NOUN_ZH})?"
        rf"|(?P<head>首)(?:个|条)(?:{_NOUN_ZH})"
        rf"|最后(?:一)?(?P<tail>个|条)(?:{_NOUN_ZH})"
        rf"|(?P<former>前者|(?<!更)前(?:面)?[一那](?:个|条|种)(?:{_NOUN_ZH})?|(?i:(?:the[ ])?former\b))(?:[ ](?:{_NOUN_EN})\b)?"
        rf"|(?P<latter>后者|(?<!最)后(?:面)?[一那](?:个|条|种)(?:{_NOUN_ZH})?|(?i:(?:the[ ])?latter\b))(?:[ ](?:{_NOUN_EN})\b)?"
        rf"|(?i:(?:the[ ])?\b(?P<th>{firsts})[ ](?:one|statement|{_NOUN_EN})\b)"
        rf"|(?i:\bthe[ ](?P<the>{firsts}))(?=[ ](?:is|was|would|seems|has)\b|[.,;!][ \n]?|[ ]*$)"
        rf"|(?P<pair>(?<=[和与、或/及&])[ ]?(?:[{digits}{capitals}](?![\dA-Za-z.])|[{'一二三四五六'[:k]}]{_NOT_WORD}))"
        rf"){_CLOSE}"
        # A bare index counts right after the words that ask for one, or right before a comparison.
        rf"|(?:选择?|选的是|答案|结论|选项|(?i:\b(?:answer|choice|choose|verdict|preferred|winner|label|result))\b)[\"'”]?[ ]?"
        rf"(?:(?:应该|应|就|更|会)*[是为:=]|(?i:\bis\b|:|=|\bwould be\b))*[ \n]*[\"'“\[({{]*"
        rf"(?P<asked>[{digits}{capitals.lower()}①②③④⑤⑥一二](?![A-Za-z0-9]|[ ]?[.、)][ ]?[^\s\"'}}])(?=[\"'”\])}}]*[ ]*(?:[。,.;!}}\n)]|$|因|更|比)))"
        rf"|(?<![\d.A-Za-z])(?P<compared>[{digits}])(?=[ ]?(?:更[好优佳合适安负符为加]|比[ ]?[{digits}]))"
    )
    letter = re.compile(rf"(?<![A-Za-z0-9_'.-])([\[(\"“'<]?)([{capitals}])(?![A-Za-z0-9_&]|-[A-Za-z]|\.[A-Z])([\])\"”'>]?)")
    bare = re.compile(
        rf"^[ \n\"“'\[({{]*(?:(?:我|会|应该|认为|觉得|答|更好的?|选|是|:)*[ ]?)"
        rf"(?P<bare>[{digits}①②③④⑤⑥{capitals.lower()}{'一二三四五六'[:k]}])[ \"”'\])}}]*(?:[。!,;\n]|\.?[ ]*(?:\n|$))(?![ ]?\d)"
        rf"|(?:更好的?|更安全的?|更负责任的?|更合适的?|(?i:better|best|prefer|choose|pick|go with))[a-z_ ]{{0,30}}[\"'”]?(?:{_NOUN_ZH}|选择|一个|那个)?"
        rf"[ ]?(?:(?:应该|应|就)*[是为:]|(?i:is)\b|:)[ ]*{_OPEN}(?P<better>[{digits}①②③④⑤⑥{capitals.lower()[1:]}])(?![\dA-Za-z]|[个条种点])"
        rf"|(?<![\d.A-Za-z])(?P<than>[{digits}①②③④⑤⑥])(?=[ ]?(?:比|优于|不如|好于|胜过|强于|更|>|(?i:is (?:much |clearly )?(?:better|safer|more|worse|the better))))"
        rf"|(?<=[比于如过>])[ ]?(?P<object>[{digits}①②③④⑤⑥])(?![\d.个条种])"
    )
    return References(k, ranks, letters, literals, named, letter, bare, re.compile(f"[{capitals}]"))


_NUMERALS_WORDS = list(_NUMERALS).index("one")


def mark_options(traced: Traced, labels: Sequence[str]) -> Traced:
    """Return the text with every reference to a displayed option replaced by its mark."""
    refs = references(tuple(labels))
    text = traced.text
    edits = _named(text, refs)
    native = any(edit.text for edit in edits)
    if (refs.letters or not native) and refs.has_letter.search(text):
        edits = _merge(edits, _letters(text, refs))
    if not edits:
        edits = _merge(edits, _bare(text, refs))
    return traced.edit(edits)


def _named(text: str, refs: References) -> list[Edit]:
    edits: list[Edit] = []
    for match in refs.named.finditer(text):
        kind = match.lastgroup or ""
        start, end = match.span()
        if kind == "close":
            edits.append(Edit(start, end, ""))
            continue
        if kind in ("asked", "compared"):
            start, end = match.span(kind)
        if kind == "pair" and not (edits and edits[-1].end == match.start() - 1):
            continue
        start, end = _even_brackets(text, start, end)
        position = _position(kind, match.group(kind), refs, [edit.text for edit in edits[-6:]])
        if position:
            edits.append(Edit(start, end, mark(position)))
    return edits


def _even_brackets(text: str, start: int, end: int) -> tuple[int, int]:
    """Give back a bracket or quote taken on one side only."""
    opened, closed = text[start] in "[(\"“'<{", text[end - 1] in "])\"”'>}"
    if opened and not closed:
        return start + 1, end
    if closed and not opened and not any(bracket in text[start : end - 1] for bracket in "[(“\"'<{"):
        return start, end - 1
    return start, end


def _position(kind: str, found: str, refs: References, before: list[str]) -> int:
    if kind == "literal":
        return refs.literals[found]
    if kind in ("former", "latter"):
        return _of_two(kind, refs.k, before)
    if kind in ("tail",) or found.lower() == "last":
        return refs.k
    symbol = found.strip()
    rank = _NUMERALS.get(symbol) or _NUMERALS.get(symbol.lower(), 0)
    if kind in ("nth", "head", "th", "the"):
        return rank if rank <= refs.k else 0
    return refs.ranks.get(rank, 0)


def _of_two(kind: str, k: int, before: list[str]) -> int:
    """Return the position that 前者 or 后者 means: the two options named last, in the order named."""
    latest: list[str] = []
    for text in reversed(before):
        if text and text not in latest:
            latest.append(text)
        if len(latest) == 2:
            return ord(latest[1 if kind == "former" else 0]) - 0xE000
    if k != 2:
        return 0
    return 1 if kind == "former" else 2


def _letters(text: str, refs: References) -> list[Edit]:
    edits: list[Edit] = []
    for match in refs.letter.finditer(text):
        opened, symbol, closed = match.groups()
        start, end = match.span(2)
        if bool(opened) == bool(closed):
            start, end = match.span()
        elif _AFTER_LETTER.match(text, match.end(2)):
            continue
        if not opened and (_AFTER_LETTER.match(text, end) or _BEFORE_LETTER.search(text[max(0, start - 12) : start])):
            continue
        if symbol == "A" and not opened and _ARTICLE.match(text, end) and _SENTENCE_START.search(text[max(0, start - 4) : start]):
            continue
        edits.append(Edit(start, end, mark(refs.ranks[_NUMERALS[symbol]])))
    return edits


def _bare(text: str, refs: References) -> list[Edit]:
    edits: list[Edit] = []
    for match in refs.bare.finditer(text):
        kind = match.lastgroup or ""
        position = refs.ranks.get(_NUMERALS[match.group(kind)], 0)
        if position:
            edits.append(Edit(*match.span(kind), mark(position)))
    return edits


def _merge(first: list[Edit], second: list[Edit]) -> list[Edit]:
    """Return both lists in order, without those of the second that overlap one of the first."""
    taken = {at for edit in first for at in range(edit.start, edit.end)}
    return sorted([*first, *(edit for edit in second if edit.start not in taken and edit.end - 1 not in taken)])
