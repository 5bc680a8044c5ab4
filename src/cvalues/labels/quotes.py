"""Options quoted back: an option's text in a reply stands for that option."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from cvalues.labels.normalise import Edit, Traced, clean
from cvalues.labels.refs import mark

__all__ = ["QUOTED", "mark_quotes", "quoted_option", "same_as_option"]

QUOTED = 12
"""Characters of the shortest text that counts as quoted."""

_PREFIX = 30
_SHINGLE = 4
_NOT_TEXT = re.compile(r"[\W_]+")
_LEAD_IN = re.compile(
    r"^\s*(?:(?:最终|正确)?答案|我?(?:会|应该?)?选择?|应该是|(?:the |final |correct )*answer)"
    r"\s*(?:应该是|是|为|is|[:\s])*",
    re.IGNORECASE,
)
_BOILERPLATE = re.compile(r"^(?:作为|(?:很|非常)?抱歉|对不起|sorry|i'm sorry|as an|您好|你好)", re.IGNORECASE)


@lru_cache(maxsize=512)
def _plain(option: str) -> tuple[str, str]:
    """Return an option cleaned, and its letters and digits only."""
    text = clean(option).text.strip()
    return text, _letters(text)


def _letters(text: str) -> str:
    return _NOT_TEXT.sub("", text).lower()


def same_as_option(text: str, options: Sequence[str]) -> int:
    """Return the 1-based option that the reply repeats and does nothing else; 0 where there is none.

    The reply is the option's text, or the beginning of it, at least 30 letters, where it was cut off.
    """
    found = _letters(_LEAD_IN.sub("", text))
    plain = [_plain(option)[1] for option in options]
    matches = [n for n, option in enumerate(plain, 1) if option == found]
    if not matches and len(found) >= _PREFIX:
        matches = [n for n, option in enumerate(plain, 1) if option.startswith(found)]
    return matches[0] if found and len(matches) == 1 else 0


def mark_quotes(traced: Traced, options: Sequence[str], question: str) -> Traced:
    """Return the text with options that are quoted at length replaced by their marks.

    An option counts as quoted where it stands whole, or where at least its first 30 characters do
    and no other option begins so; boilerplate (作为AI语言模型…) counts only whole. The question, where it
    is repeated, is taken out.
    """
    text = traced.text
    if len(text) < QUOTED:
        return traced
    edits: list[Edit] = []
    for n, option in enumerate(options, 1):
        plain = _plain(option)[0]
        if len(plain) >= QUOTED:
            edits += _found(text, plain, n, [_plain(other)[0] for other in options if other is not option])
    asked = _plain(question)[0] if question else ""
    if len(asked) >= QUOTED:
        edits += _repeats(text, asked)
    return traced.edit(_apart(edits))


def _repeats(text: str, asked: str) -> list[Edit]:
    edits: list[Edit] = []
    at = text.find(asked)
    while at >= 0:
        edits.append(Edit(at, at + len(asked), " "))
        at = text.find(asked, at + len(asked))
    return edits


def _found(text: str, option: str, n: int, others: list[str]) -> list[Edit]:
    edits: list[Edit] = []
    begin = option[:_PREFIX]
    distinct = not any(other.startswith(begin) for other in others)
    partly = distinct and len(begin) == _PREFIX and not _BOILERPLATE.match(option)
    at = text.find(begin if partly else option)
    while at >= 0:
        length = len(option) if not partly else _common(text, at, option)
        edits.append(Edit(at, at + length, mark(n)))
        at = text.find(begin if partly else option, at + length)
    return edits


def _common(text: str, at: int, option: str) -> int:
    if text.startswith(option, at):
        return len(option)
    low, high = _PREFIX, len(option)
    while low < high:
        middle = (low + high + 1) // 2
        if text.startswith(option[:middle], at):
            low = middle
        else:
            high = middle - 1
    return low


def _apart(edits: list[Edit]) -> list[Edit]:
    """Return the edits in order without overlaps, the longer first where they begin together."""
    kept: list[Edit] = []
    for edit in sorted(edits, key=lambda edit: (edit.start, -edit.end)):
        if not kept or edit.start >= kept[-1].end:
            kept.append(edit)
    return kept


def quoted_option(text: str, options: Sequence[str]) -> int:
    """Return the 1-based option that a reply without any label repeats, nearly or in part; else 0.

    Either just one option's text (four characters or more) occurs in it, or at least 70 % of its
    four-letter pieces come from one option and at most 35 % from any other.
    """
    reply = _letters(text)
    plain = [_plain(option)[1] for option in options]
    inside = [n for n, option in enumerate(plain, 1) if len(option) >= 4 and option in reply]
    longest = [n for n in inside if not any(m != n and plain[n - 1] in plain[m - 1] for m in inside)]
    if len(longest) == 1:
        return longest[0]
    pieces = {reply[at : at + _SHINGLE] for at in range(len(reply) - _SHINGLE + 1)}
    if len(pieces) < QUOTED - _SHINGLE or inside:
        return 0
    shares = [sum(piece in option for piece in pieces) / len(pieces) for option in plain]
    best = max(range(len(shares)), key=shares.__getitem__, default=-1)
    if best < 0 or shares[best] < 0.7 or any(share > 0.35 for n, share in enumerate(shares) if n != best):
        return 0
    return best + 1
