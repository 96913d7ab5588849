"""How often intervals hold the truth: by summation where the distribution is known, else with the Monte-Carlo error."""

import numpy as np
import pytest
from scipy import special, stats

from salus.stats.autocorrelation import getis_ord
from salus.stats.rates import direct_standardised_rate, poisson_interval, share_interval
from tests.unit.stats.test_autocorrelation import random_map


@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
def test_exact_poisson_intervals_hold_every_mean_at_their_level_by_summation(level):
    means = np.concatenate([np.linspace(0.01, 30, 800), np.linspace(30, 300, 100)])
    events = np.arange(600)
    limits = poisson_interval(events, level=level)
    held = (limits.low[:, None] <= means) & (means <= limits.high[:, None])
    coverage = (stats.poisson.pmf(events[:, None], means) * held).sum(axis=0)
    assert coverage.min() >= level
    # Exact does not mean endless: beyond small means there is little to spare.
    assert coverage[means > 30].mean() < level + 0.4 * (1 - level)


@pytest.mark.parametrize("n", [5, 20, 100])
def test_exact_share_intervals_hold_every_share_at_their_level_by_summation(n):
    shares, parts = np.linspace(0.001, 0.999, 999), np.arange(n + 1)
    limits = share_interval(parts, n)
    held = (limits.low[:, None] <= shares) & (shares <= limits.high[:, None])
    coverage = (stats.binom.pmf(parts[:, None], n, shares) * held).sum(axis=0)
    assert coverage.min() >= 0.95


def gamma_approximate(events: np.ndarray, exposure: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
    """Limits by matching a gamma to mean and variance on both sides (Dobson et al. 1991 in spirit, without the
    allowance of Fay and Feuer for the one event more that could have come)."""
    each = weights / weights.sum() / exposure
    rate, variance = float(each @ events), float(each**2 @ events)
    return tuple(special.gammaincinv(rate**2 / variance, p) * variance / rate for p in (0.025, 0.975))


def test_fay_feuer_holds_at_least_945_in_a_thousand_and_costs_little_width():
    rng, draws = np.random.default_rng(31), 4000
    exposure, weights = np.array([900.0, 500, 250, 60]), np.array([3.0, 3, 2, 2])
    true = np.array([0.004, 0.01, 0.03, 0.08])
    target = float(weights @ true / weights.sum())
    counts = rng.poisson(true * exposure, (draws, 4))
    counts = counts[counts.sum(axis=1) > 0]
    ours = [direct_standardised_rate(row, exposure, weights) for row in counts]
    plain = [gamma_approximate(row, exposure, weights) for row in counts]
    held = np.mean([rate.low <= target <= rate.high for rate in ours])
    held_plain = np.mean([low <= target <= high for low, high in plain])
    width = np.mean([rate.high - rate.low for rate in ours])
    width_plain = np.mean([high - low for low, high in plain])
    error = np.sqrt(0.05 * 0.95 / draws)
    said = (
        f"Fay-Feuer {held:.4f}, gamma-approximate {held_plain:.4f} (Monte-Carlo error {error:.4f});"
        f" width {width:.5f} beside {width_plain:.5f}"
    )
    assert held >= 0.945, said
    assert held_plain < 0.945, said  # what the wider limits are for
    assert width < 1.25 * width_plain, said


def test_p_values_of_gi_star_are_uniform_where_there_is_no_pattern():
    rng, w = np.random.default_rng(23), random_map(60, 24)
    p = [getis_ord(rng.normal(size=60), w, permutations=999, seed=rng).p_permutation[5] for _ in range(300)]
    assert stats.kstest(p, "uniform").pvalue > 0.01
