"""Intervals against published numbers, hand calculation and scipy."""

from __future__ import annotations

import sys

import pytest

from cvalues.errors import InputError, MissingExtra
from cvalues.stats.interval import (
    METHODS,
    Moments,
    clopper_pearson,
    cluster_wilson,
    mean_interval,
    proportion,
    signed_mean,
    wilson,
)
from cvalues.stats.quantile import normal_quantile, t_quantile

# R's binom.confint (package binom), as printed in statsmodels' results_proportion.py:
# k, n, Wilson, Clopper–Pearson, all at 95 %.
PUBLISHED = [
    (0, 30, (0, 0.113513), (0, 0.115703)),
    (1, 30, (0.005909, 0.166704), (0.000844, 0.172169)),
    (18, 20, (0.698966, 0.972134), (0.683017, 0.987651)),
    (4, 20, (0.080658, 0.416017), (0.057334, 0.436614)),
    (4, 200, (0.007804, 0.050287), (0.005476, 0.050414)),
    (190, 200, (0.910422, 0.972617), (0.909972, 0.975766)),
    (30, 30, (0.886487, 1), (0.884297, 1)),
    (19, 38, (0.348499, 0.651501), (0.333789, 0.666211)),
]

# Five clusters (hits, n); hand formula, and statsmodels' OLS with cov_type="cluster" agrees.
CLUSTERS = [(0, 3), (1, 3), (3, 3), (2, 4), (0, 2)]


@pytest.mark.parametrize(("k", "n", "ends", "exact"), PUBLISHED)
def test_wilson_gives_the_published_ends(k: int, n: int, ends: tuple[float, float], exact: tuple[float, float]) -> None:
    assert wilson(k, n) == pytest.approx(ends, abs=6e-7)


@pytest.mark.parametrize(("k", "n", "ends", "exact"), PUBLISHED)
def test_clopper_pearson_gives_the_published_ends(
    k: int, n: int, ends: tuple[float, float], exact: tuple[float, float]
) -> None:
    pytest.importorskip("scipy")
    assert clopper_pearson(k, n) == pytest.approx(exact, abs=6e-7)


def test_clopper_pearson_without_scipy_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy.special", None)
    with pytest.raises(MissingExtra, match=r"pip install 'cvalues\[judge\]'"):
        clopper_pearson(1, 2)


def test_the_cluster_variance_is_the_published_one() -> None:
    assert Moments.of(CLUSTERS).variance() ** 0.5 == pytest.approx(0.175119, abs=6e-7)  # CR1_se
    assert (Moments.of(CLUSTERS).variance() * 4 / 5) ** 0.5 == pytest.approx(0.156631, abs=6e-7)  # CR0_se


def test_the_cluster_interval_is_wilson_at_the_korn_graubard_size() -> None:
    # p = 6/15 = .4; deff = .175119² / .126491² = 1.916667; n / deff = 7.826087;
    # z/t_4 = 1.959964/2.776445, squared .498331; effective n = 3.899985.
    size = 15 / (0.175119**2 / 0.126491**2) * (1.959964 / 2.776445) ** 2
    assert cluster_wilson(CLUSTERS) == pytest.approx(wilson(0.4 * size, size), abs=1e-5)


def test_clusters_that_repeat_one_another_widen_the_interval_and_balanced_ones_do_not_narrow_it() -> None:
    alike = cluster_wilson([(4, 4)] * 10 + [(0, 4)] * 10)
    balanced = cluster_wilson([(2, 4)] * 20)
    low, high = wilson(40, 80)
    assert alike[0] < balanced[0] < low < high < balanced[1] < alike[1]


def test_all_hits_count_as_one_observation_a_family_because_nothing_shows_that_they_are_more() -> None:
    assert cluster_wilson([(4, 4)] * 36) == pytest.approx(wilson(36, 36))
    assert cluster_wilson([(0, 4)] * 36) == pytest.approx(wilson(0, 36))
    # Uneven clusters: n² / Σ n_c² = 100 / (64 + 4).
    assert cluster_wilson([(8, 8), (2, 2)]) == pytest.approx(wilson(100 / 68, 100 / 68))


def test_one_family_alone_gives_the_whole_range_and_says_so() -> None:
    assert cluster_wilson([(3, 4)]) == (0.0, 1.0)
    rate = proportion("acc", [(3, 4)])
    assert (rate.value, rate.low, rate.high, rate.clusters) == (0.75, 0.0, 1.0, 1)
    assert rate.method == "none (one family: the whole range)"
    bias = signed_mean("position_bias", [(1, 4)], (-0.5, 0.5), scale=2)
    assert (bias.value, bias.low, bias.high) == (0.125, -0.5, 0.5)
    assert bias.method == METHODS["one_cluster"]


def test_families_without_observations_are_no_clusters() -> None:
    assert proportion("acc", [(1, 1), (0, 0), (0, 1), (0, 0)]) == proportion("acc", [(1, 1), (0, 1)])


def test_one_observation_a_family_takes_the_plain_wilson_interval() -> None:
    rate = proportion("acc", [(1, 1)] * 18 + [(0, 1)] * 2)
    assert rate.method == "wilson"
    assert (rate.value, rate.low, rate.high, rate.n, rate.clusters) == (0.9, 0.698966, 0.972134, 20, 20)


def test_shared_families_take_the_cluster_interval() -> None:
    rate = proportion("acc", CLUSTERS, excluded={"refused": 2})
    assert rate.method == "wilson, cluster-robust by family (CR1, Korn–Graubard n_eff)"
    assert (rate.value, rate.n, rate.clusters, rate.excluded) == (0.4, 15, 5, {"refused": 2})
    assert (rate.low, rate.high) == pytest.approx(cluster_wilson(CLUSTERS), abs=6e-7)


def test_no_observation_has_no_number_and_says_so() -> None:
    for estimate in (proportion("acc", []), signed_mean("bias", [(0, 0)], (-0.5, 0.5))):
        assert (estimate.value, estimate.low, estimate.high) == (None, None, None)
        assert (estimate.n, estimate.clusters, estimate.method) == (0, 0, "none (n = 0)")


def test_the_mean_interval_is_t_on_the_cluster_robust_error() -> None:
    # Values .5, −.5, .5, 0: mean .125, Σ(v − mean)² = .6875, CR1 variance 4/3 · .6875/16 = .057292,
    # t_3 = 3.182446, half width .761738.
    values = [(1, 1), (-1, 1), (1, 1), (0, 1)]
    assert mean_interval(values, (-1, 1), scale=2) == pytest.approx((-0.636738, 0.886738), abs=1e-5)
    assert mean_interval(values, (-0.5, 0.5), scale=2) == (-0.5, 0.5)


def test_a_mean_on_which_all_families_agree_keeps_the_width_that_their_number_supports() -> None:
    unseen = wilson(0, 36)[1]
    assert mean_interval([(2, 4)] * 36, (-0.5, 0.5)) == pytest.approx((0.5 - unseen, 0.5))
    assert mean_interval([(0, 4)] * 36, (-0.5, 0.5)) == pytest.approx((-unseen / 2, unseen / 2))


def test_numbers_are_rounded_to_six_decimals_and_never_minus_zero() -> None:
    rate = proportion("acc", [(1, 1), (0, 1), (0, 1)])
    assert rate.value == 0.333333
    assert str(signed_mean("bias", [(-1, 10**7)] * 2, (-0.5, 0.5)).value) == "0.0"


@pytest.mark.parametrize(("k", "n", "level"), [(1, 0, 0.95), (-1, 3, 0.95), (4, 3, 0.95), (1, 3, 1.0), (1, 3, 0)])
def test_what_is_no_proportion_is_refused(k: int, n: int, level: float) -> None:
    with pytest.raises(InputError, match="between 0 and 1|is no proportion"):
        wilson(k, n, level)
    with pytest.raises(InputError, match="between 0 and 1|is no proportion"):
        clopper_pearson(k, n, level)


def test_cluster_intervals_of_nothing_or_of_more_hits_than_trials_are_refused() -> None:
    with pytest.raises(InputError, match="no observations"):
        cluster_wilson([])
    with pytest.raises(InputError, match="5 hits in 4 trials"):
        cluster_wilson([(3, 2), (2, 2)])
    with pytest.raises(InputError, match="no observations"):
        mean_interval([], (-1, 1))


def test_quantiles_agree_with_scipy() -> None:
    stats = pytest.importorskip("scipy.stats")
    for level in (0.5, 0.8, 0.9, 0.95, 0.99, 0.9999):
        tail = (1 + level) / 2
        assert normal_quantile(level) == pytest.approx(stats.norm.ppf(tail), rel=1e-10)
        for freedom in [*range(1, 60), 199, 200, 201, 500, 10_000, 10**6]:
            assert t_quantile(level, freedom) == pytest.approx(stats.t.ppf(tail, freedom), rel=1e-9)


def test_quantiles_agree_with_the_printed_tables() -> None:
    # Abramowitz & Stegun (1964), table 26.10, 97.5 % points.
    assert normal_quantile(0.95) == pytest.approx(1.959964, abs=5e-7)
    table = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 10: 2.228, 30: 2.042, 120: 1.980}
    for freedom, value in table.items():
        assert t_quantile(0.95, freedom) == pytest.approx(value, abs=5e-4)


def test_quantiles_of_impossible_arguments_are_refused() -> None:
    with pytest.raises(InputError, match="0 degrees of freedom"):
        t_quantile(0.95, 0)
    with pytest.raises(InputError, match="between 0 and 1"):
        normal_quantile(1.5)
