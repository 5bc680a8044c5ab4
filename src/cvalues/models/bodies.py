"""What a body says about trouble, in any of the vendors' envelopes; words are read here, not judged."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, cast

import msgspec

from cvalues.models.provider_rules import FlagRule, Provider, RowFault, regex
from cvalues.models.redact import raw_text
from cvalues.models.waits import value_at

__all__ = ["BodyFacts", "answer_text", "body_facts", "decoded", "named_side", "read_body"]

# A body of HTTP 200 without any of these keys, and of a vendor without flags, cannot be an error.
_SIGNS = frozenset({"error", "base_resp", "code", "Response", "error_code", "header"})

_CODE_KEYS = ("code", "Code", "status_code", "error_code", "upstream_code", "type", "http_code")
_META_KEYS = ("error_type", "provider_error_code", "limit_source")
_LONGEST_MESSAGE = 8000  # what patterns are tried on; servers repeat whole prompts in their errors

_MESSAGE_KEYS = ("message", "Message", "status_msg", "error_msg", "msg", "detail", "reason")


_STATUS = re.compile(r"[45][0-9]{2}")


class BodyFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What an error body says, whatever its envelope.

    Attributes:
        codes: codes and types in it, the vendor's own before the general ones.
        status: HTTP status that the body names, 0 without one.
        side: which side a filter list names.
        has_text: the body carries answer text.
        flagged: fault of the vendor's flag that is set.
    """

    codes: tuple[str, ...] = ()
    message: str = ""
    status: int = 0
    side: str = ""
    has_text: bool = False
    flagged: RowFault | None = None


def read_body(provider: Provider, body: Any) -> BodyFacts | None:
    """Return what the error in a body of HTTP 200 says, None when the body is an ordinary answer.

    An `error` in the body or its first choice, a non-zero `base_resp.status_code` or `code`,
    a vendor's flag, and a body without a choice that holds a message are errors.
    """
    if isinstance(body, dict):
        table = cast("dict[str, Any]", body)
        choice = _choice(table)
        if choice is not None and not choice.get("error") and not provider.flags and table.keys().isdisjoint(_SIGNS):
            return None
        if (
            choice is not None
            and not choice.get("error")
            and not _error_tables(provider, table)
            and not any(_flag_holds(flag, table) for flag in provider.flags)
        ):
            return None
    return body_facts(provider, body)


def body_facts(provider: Provider, body: Any) -> BodyFacts:
    """Return what a body says, taken to be an error: codes, words, side, flags."""
    if isinstance(body, list) and body:
        body = cast("list[Any]", body)[0]  # gateways of Google's kind wrap the error in a list
    if not isinstance(body, dict):
        return BodyFacts(message=raw_text(body)[:_LONGEST_MESSAGE])
    table = cast("dict[str, Any]", body)
    codes: list[str] = []
    words: list[str] = []
    for part in _error_tables(provider, table) or [table]:
        codes.extend(_codes(part))
        words.extend(_messages(part))
    message = "\n".join(words)[:_LONGEST_MESSAGE]
    if provider.code_text:
        codes[:0] = [found.group(1) for found in regex(provider.code_text).finditer(message)]
    return BodyFacts(
        codes=tuple(dict.fromkeys(codes)),
        message=message,
        status=next((int(code) for code in codes if _STATUS.fullmatch(code)), 0),
        side=named_side(table),
        has_text=bool(answer_text(table).strip()),
        flagged=next((flag.fault for flag in provider.flags if _flag_holds(flag, table)), None),
    )


def _error_tables(provider: Provider, body: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the parts of a body that say it is an error, in any of the vendors' envelopes."""
    choice = _choice(body) or {}
    response = _as_table(body.get("Response"))
    found = [body.get("error"), choice.get("error"), response.get("Error")]
    tables = [
        _as_table(value) or {"message": raw_text(value)} for value in found if value and not isinstance(value, bool)
    ]
    for envelope, name in (("base_resp", "status_code"), ("header", "code")):
        part = _as_table(body.get(envelope))
        if _code(part.get(name)) not in provider.ok_codes:
            tables.append(part)
    flat = _code(body.get("code")) or _code(body.get("error_code"))
    if flat not in provider.ok_codes:
        tables.append(body)
    return tables


def _codes(part: dict[str, Any]) -> Iterable[str]:
    meta = _as_table(part.get("metadata"))
    inner = _as_table(part.get("innererror"))
    values = [part.get(key) for key in _CODE_KEYS]
    values += [meta.get(key) for key in _META_KEYS] + [inner.get("code")]
    return [code for value in values if (code := _code(value))]


def _messages(part: dict[str, Any]) -> Iterable[str]:
    meta = _as_table(part.get("metadata"))
    values = [part.get(key) for key in _MESSAGE_KEYS] + [meta.get("raw")]
    return [value if isinstance(value, str) else raw_text(value) for value in values if value]


def _code(value: Any) -> str:
    """Return a code as text, so that 1301 and "1301" are one; empty for what is no code."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**12:
        return str(value)
    return ""


def _flag_holds(flag: FlagRule, body: dict[str, Any]) -> bool:
    value = value_at(body, flag.field)
    if flag.equals is None and not value:
        return False
    if flag.equals is not None and value != flag.equals:
        return False
    if flag.given and not value_at(body, flag.given):
        return False
    return not (flag.empty and answer_text(body).strip())


def named_side(body: Any) -> str:
    """Return the side that a filter list names; of several entries the gravest (lowest level) counts.

    Zhipu: `contentFilter` in errors, `content_filter` in answers; role user or history is the
    input, assistant the output; level 0 is the gravest (docs.bigmodel.cn).
    """
    table = _as_table(body)
    error = _as_table(table.get("error"))
    worst: tuple[float, str] | None = None
    for value in (table.get("contentFilter"), table.get("content_filter"), error.get("contentFilter")):
        for entry in cast("list[Any]", value) if isinstance(value, list) else []:
            role = _as_table(entry).get("role")
            side = "output" if role == "assistant" else "input" if role in ("user", "history") else ""
            level = _as_table(entry).get("level")
            rank = float(level) if isinstance(level, (int, float)) and abs(level) < 100 else 9.0
            if side and (worst is None or (rank, side) < worst):
                worst = (rank, side)
    return worst[1] if worst else ""


def _choice(body: dict[str, Any]) -> dict[str, Any] | None:
    """Return the first choice if it holds a message or an error."""
    choices = body.get("choices")
    if not isinstance(choices, list) or not choices:
        return None
    first = cast("list[Any]", choices)[0]
    if not isinstance(first, dict):
        return None
    choice = cast("dict[str, Any]", first)
    return choice if isinstance(choice.get("message"), dict) or choice.get("error") else None


def answer_text(body: Any) -> str:
    """Return the text of the first choice, empty when there is none."""
    message = _as_table((_choice(_as_table(body)) or {}).get("message"))
    content = message.get("content")
    return content if isinstance(content, str) else ""


def _as_table(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def decoded(body: Any) -> Any:
    """Return the JSON value of a body as received, or its text when it is no JSON."""
    if isinstance(body, (bytes, bytearray, str)):
        try:
            return msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return body if isinstance(body, str) else body.decode("utf-8", "replace")
    return body
