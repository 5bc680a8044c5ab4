"""Intervals for rates and means whose observations come in clusters (families).

Everything is exact integer arithmetic up to the last division, so equal data give equal bytes
whatever the order, and nothing here loads numpy or scipy (`clopper_pearson` apart).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any

import msgspec
from msgspec.structs import replace

from cvalues.errors import InputError, MissingExtra
from cvalues.records import Estimate
from cvalues.stats.quantile import check_level, normal_quantile, t_quantile

__all__ = [
    "METHODS",
    "Moments",
    "clopper_pearson",
    "cluster_wilson",
    "mean_interval",
    "no_estimate",
    "proportion",
    "signed_mean",
    "wilson",
]

METHODS: dict[str, str] = {
    "empty": "none (n = 0)",
    "one_cluster": "none (one family: the whole range)",
    "wilson": "wilson",
    "cluster_wilson": "wilson, cluster-robust by family (CR1, Korn–Graubard n_eff)",
    "cluster_mean": "t, cluster-robust by family (CR1)",
}
"""Names of the interval methods, as results carry them; stable, so that they can be compared."""

_DECIMALS = 6


class Moments(msgspec.Struct):
    """The six sums over clusters that the intervals need; a cluster without observations is no cluster.

    Attributes:
        clusters: clusters with at least one observation.
        n: observations.
        hits: total of the counted quantity.
        hits_squared, hits_n, n_squared: sums over clusters of hits², hits·n and n².
    """

    clusters: int = 0
    n: int = 0
    hits: int = 0
    hits_squared: int = 0
    hits_n: int = 0
    n_squared: int = 0

    def add(self, hits: int, n: int, times: int = 1) -> None:
        """Count `times` clusters that each have this total over this many observations."""
        if n:
            self.clusters += times
            self.n += times * n
            self.hits += times * hits
            self.hits_squared += times * hits * hits
            self.hits_n += times * hits * n
            self.n_squared += times * n * n

    @classmethod
    def of(cls, pairs: Iterable[tuple[int, int]]) -> Moments:
        """Return the sums over clusters given as (hits, n)."""
        moments = cls()
        for hits, n in pairs:
            moments.add(hits, n)
        return moments

    def variance(self) -> float:
        """Return the CR1 variance of the ratio hits ÷ n.

        G/(G−1) · Σ(hits_c − r·n_c)² / n², the sandwich variance of a ratio over G clusters with the
        small-sample factor named CR1 (Cameron & Miller 2015, "A practitioner's guide to
        cluster-robust inference", J. Human Resources 50(2), section VI.A). 0 when G < 2.
        """
        if self.clusters < 2:
            return 0.0
        residuals = (
            self.n * self.n * self.hits_squared
            - 2 * self.n * self.hits * self.hits_n
            + self.hits * self.hits * self.n_squared
        )
        return self.clusters / (self.clusters - 1) * (residuals / self.n**4)


def wilson(k: float, n: float, level: float = 0.95) -> tuple[float, float]:
    """Return the Wilson score interval of k hits in n independent trials.

    `n` may be an effective sample size, hence not whole. The ends are exactly 0 and 1 where k is 0
    or n. Source: Wilson (1927), J. Am. Stat. Assoc. 22, 209–212.

    Raises:
        InputError: when n is not positive, k is outside 0…n, or level is outside 0…1.
    """
    if not (n > 0 and 0 <= k <= n):
        raise InputError(f"wilson: {k} hits in {n} trials is no proportion; need 0 <= k <= n and n > 0")
    z = normal_quantile(level)
    rate, squared = k / n, z * z
    centre = (rate + squared / (2 * n)) / (1 + squared / n)
    half = z / (1 + squared / n) * math.sqrt(rate * (1 - rate) / n + squared / (4 * n * n))
    low = 0.0 if k == 0 else max(0.0, min(centre - half, rate))
    high = 1.0 if k == n else min(1.0, max(centre + half, rate))
    return low, high


def clopper_pearson(k: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Return the exact (conservative) interval of k hits in n independent trials.

    Source: Clopper & Pearson (1934), Biometrika 26, 404–413, as quantiles of the beta distribution.

    Raises:
        InputError: when n is not positive, k is outside 0…n, or level is outside 0…1.
        MissingExtra: when scipy is not installed.
    """
    check_level(level)
    if not (n > 0 and 0 <= k <= n):
        raise InputError(f"clopper_pearson: {k} hits in {n} trials is no proportion; need 0 <= k <= n and n > 0")
    try:
        special: Any = import_module("scipy.special")
    except ImportError as error:
        raise MissingExtra("exact intervals need scipy: pip install 'cvalues[judge]'") from error
    tail = (1 - level) / 2
    low = 0.0 if k == 0 else float(special.betaincinv(k, n - k + 1, tail))
    high = 1.0 if k == n else float(special.betaincinv(k + 1, n - k, 1 - tail))
    return low, high


def cluster_wilson(clusters: Moments | Iterable[tuple[int, int]], level: float = 0.95) -> tuple[float, float]:
    """Return an interval of a rate whose trials come in clusters given as (hits, n).

    The CR1 variance gives a design effect, floored at 1 so that the interval is never narrower than
    that of independent trials; n ÷ design effect is the effective size; it is cut by (z / t_{G−1})²
    because the variance itself is estimated from only G clusters; Wilson's interval is taken at that
    size. Where no trial or every trial hits, the variance says nothing (it is 0 whatever the
    correlation), so correlation 1 within clusters is assumed: effective size n² ÷ Σn_c², which is G
    for clusters of one size. One cluster alone gives (0, 1).

    Sources: Korn & Graubard (1998), Survey Methodology 24, 193–201 (effective size, degrees of
    freedom); Franco, Little, Louis & Slud (2019), J. Surv. Stat. Methodol. 7, 334–364 (Wilson at the
    effective size); `Moments.variance` (CR1).

    Raises:
        InputError: when there are no trials or more hits than trials, or level is outside 0…1.
    """
    sums = _moments(clusters, "cluster_wilson")
    if not 0 <= sums.hits <= sums.n:
        raise InputError(f"cluster_wilson: {sums.hits} hits in {sums.n} trials is no proportion")
    if sums.clusters == 1:
        check_level(level)
        return 0.0, 1.0
    if sums.hits in {0, sums.n}:
        size = sums.n * sums.n / sums.n_squared
        return wilson(0 if sums.hits == 0 else size, size, level)
    rate = sums.hits / sums.n
    effect = max(1.0, sums.variance() / (rate * (1 - rate) / sums.n))
    size = sums.n / effect * (normal_quantile(level) / t_quantile(level, sums.clusters - 1)) ** 2
    return wilson(rate * size, size, level)


def mean_interval(
    clusters: Moments | Iterable[tuple[int, int]],
    bounds: tuple[float, float],
    scale: int = 1,
    level: float = 0.95,
) -> tuple[float, float]:
    """Return an interval of a bounded, signed mean whose values come in clusters given as (total, n).

    Mean ± t_{G−1} · CR1 standard error, cut at the bounds. When all clusters agree that interval has
    no width, which G clusters cannot support: with confidence `level` a share of up to u (Wilson's
    upper end for 0 of G) of clusters may still differ, by as much as the bounds allow. The interval
    therefore always holds [mean − u·(mean − low), mean + u·(high − mean)]. One cluster alone gives
    the bounds.

    Args:
        clusters: total and number of values in each cluster; totals are whole multiples of 1 / `scale`.
        bounds: smallest and largest mean that is possible.
        scale: what totals were multiplied by to be whole.
        level: confidence.

    Raises:
        InputError: when there are no values, or level is outside 0…1.
    """
    sums = _moments(clusters, "mean_interval")
    low, high = bounds
    if sums.clusters == 1:
        check_level(level)
        return low, high
    mean = sums.hits / (sums.n * scale)
    half = t_quantile(level, sums.clusters - 1) * math.sqrt(sums.variance()) / scale
    unseen = wilson(0, sums.clusters, level)[1]
    return (
        max(low, min(mean - half, mean - unseen * (mean - low))),
        min(high, max(mean + half, mean + unseen * (high - mean))),
    )


def proportion(
    name: str,
    clusters: Moments | Iterable[tuple[int, int]],
    *,
    level: float = 0.95,
    excluded: Mapping[str, int] | None = None,
) -> Estimate:
    """Return a rate with its interval: Wilson's where no cluster repeats, cluster-robust elsewhere.

    With no observation the value and both ends are None and the method says so.
    """
    sums = clusters if isinstance(clusters, Moments) else Moments.of(clusters)
    left_out = dict(excluded or {})
    if sums.n == 0:
        return no_estimate(name, METHODS["empty"], level=level, excluded=left_out)
    if sums.clusters == 1:
        method, (low, high) = METHODS["one_cluster"], (0.0, 1.0)
    elif sums.clusters == sums.n:
        method, (low, high) = METHODS["wilson"], wilson(sums.hits, sums.n, level)
    else:
        method, (low, high) = METHODS["cluster_wilson"], cluster_wilson(sums, level)
    empty = no_estimate(name, method, level=level, excluded=left_out)
    return _estimate(empty, sums, (sums.hits / sums.n, low, high))


def signed_mean(
    name: str,
    clusters: Moments | Iterable[tuple[int, int]],
    bounds: tuple[float, float],
    *,
    scale: int = 1,
    level: float = 0.95,
    excluded: Mapping[str, int] | None = None,
) -> Estimate:
    """Return a bounded, signed mean with its interval; see `mean_interval`."""
    sums = clusters if isinstance(clusters, Moments) else Moments.of(clusters)
    left_out = dict(excluded or {})
    if sums.n == 0:
        return no_estimate(name, METHODS["empty"], level=level, excluded=left_out)
    method = METHODS["one_cluster" if sums.clusters == 1 else "cluster_mean"]
    low, high = mean_interval(sums, bounds, scale, level)
    empty = no_estimate(name, method, level=level, excluded=left_out)
    return _estimate(empty, sums, (sums.hits / (sums.n * scale), low, high))


def no_estimate(name: str, reason: str, *, level: float = 0.95, excluded: Mapping[str, int] | None = None) -> Estimate:
    """Return the estimate of something that nothing was observed of; `reason` stands as its method."""
    return Estimate(
        name=name,
        value=None,
        low=None,
        high=None,
        n=0,
        clusters=0,
        method=reason,
        level=level,
        excluded=dict(excluded or {}),
    )


def _moments(clusters: Moments | Iterable[tuple[int, int]], what: str) -> Moments:
    sums = clusters if isinstance(clusters, Moments) else Moments.of(clusters)
    if sums.n == 0:
        raise InputError(f"{what}: no observations, so there is no interval")
    return sums


def _estimate(empty: Estimate, sums: Moments, numbers: tuple[float, float, float]) -> Estimate:
    value, low, high = (_rounded(number) for number in numbers)
    return replace(empty, value=value, low=low, high=high, n=sums.n, clusters=sums.clusters)


def _rounded(value: float) -> float:
    """Return the value at six decimals, so that it is one text on every platform; never −0.0."""
    return round(value, _DECIMALS) + 0.0
