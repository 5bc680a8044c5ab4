"""The vendor table as typed data: one vendor is one TOML table (the head of `providers.toml` explains it)."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Literal

import msgspec

__all__ = [
    "ErrorRule",
    "FinishValue",
    "FlagRule",
    "ModelRule",
    "Provider",
    "RowFault",
    "Thinks",
    "WaitRule",
    "regex",
]

RowFault = Literal[
    "blocked",  # the vendor's filter, side not named: `cvalues.models.errors_map` finds the side
    "blocked_input",
    "blocked_output",
    "rate_limit",
    "quota",
    "no_money",
    "auth",
    "model",
    "overload",
    "too_long",
    "bad_request",
    "unsupported",
    "timeout",
]

FinishValue = Literal["answered", "truncated", "blocked_input", "blocked_output", "overload", "timeout", "bad_request"]

Thinks = Literal["", "never", "switch", "always", "stream"]


class ErrorRule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One way in which a vendor signals a fault; every condition that is given must hold.

    Attributes:
        code: any of these equals one of the body's codes or types; `*` stands for anything.
        status: any of these is the HTTP status, or the status named inside the body.
        text: regular expression searched in the message, case ignored.
        field: dotted path that must hold something in the body.
    """

    fault: RowFault
    code: tuple[str, ...] = ()
    status: tuple[int, ...] = ()
    text: str = ""
    field: str = ""


class FlagRule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A mark in an otherwise ordinary body (HTTP 200) that means a fault.

    Attributes:
        field: dotted path; the rule holds when it is true or non-zero, or equals `equals`.
        given: a second path that must be true or non-zero as well.
        empty: the rule holds only when the body carries no answer text.
    """

    field: str
    fault: RowFault
    equals: Any = None
    given: str = ""
    empty: bool = False


class WaitRule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Where a vendor states how long to wait: in a header, a body field or the message.

    Attributes:
        text: regular expression whose first group is the value.
        unit: `s`, `ms`, `duration` (6m0s), or `time` (a date, or seconds or milliseconds since 1970).
        zone: offset of dates that name none.
    """

    unit: Literal["s", "ms", "duration", "time"]
    header: str = ""
    field: str = ""
    text: str = ""
    zone: str = "+00:00"


class ModelRule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What is peculiar to the models whose name matches; later rows win, lists and tables add up.

    Attributes:
        match: regular expression searched in the model's name, case ignored; empty matches all.
        when: the row holds only while the model thinks, or only while it does not.
        thinks: `switch` can be turned on and off, `always` and `never` cannot, `stream` thinks
            only when streamed, which this package does not do; empty is unknown.
        think_default: the state when the user does not say; sent, so that it is on record.
        think_min_tokens: least `max_tokens` while thinking, where thinking eats it.
        max_tokens: name of the field for the cap.
        omit: fields never sent.
        at_zero: what is sent in place of a temperature of 0 or less.
        seed_range: the seeds that are taken; others are folded into it.
        logprobs: most `top_logprobs`; 0 where they are not offered; None is unknown.
        send: fields always sent.
        effective: what the vendor documents as in force, whatever was sent.
    """

    match: str = ""
    when: Literal["", "thinking", "direct"] = ""
    thinks: Thinks | None = None
    think_default: bool | None = None
    think_on: dict[str, Any] | None = None
    think_off: dict[str, Any] | None = None
    think_min_tokens: int | None = None
    max_tokens: Literal["max_tokens", "max_completion_tokens"] | None = None
    omit: tuple[str, ...] = ()
    at_zero: dict[str, Any] | None = None
    temperature_max: float | None = None
    seed_range: tuple[int, int] | None = None
    logprobs: int | None = None
    send: dict[str, Any] = {}
    effective: dict[str, float | str] = {}


class Provider(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One vendor or server: where it is, what it takes and how it says no.

    Attributes:
        base_url: the address in use; empty for `custom`, which needs one from the user.
        addresses: every known address by region or plan; keys belong to one of them.
        key_env, url_env: environment variables looked at, in this order.
        also: other names by which people know it, for the hint after a wrong name.
        examples: model names to show; no claim that they exist today.
        parallel: calls at once that the vendor documents, 0 where it does not.
        remaining_header: response header with the requests left in the window.
        code_text: regular expression that finds a code inside a message (first group).
        ok_codes: values of a top-level `code` that mean success.
        finish: finish reason to outcome or fault, OpenAI's own values included.
        block_texts: a fixed answer that stands for a block, to its side.
    """

    name: str
    title_en: str
    title_zh: str
    base_url: str
    addresses: dict[str, str] = {}
    key_env: tuple[str, ...] = ()
    key_required: bool = True
    url_env: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    parallel: int = 0
    remaining_header: str = ""
    code_text: str = ""
    ok_codes: tuple[str, ...] = ("", "0", "200")
    models: tuple[ModelRule, ...] = ()
    errors: tuple[ErrorRule, ...] = ()
    flags: tuple[FlagRule, ...] = ()
    waits: tuple[WaitRule, ...] = ()
    finish: dict[str, FinishValue] = {}
    block_texts: dict[str, Literal["blocked_input", "blocked_output"]] = {}


@cache
def regex(pattern: str) -> re.Pattern[str]:
    """Return the compiled pattern, case ignored; compiled when first used, then kept."""
    return re.compile(pattern, re.IGNORECASE)
