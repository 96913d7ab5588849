"""Rates, shares and published figures: exact limits, properties, and coverage by simulation."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from salus.errors import BadInput
from salus.stats.rates import (
    direct_standardised_rate,
    indirect_expected,
    poisson_interval,
    published_interval,
    share_interval,
    standardised_ratio,
)

DRAWS = 20_000


@given(st.integers(1, 100_000))
def test_poisson_limits_solve_the_equations_that_define_them(events: int) -> None:
    rate = poisson_interval(events)
    assert math.isclose(stats.poisson.sf(events - 1, rate.low), 0.025, rel_tol=1e-8)
    assert math.isclose(stats.poisson.cdf(events, rate.high), 0.025, rel_tol=1e-8)


def test_the_rate_of_zero_events_keeps_an_upper_limit() -> None:
    rate = poisson_interval(0)
    assert (rate.value, rate.low) == (0.0, 0.0)
    assert math.isclose(rate.high, -math.log(0.025), rel_tol=1e-12)


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=20), st.floats(0.01, 1e6))
def test_the_rates_of_many_areas_are_those_of_each(events: list[int], exposure: float) -> None:
    together = poisson_interval(np.array(events), exposure)
    alone = [poisson_interval(each, exposure) for each in events]
    assert together.low.tolist() == [rate.low for rate in alone]
    assert together.high.tolist() == [rate.high for rate in alone]


@given(st.integers(0, 1000), st.floats(0.01, 1e6))
def test_twice_the_exposure_halves_rate_and_limits(events: int, exposure: float) -> None:
    one, two = poisson_interval(events, exposure), poisson_interval(events, 2 * exposure)
    assert [two.value, two.low, two.high] == [one.value / 2, one.low / 2, one.high / 2]


def test_a_rate_without_exposure_is_undefined_and_says_why() -> None:
    rates = poisson_interval([3, 4], [0.0, 2.0])
    assert np.isnan(rates.value).tolist() == [True, False]
    assert rates.reason == "no exposure, or a missing value"


@pytest.mark.parametrize(("events", "exposure"), [(-1, 1.0), (1, -1.0), (math.inf, 1.0)])
def test_events_or_exposure_that_cannot_be_are_refused(events: float, exposure: float) -> None:
    with pytest.raises(BadInput):
        poisson_interval(events, exposure)


@pytest.mark.parametrize("mean", [0.5, 3.0, 12.5, 80.0])
def test_poisson_intervals_cover_at_least_at_their_nominal_rate(mean: float) -> None:
    rate = poisson_interval(np.random.default_rng(1).poisson(mean, DRAWS))
    assert 0.945 <= ((rate.low <= mean) & (mean <= rate.high)).mean() <= 1.0


@pytest.mark.parametrize(("n", "share"), [(10, 0.1), (50, 0.5), (200, 0.03)])
def test_share_intervals_cover_at_least_at_their_nominal_rate(n: int, share: float) -> None:
    found = share_interval(np.random.default_rng(2).binomial(n, share, DRAWS), n)
    assert 0.945 <= ((found.low <= share) & (share <= found.high)).mean() <= 1.0


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_share_and_its_complement_have_mirrored_limits(pair: tuple[int, int]) -> None:
    part, whole = pair
    one, other = share_interval(part, whole), share_interval(whole - part, whole)
    assert math.isclose(one.low, 1 - other.high, abs_tol=1e-9)
    assert math.isclose(one.high, 1 - other.low, abs_tol=1e-9)


def test_a_share_of_nothing_is_undefined_and_a_part_above_its_whole_refused() -> None:
    assert share_interval(0, 0).reason == "the whole is zero, or a value is missing"
    with pytest.raises(BadInput):
        share_interval(3, 2)


def test_a_whole_share_reaches_one_and_an_empty_one_reaches_zero() -> None:
    assert share_interval([0, 8], [8, 8]).low[0] == 0.0
    assert share_interval([0, 8], [8, 8]).high[1] == 1.0


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(200, 10_000), st.integers(1, 1000)), min_size=1))
def test_a_standardised_rate_lies_between_its_strata_and_inside_its_limits(
    strata: list[tuple[int, int, int]],
) -> None:
    events, exposure, standard = (np.array(x) for x in zip(*strata, strict=True))
    rate = direct_standardised_rate(events, exposure, standard)
    strata_rates = events / exposure
    assert strata_rates.min() - 1e-12 <= rate.value <= strata_rates.max() + 1e-12
    assert rate.low <= rate.value <= rate.high


def test_one_stratum_standardised_has_the_exact_poisson_interval() -> None:
    rate, exact = direct_standardised_rate([7], [100], [1]), poisson_interval(7, 100)
    assert np.allclose([rate.low, rate.high], [exact.low, exact.high], rtol=1e-12)


def test_a_stratum_with_weight_but_without_exposure_leaves_the_rate_undefined() -> None:
    rate = direct_standardised_rate([1, 0], [10, 0], [1, 1])
    assert math.isnan(rate.value)
    assert rate.reason == "a stratum with weight has no exposure"


def test_direct_rates_cover_at_their_nominal_rate() -> None:
    rng, exposure, weights = np.random.default_rng(3), np.array([400.0, 300, 100]), np.array([1.0, 2, 2])
    true = np.array([0.01, 0.02, 0.08])
    target = float(weights @ true / weights.sum())
    found = [direct_standardised_rate(rng.poisson(true * exposure), exposure, weights) for _ in range(2000)]
    assert 0.94 <= np.mean([rate.low <= target <= rate.high for rate in found]) <= 0.995


def test_a_place_with_the_rates_of_the_reference_has_a_ratio_of_one() -> None:
    expected = indirect_expected([10, 40], [1000, 2000], [[500, 500], [0, 100]])
    assert np.asarray(expected).tolist() == [15.0, 2.0]
    assert standardised_ratio([15, 2], np.asarray(expected)).value.tolist() == [1.0, 1.0]


def test_the_lognormal_ratio_of_zero_events_is_undefined_but_the_exact_one_has_an_upper_limit() -> None:
    assert standardised_ratio(0, 5.0, "lognormal").reason == "no events, or none expected"
    assert standardised_ratio(0, 5.0).high > 0


@given(st.floats(-100, 100), st.floats(0.01, 50))
def test_a_published_interval_gives_back_the_error_it_was_made_from(value: float, se: float) -> None:
    made = published_interval(value, se=se)
    assert math.isclose(published_interval(value, low=made.low, high=made.high).se, se, rel_tol=1e-6)


def test_a_published_figure_without_interval_says_so() -> None:
    figure = published_interval(30.0)
    assert figure.reason == "no interval published"
    assert math.isnan(figure.se)
    with pytest.raises(BadInput):
        published_interval(30.0, low=20.0)
