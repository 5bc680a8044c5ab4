"""Option references made uniform: `回复1`, `[Reply 1]`, `第一个`, `前者`, `(A)` become one mark each.

The mark of the n-th displayed option is the private character `chr(0xE000 + n)`, which
`clean` keeps out of replies, so that all later rules see one alphabet whatever the label style.
What looks like a label but is not one (the article "A good reply", 维生素A, a numbered list) stays text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from cvalues.labels.names import RANKS, Names, names
from cvalues.labels.normalise import Edit, Traced

__all__ = ["CLOSED", "MARKS", "mark", "mark_options"]

CLOSED = "\ue008"
"""Stands for [回复1结束], which in some prompts closes the text of an option."""
MARKS = "\ue001-\ue006"
"""Range of the marks, for use inside a regular expression's brackets."""

# After these words a capital A at the start of a sentence is the option, not the article.
_VERBS = (
    "is|was|would|will|should|seems|appears|looks|has|does|isn|because|since|over|and|or|but|than|as|better|wins|clearly"
    "|provides|gives|offers|shows|encourages|promotes|acknowledges|emphasizes|demonstrates|focuses|addresses|contains"
    "|suggests"
)
_BEFORE_LETTER = re.compile(
    r"(?i:(?:vitamin|plan|hepatitis|class|grade|type|level|section|appendix|figure|table|user|person|student)[ ]"
    r"|维生素|维他命|计划|小|用户|人物|员工|同学|附件|方框|血型)$"
)
_AFTER_LETTER = re.compile(r"[ ]?(?:股|站|超|语言|型血|级|货|轮|片|端|座|区|栋|国|同学|先生|女士|君|罩杯|柱)|[ ]?\+")
_ARTICLE = re.compile(rf"[ ](?!(?:{_VERBS})\b)[a-z]")
_SENTENCE_START = re.compile(r"(?:^|[\n.!?;:。\"“(\[*])[ ]*$")


def mark(position: int) -> str:
    """Return the mark of the option displayed at that 1-based position."""
    return chr(0xE000 + position)


def mark_options(traced: Traced, labels: Sequence[str]) -> Traced:
    """Return the text with every reference to a displayed option replaced by its mark."""
    known = names(tuple(labels))
    text = traced.text
    edits = _named(text, known)
    native = any(edit.text != CLOSED for edit in edits)
    if (known.letters or not native) and known.capital.search(text):
        edits = _merge(edits, _letters(text, known))
    if not native or all(edit.end - edit.start == 1 for edit in edits):
        edits = _merge(edits, _bare(text, known))
    return traced.edit(edits)


def _named(text: str, known: Names) -> list[Edit]:
    edits: list[Edit] = []
    called: list[str] = []  # by their names, which 前者 and 后者 look back to
    for match in known.named.finditer(text):
        kind = match.lastgroup or ""
        start, end = match.span()
        if kind == "close":
            edits.append(Edit(start, end, CLOSED))
            continue
        if kind in ("asked", "compared"):
            start, end = match.span(kind)
        if kind == "pair" and not (edits and edits[-1].end == match.start() - 1):
            continue
        start, end = _even_brackets(text, start, end)
        position = _position(kind, match.group(kind), known, called)
        if position:
            edits.append(Edit(start, end, mark(position)))
            if kind not in ("former", "latter"):
                called.append(mark(position))
    return edits


def _even_brackets(text: str, start: int, end: int) -> tuple[int, int]:
    """Give back a bracket or quote taken on one side only."""
    opened, closed = text[start] in "[(\"“'<{《", text[end - 1] in "])\"”'>}》"
    if opened and not closed:
        return start + 1, end
    if closed and not opened and not any(bracket in text[start : end - 1] for bracket in "[(“\"'<{《"):
        return start, end - 1
    return start, end


def _position(kind: str, found: str, known: Names, before: list[str]) -> int:
    if kind == "literal":
        return known.literals[found]
    if kind in ("former", "latter"):
        return _of_two(kind, known.k, before)
    if kind in ("tail",) or found.lower() == "last":
        return known.k
    symbol = found.strip()
    rank = RANKS.get(symbol) or RANKS.get(symbol.lower(), 0)
    if kind in ("nth", "head", "th", "the"):
        return rank if rank <= known.k else 0
    return known.places.get(rank, 0)


def _of_two(kind: str, k: int, before: list[str]) -> int:
    """Return the position that 前者 or 后者 means: the two options named last, in the order named."""
    latest: list[str] = []
    for text in reversed(before[-6:]):
        if text not in latest:
            latest.append(text)
        if len(latest) == 2:
            return ord(latest[1 if kind == "former" else 0]) - 0xE000
    if k != 2:
        return 0
    return 1 if kind == "former" else 2


def _letters(text: str, known: Names) -> list[Edit]:
    edits: list[Edit] = []
    for match in known.letter.finditer(text):
        opened, symbol, closed = match.groups()
        start, end = match.span(2)
        if bool(opened) == bool(closed):
            start, end = match.span()
        elif _AFTER_LETTER.match(text, match.end(2)):
            continue
        if not opened and (_AFTER_LETTER.match(text, end) or _BEFORE_LETTER.search(text[max(0, start - 12) : start])):
            continue
        if (
            symbol == "A"
            and not opened
            and _ARTICLE.match(text, end)
            and _SENTENCE_START.search(text[max(0, start - 4) : start])
        ):
            continue
        edits.append(Edit(start, end, mark(known.places[RANKS[symbol]])))
    return edits


def _bare(text: str, known: Names) -> list[Edit]:
    edits: list[Edit] = []
    for match in known.bare.finditer(text):
        kind = match.lastgroup or ""
        position = known.places.get(RANKS[match.group(kind)], 0)
        if position:
            edits.append(Edit(*match.span(kind), mark(position)))
    return edits


def _merge(first: list[Edit], second: list[Edit]) -> list[Edit]:
    """Return both lists in order, without those of the second that overlap one of the first."""
    taken = {at for edit in first for at in range(edit.start, edit.end)}
    return sorted([*first, *(edit for edit in second if edit.start not in taken and edit.end - 1 not in taken)])
