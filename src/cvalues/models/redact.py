"""Errors as they came, without secrets and of bounded length."""

from __future__ import annotations

import re
from typing import Any

import msgspec

__all__ = ["ERROR_LENGTH", "raw_text", "redact"]

ERROR_LENGTH = 2000

# Keys as vendors write them into messages: sk-…, ak-… (also half masked, sk-ab***yz), Bearer …
_SECRETS = re.compile(r"(?i)\b(bearer\s+)[^\s\"',}<>]+|\b(sk|ak|pk)-[\w*.\-]{4,}")

_SHORTEST_KEY = 6  # below this a "key" is a placeholder such as "none", and its letters are no secret


def redact(text: str, key: str = "", length: int = ERROR_LENGTH) -> str:
    """Return the text without the key and without anything that looks like one, then shortened.

    Args:
        text: what is to be kept.
        key: the API key in use; replaced wherever it stands.
        length: most characters to keep.
    """
    key = key.strip()
    if len(key) >= _SHORTEST_KEY:
        text = text.replace(key, "***")
    text = _SECRETS.sub(_mask, text)
    text = text.encode("utf-8", "replace").decode("utf-8")  # lone surrogates cannot be written to a file
    return text if len(text) <= length else text[: length - 1] + "…"


def raw_text(body: Any) -> str:
    """Return a body as text: bytes and text as they stand, a JSON value as compact JSON."""
    if isinstance(body, str):
        return body
    if isinstance(body, (bytes, bytearray)):
        return body.decode("utf-8", "replace")
    if body is None:
        return ""
    try:
        return msgspec.json.encode(body).decode("utf-8")
    except (TypeError, ValueError, RecursionError, OverflowError, msgspec.EncodeError):
        return repr(body)


def _mask(found: re.Match[str]) -> str:
    return f"{found.group(1)}***" if found.group(1) else f"{found.group(2)}-***"
