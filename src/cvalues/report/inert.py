"""Turns text that nobody vouches for into HTML that does nothing: escaped, visible, bounded.

Replies are hostile by assumption. Escaping stops markup; characters that reorder, hide or break
text (Unicode Bidirectional Algorithm controls, UAX #9; zero-width and other control characters)
are printed as their code points, so that what is read is what is there. Zero-width joiners stay:
emoji and several scripts are written with them.
"""

from __future__ import annotations

import re

from markupsafe import Markup, escape

__all__ = ["LIMIT", "inert", "plain"]

LIMIT = 20_000

# C0 and C1 controls but tab and line feed; soft hyphen; Arabic letter mark; Mongolian vowel separator;
# zero-width space, bidi marks, embeddings, overrides and isolates; line and paragraph separators; word
# joiner and invisible operators; byte order mark; interlinear annotations; tag characters; surrogates.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e007f\ud800-\udfff]"
)


def inert(text: str, span: str = "", *, limit: int = LIMIT) -> tuple[Markup, int]:
    """Return the text as inert HTML with the deciding span marked, and how many characters were cut.

    The last occurrence of the span is the one marked, as the last decision is the one that counts.
    """
    text = text.replace("\r\n", "\n")
    shown = text[:limit]
    at = shown.rfind(span) if span else -1
    if at < 0:
        return _escape(shown), len(text) - len(shown)
    end = at + len(span)
    marked = Markup("<mark>%s</mark>") % _escape(shown[at:end])
    return _escape(shown[:at]) + marked + _escape(shown[end:]), len(text) - len(shown)


def plain(text: str, limit: int = 300) -> str:
    """Return the text on one line with hidden characters as `[U+XXXX]`, for names, tables and titles."""
    line = " ".join(text[: limit + 1].split())
    if len(line) > limit:
        line = line[: limit - 1] + "…"
    return line if line.isprintable() else _HIDDEN.sub(lambda match: f"[{_code(match)}]", line)


def _escape(text: str) -> Markup:
    safe = escape(text)
    if text.isprintable() or _HIDDEN.search(text) is None:  # printable text, the common case, hides nothing
        return safe
    return Markup(_HIDDEN.sub(lambda match: f'<span class="hidden-char">{_code(match)}</span>', safe))  # noqa: S704 - already escaped


def _code(match: re.Match[str]) -> str:
    return f"U+{ord(match[0]):04X}"
