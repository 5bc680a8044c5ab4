"""Numbers as people read them: percentages with one decimal, intervals, signed points."""

from __future__ import annotations

from cvalues.records import Estimate

__all__ = ["SIGNED", "interval", "percent", "value"]

SIGNED = frozenset({"position_bias"})


def percent(share: float) -> str:
    """Return a share as a percentage with one decimal: 0.6389 is `63.9%`."""
    return f"{_tenths(share)}%"


def value(estimate: Estimate) -> str:
    """Return the point estimate: `63.9%`, a signed `+12.5` for a bias in points, or `n = 0`."""
    if estimate.value is None:
        return "n = 0"
    if estimate.name in SIGNED:
        return _signed(estimate.value)
    return percent(estimate.value)


def interval(estimate: Estimate) -> str:
    """Return the interval in percent or points, `[52.1, 74.0]`; empty without one."""
    if estimate.low is None or estimate.high is None:
        return ""
    form = _signed if estimate.name in SIGNED else _tenths
    return f"[{form(estimate.low)}, {form(estimate.high)}]"


def _tenths(share: float) -> str:
    shown = f"{share * 100:.1f}"
    return "0.0" if shown == "-0.0" else shown


def _signed(share: float) -> str:
    shown = _tenths(share)
    return shown if shown == "0.0" or shown.startswith("-") else f"+{shown}"
