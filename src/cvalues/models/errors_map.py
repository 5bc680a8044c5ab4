"""From a server's reply to an outcome: which fault an error is, and which body of HTTP 200 is one.

Everything here is a pure function of the vendor's table and the reply. Codes and words count per
vendor only. What no row names falls back by HTTP status, and the raw error is kept in any case.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from cvalues.models.bodies import BodyFacts, answer_text, body_facts, decoded, named_side, read_body
from cvalues.models.hints import hint
from cvalues.models.model import Fault
from cvalues.models.provider_rules import ErrorRule, FinishValue, Provider, RowFault, regex
from cvalues.models.redact import raw_text, redact
from cvalues.models.waits import read_wait, value_at
from cvalues.records import Outcome

__all__ = ["ErrorVerdict", "classify", "finish_outcome", "matching_rule", "outcome_of"]

_BY_STATUS: dict[int, Fault] = {
    400: "bad_request",
    401: "auth",
    402: "no_money",
    403: "auth",
    404: "model",
    408: "timeout",
    409: "overload",
    413: "too_long",
    422: "bad_request",
    425: "overload",
    429: "rate_limit",
}

_WAITING = frozenset({"rate_limit", "quota", "overload", "timeout"})

_FINISHED: dict[FinishValue, tuple[Outcome, Fault]] = {
    "answered": ("answered", ""),
    "truncated": ("truncated", ""),
    "blocked_input": ("blocked_input", "blocked_input"),
    "blocked_output": ("blocked_output", "blocked_output"),
    "overload": ("failed", "overload"),
    "timeout": ("failed", "timeout"),
    "bad_request": ("failed", "bad_request"),
}


class ErrorVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a reply's trouble is; all fields empty when there is none.

    Attributes:
        fault: one of `Fault`; empty for no trouble.
        wait: seconds that the server asks to wait or that are left until a stated reset.
        code: the vendor's code that decided, or the first one it gave.
        message: one line for a person: code, the vendor's words, and what to look at.
        error: the error as it came, shortened to 2,000 characters, secrets removed.
    """

    fault: Fault = ""
    wait: float | None = None
    code: str = ""
    message: str = ""
    error: str = ""


_FINE = ErrorVerdict()


def outcome_of(
    provider: Provider, status: int, body: Any, headers: Mapping[str, str], now: datetime, key: str = ""
) -> tuple[Outcome, ErrorVerdict]:
    """Return outcome and trouble of one whole reply: status, error bodies and finish reason.

    Args:
        provider: the vendor's table.
        status: the HTTP status.
        body: bytes or text as received, or the decoded JSON value.
        headers: the response's headers.
        now: with a zone; stated resets are measured from it.
        key: the API key, so that it is not kept should the server repeat it.
    """
    value = decoded(body)
    if not 200 <= status < 300 or read_body(provider, value) is not None:
        verdict = classify(provider, status, body, headers, now, key)
        return _outcome(verdict.fault), verdict
    reason = value["choices"][0].get("finish_reason")
    outcome, fault = finish_outcome(provider, reason, value)
    if not fault:
        return outcome, _FINE
    said = f"finish_reason {reason!r}"
    return outcome, ErrorVerdict(
        fault=fault,
        code=redact(str(reason), key, 200),
        message=redact(said, key, 300),
        error=redact(f"{said}: {raw_text(body)}", key),
    )


def classify(
    provider: Provider, status: int, body: Any, headers: Mapping[str, str], now: datetime, key: str = ""
) -> ErrorVerdict:
    """Return what an error reply means; never raises, and the fault is never empty.

    Rows of the vendor's table decide first, then its flags, then the HTTP status. A block whose
    side is not named is `blocked_input` without answer text and `blocked_output` with it.

    Args:
        provider: the vendor's table.
        status: the HTTP status, 200 for an error body that came as a success.
        body: bytes or text as received, or the decoded JSON value.
        headers: the response's headers.
        now: with a zone; stated resets are measured from it.
        key: the API key, so that it is not kept should the server repeat it.
    """
    value = decoded(body)
    facts = body_facts(provider, value)
    lower = {str(name).lower(): str(text) for name, text in headers.items()}
    rule = _first_rule(provider, status, facts, value)
    fault: Fault
    if rule is not None:
        fault = _sided(rule.fault, facts)
    elif facts.flagged is not None:
        fault = _sided(facts.flagged, facts)
    else:
        fault = _by_status(facts.status if status < 400 and facts.status else status, facts)
    wait = None
    if fault in _WAITING:
        wait = read_wait(provider, fault == "quota", lower, facts.message, value, now)
    code = _deciding(rule, facts)
    return ErrorVerdict(
        fault=fault,
        wait=wait,
        code=redact(code, key, 200),
        message=redact(_line(provider, status, code, facts.message, fault), key),
        error=redact(raw_text(body), key),
    )


def finish_outcome(provider: Provider, finish_reason: Any, body: Any = None) -> tuple[Outcome, Fault]:
    """Return what a finish reason means at this vendor.

    A block is of the output unless the body's filter list names the user's side. An absent reason
    with text is an answer; a reason that no table knows is `failed` and not retried.
    """
    if finish_reason is None or finish_reason == "":
        return ("answered", "") if answer_text(body) else ("failed", "bad_body")
    value = provider.finish.get(finish_reason) if isinstance(finish_reason, str) else None
    if value is None:
        return "failed", "bad_request"
    if value == "answered" and provider.block_texts:
        side = provider.block_texts.get(answer_text(body).strip())
        return _FINISHED[side or value]
    if value == "blocked_output" and named_side(body) == "input":
        return _FINISHED["blocked_input"]
    return _FINISHED[value]


def matching_rule(provider: Provider, status: int, body: Any) -> int | None:
    """Return the index of the row in `provider.errors` that decides about this reply, None without one."""
    value = decoded(body)
    rule = _first_rule(provider, status, body_facts(provider, value), value)
    return None if rule is None else next(n for n, row in enumerate(provider.errors) if row is rule)


def _outcome(fault: Fault) -> Outcome:
    return fault if fault in ("blocked_input", "blocked_output") else "failed"


def _sided(fault: RowFault, facts: BodyFacts) -> Fault:
    if fault != "blocked":
        return fault
    if facts.side:
        return "blocked_input" if facts.side == "input" else "blocked_output"
    return "blocked_output" if facts.has_text else "blocked_input"


def _by_status(status: int, facts: BodyFacts) -> Fault:
    if status == 451:
        return _sided("blocked", facts)
    if 500 <= status <= 599:
        return "overload"
    return _BY_STATUS.get(status, "bad_body")


def _first_rule(provider: Provider, status: int, facts: BodyFacts, body: Any) -> ErrorRule | None:
    for rule in provider.errors:
        if rule.status and status not in rule.status and facts.status not in rule.status:
            continue
        if rule.code and not any(fnmatchcase(code, wanted) for wanted in rule.code for code in facts.codes):
            continue
        if rule.text and not regex(rule.text).search(facts.message):
            continue
        if rule.field and not value_at(body, rule.field):
            continue
        return rule
    return None


def _deciding(rule: ErrorRule | None, facts: BodyFacts) -> str:
    wanted = rule.code if rule is not None else ()
    named = (code for code in facts.codes if any(fnmatchcase(code, one) for one in wanted))
    return next(named, facts.codes[0] if facts.codes else "")


def _line(provider: Provider, status: int, code: str, message: str, fault: Fault) -> str:
    head = " ".join(part for part in (f"HTTP {status}", code) if part)
    words = " ".join(message.split())[:600]
    advice = hint(provider, fault)
    return ": ".join(part for part in (head, words) if part) + (f" — {advice}" if advice else "")
