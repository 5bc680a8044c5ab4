"""Option probabilities from the token lists of a chat reply (`choices[0].logprobs.content`)."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, cast

from cvalues.records import Logprobs

__all__ = ["read_logprobs"]

# What may stand around a label in one token: space (also as SentencePiece and byte-level BPE write it),
# brackets, quotes, Markdown, and the marks after a list letter.
_EDGES = " \t\r\n\u2581\u0120()[]{}【】〔〕《》<>「」『』\"'“”‘’`*_#:.。,、"


def read_logprobs(given: object, labels: Sequence[str]) -> Logprobs | None:
    """Return the log-probability of each label at the token that decides, None when the server gave no list.

    The token that decides is the first generated one that is more than space, brackets, or what all
    labels begin with (the 回复 of 回复1 and 回复2). A label's probability is the sum over the tokens in the
    server's list there which are, folded in width and case and without brackets, the label, what of it
    is still to come, or the part that tells it from the others.
    """
    names = [_fold(label) for label in labels]
    shared = _shared(names)
    consumed, bytes_left = "", b""
    found: Logprobs | None = None
    for token, raw, top in _positions(given):
        forms = [{name, name[len(consumed) :], name[len(shared) :]} - {""} for name in names]
        found = Logprobs(tuple(_log_sum(top, form) for form in forms), top)
        piece = _fold(token)
        if raw is not None:
            bytes_left += raw
            try:
                piece, bytes_left = _fold(bytes_left.decode("utf-8")), b""
            except UnicodeDecodeError:  # a character cut in the middle, as byte-level tokens do
                if shared.encode().startswith(consumed.encode() + bytes_left):
                    continue
                return found
        if not shared.startswith(consumed + piece):
            return found
        consumed += piece
    return found


def _positions(given: object) -> Iterable[tuple[str, bytes | None, dict[str, float]]]:
    """Yield (token, its bytes if given, the server's list) for each generated token that has a list."""
    content = cast("dict[str, Any]", given).get("content") if isinstance(given, dict) else None
    if not isinstance(content, list):
        return
    for position in cast("list[Any]", content):
        if not isinstance(position, dict):
            return
        fields = cast("dict[str, Any]", position)
        token, top = fields.get("token"), _top(fields.get("top_logprobs"))
        if not top or not isinstance(token, str):
            return
        yield token, _bytes(fields.get("bytes")), top


def _bytes(given: object) -> bytes | None:
    if not isinstance(given, list) or not given:
        return None
    try:
        return bytes(cast("list[int]", given))
    except (TypeError, ValueError, OverflowError):
        return None


def _top(listed: object) -> dict[str, float]:
    """Return token to log-probability; a token listed twice keeps the greater one."""
    top: dict[str, float] = {}
    for entry in cast("list[Any]", listed) if isinstance(listed, list) else []:
        if not isinstance(entry, dict):
            continue
        fields = cast("dict[str, Any]", entry)
        token, value = fields.get("token"), fields.get("logprob")
        if not isinstance(token, str) or not isinstance(value, (int, float)) or isinstance(value, bool):
            continue
        try:
            number = float(value)
        except OverflowError:
            continue
        if math.isfinite(number):
            top[token] = max(min(number, 0.0), top.get(token, -math.inf))
    return top


def _log_sum(top: dict[str, float], forms: set[str]) -> float | None:
    """Return the log of the summed probability of the tokens that are one of the forms."""
    values = [value for token, value in top.items() if _fold(token) in forms]
    if not values:
        return None
    peak = max(values)
    return min(0.0, peak + math.log(sum(math.exp(value - peak) for value in values)))


def _fold(text: str) -> str:
    """Return a text as it is compared: width and case folded, space, brackets and marks at its ends gone."""
    return unicodedata.normalize("NFKC", text).strip(_EDGES).upper()


def _shared(names: list[str]) -> str:
    """Return what all names begin with; always less than any of them."""
    if len(names) < 2:
        return ""
    low, high = min(names), max(names)
    n = 0
    while n < min(len(name) for name in names) - 1 and low[n] == high[n]:
        n += 1
    return low[:n]
