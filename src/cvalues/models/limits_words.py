"""Why a run stops, in words: what happened, what the server said, what to do."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

import msgspec

from cvalues.models.model import Reply

__all__ = ["beyond", "explain"]

_LENGTH = 400

_WHAT: dict[str, str] = {
    "auth": "the key was refused, or it has no right to this model",
    "no_money": "the account has no money left",
    "model": "there is no such model at this address",
    "network": "the endpoint cannot be reached",
    "timeout": "the endpoint does not answer in time",
    "overload": "the server is overloaded or broken",
    "bad_body": "the server's replies are not those of an OpenAI-compatible endpoint",
    "bad_request": "the server refuses every request",
    "rate_limit": "the server refuses for rate",
    "quota": "the allowance is used up",
}

_DO: dict[str, str] = {
    "auth": "Check the key, and that it belongs to this host and plan",
    "no_money": "Top up the account",
    "model": "Check the model's name and whether the account may use it",
    "network": "Check the address, the network and the proxy variables",
    "timeout": "Allow more time per call (--timeout) or fewer calls at once (--max-connections)",
    "overload": "Try again later",
    "bad_body": "Check that the address ends where /chat/completions begins, such as .../v1",
    "bad_request": "Check the parameters against what this model takes",
    "rate_limit": "Try again later, or with --max-connections 1 or a lower --rpm",
}


def explain(name: str, reply: Reply, *, detail: str = "", advice: str = "") -> str:
    """Return the message of an `EndpointDown`: model, what happened, the server's words, what to do.

    Args:
        name: the model, as the user named it.
        reply: the failure that ended the run.
        detail: what is known beyond the reply.
        advice: what to do at this vendor; empty takes the general advice for the fault.
    """
    status = f" (HTTP {reply.status})" if reply.status else ""
    words = _vendors_words(reply.error)
    says = f": {words}" if words else ""
    parts = [
        f"{name}: {_WHAT.get(reply.fault, reply.fault)}{status}{says}",
        detail,
        advice or _DO.get(reply.fault, ""),
        "Nothing gathered is lost and the run can be resumed",
    ]
    return ". ".join(part.rstrip(". ") for part in parts if part) + "."


def _vendors_words(error: str) -> str:
    """Return the message inside an error body, or the error as it stands, on one line of bounded length."""
    found: object = None
    try:
        table = msgspec.json.decode(error, type=dict[str, Any])
        inner: object = table.get("error")
        inside = cast("dict[str, Any]", inner) if isinstance(inner, dict) else table
        found = inside.get("message") or cast("object", inner)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        pass
    line = " ".join((found if isinstance(found, str) and found.strip() else error).split())
    return line if len(line) <= _LENGTH else line[: _LENGTH - 1] + "…"


def beyond(*, wait: float, stood: float, until: float, bound: float) -> str:
    """Return why a wait is too long: until when the server asks to wait, or how long nothing was answered.

    Args:
        wait: seconds that the server asks for.
        stood: seconds for which nothing was answered.
        until: POSIX time at which the wait would end.
        bound: seconds that are allowed.
    """
    limit = f"more than the {bound:.0f} s that --max-wait allows"
    if wait <= bound and stood >= 1:
        return f"Nothing was answered for {stood:.0f} s, and to go on waiting would be {limit}"
    time = datetime.fromtimestamp(until).astimezone().strftime("%Y-%m-%d %H:%M %Z").strip()
    return f"It lasts until {time}, in {wait:.0f} s, {limit}"
