"""The words that decide, each with its symbol; all other text is a gap.

A sentence becomes a short string of symbols, over which `grammar` states its rules:

    1…6 an option     B both, all options  U some of them     O the other one    P it, K they
    d   more, most    p rather, fairly     e less             n not              D 都, 均
    g   good          v good, with object  h good in detail   x bad              u neither
    G   better        X worse              b than 比          c compared with    y rather than 与其
    L   inferior to   S superior to        M the same         Z none of them     r regards what was asked
    s   choose        R rule out           a "answer"         = is, : colon      q says, suggests
    w   and           o or                 N reply, one       t 的               Q which
    V   although      k but                f in conclusion    z correction       i if, j because
    ,   clause end    - a short gap        _ a long gap

The words are in words.toml; what needs a look around (安全 as a judgement, not as a topic) in phrases.toml.
"""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from importlib import resources
from typing import Any, NamedTuple

from cvalues.labels.refs import MARKS

__all__ = ["Lexed", "lex"]

_LONG_GAP = 6
_PUNCTUATION = {
    ":": ":", "=": "=", "/": "o", "&": "w", "<": "L", ">": "S", "、": "w",
    **dict.fromkeys(",()|", ","),
    **dict.fromkeys("\"“”'[]{}《》~-_ \n", ""),
    **{chr(0xE000 + n): str(n) for n in range(1, 7)},
}  # fmt: skip
_NUMERALS = {2: "[两二俩2]", 3: "[三3]", 4: "[四4]", 5: "[五5]", 6: "[六6]"}


class Lexed(NamedTuple):
    """A sentence in symbols; `starts` and `ends` give the place of each in the text."""

    text: str
    symbols: str
    starts: list[int]
    ends: list[int]


_Phrases = dict[str, list[tuple[re.Pattern[str], str]]]


class _Lexer(NamedTuple):
    pattern: re.Pattern[str]
    words: dict[str, str]
    phrases: _Phrases


def _load(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files("cvalues.labels").joinpath(name).read_text(encoding="utf-8"))


@lru_cache(maxsize=8)
def _lexer(k: int) -> _Lexer:
    """Build the one pattern that finds every word, branching on the first letter for speed."""
    listed = _load("words.toml")
    words: dict[str, str] = dict(_PUNCTUATION)
    for symbol, text in [*listed["zh"].items(), *listed["en"].items()]:
        for word in text.split():
            words.setdefault(word, "U" if k > 2 and symbol == "B" else symbol)
    phrases = _phrases(k)
    tails: dict[str, list[str]] = {head: [""] for head in phrases if not head.isascii()}
    for word in words:
        if word[0] > "\x7f":
            tails.setdefault(word[0], []).append(word[1:])
    branches = [
        f"{head}(?:{'|'.join(sorted(rest, key=len, reverse=True))})" if rest != [""] else head
        for head, rest in tails.items()
    ]
    punctuation = re.escape("".join(mark for mark in _PUNCTUATION if mark < "\x7f"))
    return _Lexer(re.compile(rf"{'|'.join(branches)}|[a-z]+(?:'[a-z]+)?|[{punctuation}]"), words, phrases)


def _phrases(k: int) -> _Phrases:
    """Return the phrases by the letter or English word that they begin with."""
    listed = _load("phrases.toml")
    parts: dict[str, str] = {**listed["parts"], "MARKS": MARKS, "ALL": _NUMERALS.get(k, "两")}
    phrases: _Phrases = {}
    for language, ending in (("zh", ""), ("en", "(?![a-z'])")):
        for symbol, heads, pattern in listed["phrases"][language]:
            for name, part in parts.items():
                pattern = pattern.replace(f"{{{name}}}", part)
            compiled = re.compile(f"(?:{pattern}){ending}")
            for head in heads.split() if language == "en" else heads:
                phrases.setdefault(head, []).append((compiled, symbol))
    return phrases


def lex(text: str, k: int) -> Lexed:
    """Return a sentence (marks for options, lower case) as symbols.

    Args:
        text: the sentence.
        k: how many options there are; 两个 means all of them only where there are two.
    """
    pattern, words, phrases = _lexer(k)
    out: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at = 0  # where the next search begins
    gap_from, gap = -1, 0  # where the running gap began and how much it holds
    while (match := pattern.search(text, at)) is not None:
        start, end = match.span()
        word = match.group()
        symbol = words.get(word, "gap")
        for phrase, meaning in phrases.get(word if word.isascii() else word[0], ()):
            found = phrase.match(text, start)
            if found is not None:
                symbol, end = meaning, found.end()
                break
        skipped = start - at + (symbol == "gap")
        if skipped:
            gap_from = at if gap_from < 0 else gap_from
            gap += skipped
        if symbol and symbol != "gap":
            if gap:
                out.append("-" if gap <= _LONG_GAP else "_")
                starts.append(gap_from)
                ends.append(start)
                gap_from, gap = -1, 0
            for letter in symbol:
                out.append(letter)
                starts.append(start)
                ends.append(end)
        at = end
    gap += len(text) - at
    if gap:
        out.append("-" if gap <= _LONG_GAP else "_")
        starts.append(gap_from if gap_from >= 0 else at)
        ends.append(len(text))
    return Lexed(text, "".join(out), starts, ends)
