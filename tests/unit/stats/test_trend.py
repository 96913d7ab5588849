"""Yearly rate ratios: hand-worked cases, undefined ones, and coverage by simulation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from salus.errors import BadInput
from salus.stats.trend import rate_trend

YEARS = np.arange(2019, 2023)
QUARTERS = 2019.125 + np.arange(16) / 4


@given(st.floats(0.7, 1.4), st.floats(1.0, 1e6))
def test_a_rate_that_changes_by_one_ratio_every_year_gives_that_ratio(ratio: float, exposure: float) -> None:
    trend = rate_trend(1000 * ratio ** np.arange(4), np.full(4, exposure), YEARS)
    assert np.isclose(trend.rate_ratio, ratio, rtol=1e-8)
    assert trend.low < ratio < trend.high


def test_growth_of_events_with_the_population_is_no_trend() -> None:
    trend = rate_trend([100, 200, 400, 800], [1, 2, 4, 8], YEARS)
    assert np.isclose(trend.rate_ratio, 1.0)


def test_two_halves_of_exposure_agree_with_the_difference_worked_by_hand() -> None:
    trend = rate_trend([100, 100, 150, 150], [1, 1, 1, 1], [0, 0, 1, 1])
    assert np.isclose(trend.rate_ratio, 1.5)
    assert np.isclose(trend.se, np.sqrt(1 / 200 + 1 / 300))
    assert trend.df == 2


def test_season_factors_take_the_season_out() -> None:
    season = np.tile([1, 2, 3, 4], 4)
    counts = 1000 * 1.1 ** (QUARTERS - 2019) * np.tile([0.5, 1.0, 1.5, 2.0], 4)
    trend = rate_trend(counts, np.ones(16), QUARTERS, season)
    assert np.isclose(trend.rate_ratio, 1.1)
    assert trend.dispersion < 1e-9


def test_a_season_without_events_does_not_change_the_trend() -> None:
    season = np.tile([1, 2, 3, 4], 4)
    counts = 1000 * 1.1 ** (QUARTERS - 2019) * np.tile([0.0, 1.0, 1.5, 2.0], 4)
    assert np.isclose(rate_trend(counts, np.ones(16), QUARTERS, season).rate_ratio, 1.1)


@pytest.mark.parametrize(
    ("counts", "periods", "reason"),
    [
        ([0, 0, 0, 0], [0, 1, 2, 3], "no events"),
        ([5, 6], [0, 1], "too few periods"),
        ([5, 6, 7], [1, 1, 1], "the periods do not differ within seasons"),
        ([0, 0, 0, 9], [0, 1, 2, 3], "events in one period only, at an end of the series"),
    ],
)
def test_where_no_trend_can_be_had_it_is_undefined_and_says_why(
    counts: list[int], periods: list[int], reason: str
) -> None:
    trend = rate_trend(counts, np.ones(len(counts)), periods)
    assert np.isnan([trend.rate_ratio, trend.low, trend.high]).all()
    assert trend.reason == reason


def test_a_period_without_exposure_is_refused() -> None:
    with pytest.raises(BadInput):
        rate_trend([1, 2, 3], [1, 0, 1], [0, 1, 2])


@pytest.mark.parametrize(
    ("dispersion", "periods", "season", "most"),
    [
        # With pure chance and four points the interval is the wider of two, so it covers more often.
        (1.0, YEARS, None, 0.99),
        (4.0, YEARS, None, 0.97),
        (4.0, QUARTERS, np.tile([1, 2, 3, 4], 4), 0.97),
    ],
)
def test_trend_intervals_cover_at_least_at_their_nominal_rate(
    dispersion: float, periods: np.ndarray, season: np.ndarray | None, most: float
) -> None:
    rng, covered = np.random.default_rng(9), []
    mean = 400 * 0.92 ** (periods - periods[0])
    for _ in range(1500):
        if dispersion == 1.0:
            counts = rng.poisson(mean)
        else:
            counts = rng.negative_binomial(mean / (dispersion - 1), 1 / dispersion)
        trend = rate_trend(counts, np.ones(periods.size), periods, season)
        covered.append(trend.low <= 0.92 <= trend.high)
    assert 0.94 <= np.mean(covered) <= most


def test_limits_are_students_with_the_dispersion_and_the_error_fits_them() -> None:
    trend = rate_trend([80, 120, 130, 170], [1, 1, 1, 1], [0, 0, 1, 1])
    pearson = (20**2 + 20**2) / 100 + (20**2 + 20**2) / 150
    reach = stats.t.ppf(0.975, 2) * np.sqrt(pearson / 2 * (1 / 200 + 1 / 300))
    assert np.allclose(np.log([trend.low, trend.high]), np.log(1.5) + np.array([-reach, reach]))
    assert np.isclose(trend.se, reach / stats.norm.ppf(0.975))
