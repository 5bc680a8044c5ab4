"""Quantiles of the normal and of Student's distribution without numpy or scipy."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

from cvalues.errors import InputError

__all__ = ["check_level", "normal_quantile", "t_quantile"]

_SERIES_FROM = 200


def check_level(level: float) -> None:
    """Return nothing when a confidence level lies between 0 and 1.

    Raises:
        InputError: when it does not.
    """
    if not 0 < level < 1:
        raise InputError(f"confidence level {level} must lie between 0 and 1, such as 0.95")


@lru_cache(maxsize=64)
def normal_quantile(level: float) -> float:
    """Return z with P(|Z| ≤ z) = level for a standard normal Z: 1.95996… at 0.95.

    Raises:
        InputError: when level is outside 0…1.
    """
    check_level(level)
    root = math.sqrt(2)
    return _rise(
        level,
        lambda z: math.erf(z / root),
        lambda z: 2 * math.exp(-z * z / 2) / math.sqrt(2 * math.pi),
        0.0,
    )


@lru_cache(maxsize=4096)
def t_quantile(level: float, freedom: int) -> float:
    """Return t with P(|T| ≤ t) = level for Student's T: 2.0301… at 0.95 and 35 degrees of freedom.

    Exact finite sums (Abramowitz & Stegun 1964, 26.7.3 and 26.7.4) solved by Newton's method up to
    200 degrees of freedom, their series in 1 / freedom (26.7.5) beyond; own code because importing
    scipy.stats costs more than a whole run's statistics.

    Raises:
        InputError: when freedom is below 1, or level is outside 0…1.
    """
    if freedom < 1:
        raise InputError(f"t_quantile: {freedom} degrees of freedom; need at least 1")
    z = normal_quantile(level)
    if freedom > _SERIES_FROM:
        return _t_series(z, freedom)
    constant = math.exp(math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2))
    constant /= math.sqrt(freedom * math.pi)
    return _rise(
        level,
        lambda t: _t_central(t, freedom),
        lambda t: 2 * constant * (1 + t * t / freedom) ** (-(freedom + 1) / 2),
        z,
    )


def _t_central(t: float, freedom: int) -> float:
    """Return P(|T| ≤ t) by the finite sums of Abramowitz & Stegun 26.7.3 (odd) and 26.7.4 (even)."""
    angle = math.atan(t / math.sqrt(freedom))
    sine, squared = math.sin(angle), math.cos(angle) ** 2
    term = math.cos(angle) if freedom % 2 else 1.0
    total = term if freedom > 1 else 0.0
    for step in range(freedom % 2 + 2, freedom - 1, 2):
        term *= squared * (step - 1) / step
        total += term
    if freedom % 2:
        return 2 / math.pi * (angle + sine * total)
    return sine * total


def _t_series(z: float, freedom: int) -> float:
    """Return the quantile of T from the normal one by Abramowitz & Stegun 26.7.5."""
    s = z * z
    terms = (
        (s + 1) * z / 4,
        ((5 * s + 16) * s + 3) * z / 96,
        (((3 * s + 19) * s + 17) * s - 15) * z / 384,
        ((((79 * s + 776) * s + 1482) * s - 1920) * s - 945) * z / 92160,
    )
    return z + sum(term / freedom**power for power, term in enumerate(terms, 1))


def _rise(goal: float, central: Callable[[float], float], density: Callable[[float], float], start: float) -> float:
    """Return where a concave rising function reaches its goal; from the left Newton never overshoots."""
    point = start
    for _ in range(200):
        step = (goal - central(point)) / density(point)
        point += step
        if abs(step) <= 1e-14 * point:
            break
    return point
