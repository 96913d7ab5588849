"""Smoothing of small areas: properties, agreement of posterior and estimate, coverage by simulation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from salus.errors import BadInput
from salus.stats.rates import assuncao_reis, empirical_bayes, empirical_bayes_local, gamma_poisson

AREAS = st.lists(st.tuples(st.integers(0, 60), st.integers(10, 5000)), min_size=2, max_size=30)


def ring(n: int) -> sparse.csr_array:
    """Each area between its two neighbours on a circle."""
    place = np.arange(n)
    rows, columns = np.tile(place, 2), np.concatenate([(place + 1) % n, (place - 1) % n])
    return sparse.csr_array((np.ones(2 * n), (rows, columns)), shape=(n, n))


@given(AREAS)
def test_a_smoothed_rate_lies_between_the_raw_rate_and_the_mean(areas: list[tuple[int, int]]) -> None:
    events, exposure = (np.array(x, dtype=float) for x in zip(*areas, strict=True))
    smooth, raw = empirical_bayes(events, exposure), events / exposure
    assert (smooth.estimate >= np.minimum(raw, smooth.b) - 1e-12).all()
    assert (smooth.estimate <= np.maximum(raw, smooth.b) + 1e-12).all()


@given(AREAS)
def test_the_posterior_mean_is_the_estimate_where_areas_differ(areas: list[tuple[int, int]]) -> None:
    events, exposure = (np.array(x, dtype=float) for x in zip(*areas, strict=True))
    smooth = empirical_bayes(events, exposure)
    if smooth.a > 0:
        assert np.allclose(smooth.shape * smooth.scale, smooth.estimate, rtol=1e-9)


def test_areas_that_do_not_differ_share_the_posterior_of_the_whole() -> None:
    smooth = empirical_bayes([5, 5, 5], [100, 100, 100])
    assert smooth.a == 0
    assert smooth.estimate.tolist() == [0.05, 0.05, 0.05]
    assert smooth.shape.tolist() == [15.5, 15.5, 15.5]
    assert smooth.reason == "areas differ no more than by chance: all have the pooled rate"


def test_an_area_without_exposure_has_no_rate_and_does_not_move_the_others() -> None:
    without, with_it = empirical_bayes([2, 30], [100, 100]), empirical_bayes([2, 30, 0], [100, 100, 0])
    assert with_it.estimate[:2].tolist() == without.estimate.tolist()
    assert np.isnan(with_it.estimate[2])
    assert np.isnan(with_it.shape[2])
    assert with_it.reason == "some areas have no exposure"


def test_smoothed_intervals_cover_the_true_rates_at_their_nominal_rate() -> None:
    rng, covered = np.random.default_rng(4), []
    for _ in range(60):
        exposure = rng.uniform(200, 4000, 300)
        true = rng.gamma(4.0, 0.01 / 4.0, 300)
        interval = empirical_bayes(rng.poisson(true * exposure), exposure).interval()
        covered.append(((interval.low <= true) & (true <= interval.high)).mean())
    assert 0.93 <= np.mean(covered) <= 0.96


def test_smoothing_brings_rates_nearer_to_the_truth_than_raw_rates() -> None:
    rng = np.random.default_rng(5)
    exposure, true = rng.uniform(100, 1000, 400), rng.gamma(4.0, 0.01 / 4.0, 400)
    events = rng.poisson(true * exposure)
    smooth = empirical_bayes(events, exposure).estimate
    assert ((smooth - true) ** 2).mean() < 0.6 * ((events / exposure - true) ** 2).mean()


def test_local_smoothing_with_everybody_as_neighbour_has_the_global_mean() -> None:
    everyone = np.ones((4, 4)) - np.eye(4)
    events, exposure = [1, 5, 9, 30], [100, 200, 150, 300]
    local, whole = empirical_bayes_local(events, exposure, everyone), empirical_bayes(events, exposure)
    assert np.allclose(local.b, whole.b)
    assert np.allclose(local.a, whole.a)
    assert np.allclose(local.estimate, whole.estimate)


def test_local_smoothing_does_not_look_at_the_size_of_weights() -> None:
    events, exposure = np.arange(8) + 1.0, np.full(8, 100.0)
    binary, halves = ring(8), ring(8) * 0.5
    assert np.array_equal(
        empirical_bayes_local(events, exposure, binary).estimate,
        empirical_bayes_local(events, exposure, halves).estimate,
    )


def test_local_smoothing_follows_the_formula_worked_by_hand() -> None:
    smooth = empirical_bayes_local([2, 4, 40], [100, 100, 100], [[0, 1, 0], [1, 0, 1], [0, 1, 0]])
    mean = np.array([6 / 200, 46 / 300, 44 / 200])
    raw = np.array([0.02, 0.04, 0.40])
    apart = 100 * (raw - mean) ** 2
    spread = np.array([(apart[0] + apart[1]) / 200, apart.sum() / 300, (apart[1] + apart[2]) / 200])
    variance = np.maximum(spread - mean / 100, 0)
    wanted = mean + (raw - mean) * variance / (variance + mean / 100)
    assert np.allclose(smooth.estimate, wanted, rtol=1e-12)


def test_gamma_poisson_finds_the_parameters_that_made_the_counts() -> None:
    rng = np.random.default_rng(6)
    expected = rng.uniform(2, 40, 4000)
    fit = gamma_poisson(rng.poisson(expected * rng.gamma(3.0, 1.5 / 3.0, 4000)), expected)
    assert abs(fit.alpha - 3.0) < 0.3
    assert abs(np.exp(fit.beta) - 1.5) < 0.05
    assert (fit.relative_risk_median < fit.relative_risk).all()


def test_counts_more_even_than_chance_have_one_relative_risk_and_a_reason() -> None:
    fit = gamma_poisson([10, 10, 10], [10, 10, 10])
    assert fit.alpha == np.inf
    assert fit.relative_risk.tolist() == [1.0, 1.0, 1.0]
    assert fit.reason == "differences as by chance"


def test_rates_rising_along_a_ring_are_autocorrelated_and_shuffled_ones_are_not() -> None:
    exposure, rng = np.full(40, 1000.0), np.random.default_rng(7)
    rising = np.round(50 + 30 * np.sin(np.arange(40) * 2 * np.pi / 40))
    ordered = assuncao_reis(rising, exposure, ring(40), permutations=99, seed=1)
    mixed = assuncao_reis(rng.permutation(rising), exposure, ring(40), permutations=99, seed=1)
    assert ordered.p_permutation == 0.01
    assert mixed.p_permutation > 0.05


def test_weights_of_another_size_are_refused() -> None:
    with pytest.raises(BadInput, match="do not fit"):
        empirical_bayes_local([1, 2, 3], [10, 10, 10], ring(4))


def test_neighbourhoods_do_not_change_the_weights_that_were_given() -> None:
    weights = ring(5)
    empirical_bayes_local(np.arange(5) + 1.0, np.full(5, 100.0), weights)
    assert (weights != ring(5)).nnz == 0
