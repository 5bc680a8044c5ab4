"""How long a server asks to wait: standard headers first, then where its vendor states it.

For a used-up allowance the vendor's own statement of the reset comes before Retry-After,
because it is the exact one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, cast

from cvalues.models.provider_rules import Provider, WaitRule, regex

__all__ = ["read_wait", "value_at"]

_PARTS = re.compile(r"(\d+(?:\.\d+)?)(ms|d|h|m|s)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DATE = re.compile(
    r"([0-9]{4})[-/]([0-9]{1,2})[-/]([0-9]{1,2})[T ]\s*"
    r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]+)?)?\s*(Z|[+-][0-9]{2}:?[0-9]{2})?"
)


def read_wait(
    provider: Provider, quota: bool, headers: Mapping[str, str], message: str, body: Any, now: datetime
) -> float | None:
    """Return the seconds to wait as the server states them, None when it does not.

    Args:
        provider: the vendor's table.
        quota: an allowance is used up, so a stated reset goes before Retry-After.
        headers: response headers, names in lower case.
        message: the error's words.
        body: the decoded body.
        now: the time that dates are measured from; with a zone.
    """
    standard = _standard(headers, now)
    if standard is not None and not quota:
        return standard
    for rule in provider.waits:
        raw = _raw(rule, headers, message, body)
        wait = None if raw is None else _seconds(raw, rule, now)
        if wait is not None:
            return wait
    return standard


def value_at(body: Any, path: str) -> Any:
    """Return what stands at a dotted path of a JSON value, None when nothing does."""
    for part in path.split("."):
        if isinstance(body, dict):
            body = cast("dict[str, Any]", body).get(part)
        elif isinstance(body, list) and part.isdecimal() and int(part) < len(cast("list[Any]", body)):
            body = cast("list[Any]", body)[int(part)]
        else:
            return None
    return body


def _standard(headers: Mapping[str, str], now: datetime) -> float | None:
    """Read `retry-after-ms` (openai-python _base_client.py) and `retry-after` (RFC 9110, 10.2.3)."""
    wait = _number(headers.get("retry-after-ms", ""), 0.001)
    if wait is not None:
        return wait
    text = headers.get("retry-after", "").strip()
    wait = _number(text, 1.0)
    if wait is not None or not text:
        return wait
    from email.utils import parsedate_to_datetime

    try:
        return _until(parsedate_to_datetime(text), now)
    except (ValueError, TypeError, OverflowError):
        return None


def _raw(rule: WaitRule, headers: Mapping[str, str], message: str, body: Any) -> str | None:
    if rule.header:
        return headers.get(rule.header.lower())
    if rule.field:
        value = value_at(body, rule.field)
        return None if value is None or isinstance(value, (dict, list, bool)) else str(value)
    found = regex(rule.text).search(message)
    return found.group(1) if found else None


def _seconds(raw: str, rule: WaitRule, now: datetime) -> float | None:
    if rule.unit == "s":
        return _number(raw, 1.0)
    if rule.unit == "ms":
        return _number(raw, 0.001)
    if rule.unit == "duration":
        return _duration(raw)
    return _time(raw.strip(), rule.zone, now)


def _number(text: str, scale: float) -> float | None:
    try:
        value = float(text) * scale
    except ValueError:
        return None
    return max(0.0, value) if math.isfinite(value) else None


def _duration(text: str) -> float | None:
    parts = _PARTS.findall(text)
    return sum(float(number) * _SECONDS[unit] for number, unit in parts) if parts else _number(text, 1.0)


def _time(text: str, zone: str, now: datetime) -> float | None:
    """Read a date, or seconds or milliseconds since 1970, and return the seconds from now."""
    try:
        if re.fullmatch(r"\d{10,13}(\.\d+)?", text):
            stamp = float(text) / (1000.0 if len(text.split(".")[0]) == 13 else 1.0)
            return _until(datetime.fromtimestamp(stamp, tz=UTC), now)
        found = _DATE.search(text)
        if not found:
            return None
        year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
        offset = _offset(found.group(7) or zone)
        return _until(datetime(year, month, day, hour, minute, second, tzinfo=offset), now)
    except (ValueError, OverflowError, OSError):
        return None


def _offset(text: str) -> timezone:
    if text == "Z":
        return UTC
    digits = text[1:].replace(":", "")
    shift = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-shift if text[0] == "-" else shift)


def _until(moment: datetime, now: datetime) -> float:
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
