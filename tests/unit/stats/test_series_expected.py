"""Expected ranges, interruptions, forecasts and recording: properties, coverage and what is refused."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.errors import BadInput
from salus.stats.series import (
    farrington_flexible,
    forecast,
    holt_winters,
    interrupted_series,
    recording_break,
    reporting_lag,
)
from salus.stats.series.references import calendar_years, reference_weeks

WEEKS = range(312)
COUNTS = np.random.default_rng(11).negative_binomial(6, 0.4, (12, 312))


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 11), st.sampled_from(["delta", "nb_plugin"]), st.sampled_from([1, 5, 10]))
def test_a_series_has_the_same_range_alone_and_in_a_batch(row, threshold, periods):
    asked = {"b": 4, "threshold": threshold, "periods": periods}
    batch = farrington_flexible(COUNTS, WEEKS, range(300, 312), **asked)
    alone = farrington_flexible(COUNTS[row], WEEKS, range(300, 312), **asked)
    np.testing.assert_allclose(batch.upper[row], alone.upper, rtol=1e-9)
    assert (batch.alarm[row] == alone.alarm).all()


def test_evaluating_one_week_gives_what_evaluating_all_gives():
    every = farrington_flexible(COUNTS[0], WEEKS, b=4)
    one = farrington_flexible(COUNTS[0], WEEKS, [250], b=4)
    assert one.upper[0] == pytest.approx(every.upper[every.weeks == 250][0], rel=1e-9)


def test_dates_of_52_week_years_give_what_integers_give():
    first = date(2011, 1, 3)
    days = [first + timedelta(weeks=i) for i in WEEKS]
    dated = farrington_flexible(COUNTS[1], days, [220], b=2)
    assert calendar_years(days, 220, 2) == [220, 168, 116]
    assert dated.upper[0] == pytest.approx(farrington_flexible(COUNTS[1], WEEKS, [220], b=2).upper[0], rel=1e-9)


def test_a_year_of_53_weeks_lengthens_the_first_season_after_the_window():
    reference = reference_weeks([120, 67, 15], w=3, periods=10, skip=26)
    assert np.bincount(reference.season)[1] == 6 + 5
    assert np.bincount(reference_weeks([119, 67, 15], w=3, periods=10, skip=26).season)[1] == 5 + 5


def test_a_sudden_outbreak_is_an_alarm_and_a_past_one_does_not_hide_it():
    quiet = np.random.default_rng(2).poisson(8, 312)
    quiet[311], quiet[255:258] = 30, 90
    weighted = farrington_flexible(quiet, WEEKS, [311], b=4)
    blunt = farrington_flexible(quiet, WEEKS, [311], b=4, weights_threshold=None)
    assert weighted.alarm.tolist() == [True]
    assert weighted.upper[0] < blunt.upper[0]


def test_few_events_in_the_last_weeks_are_no_alarm():
    sparse = np.zeros(312)
    sparse[311] = 4
    found = farrington_flexible(sparse, WEEKS, [311], b=4)
    assert (found.upper[0] < 4, found.alarm[0], found.enough[0]) == (True, False, False)


def test_chance_alone_passes_the_threshold_about_as_often_as_alpha_says():
    counts = np.random.default_rng(7).negative_binomial(20, 0.5, (4000, 312))
    found = farrington_flexible(counts, WEEKS, [311], b=5, trend_p=0.05, alpha=0.05)
    rate = (counts[:, 311] > found.upper[:, 0]).mean()
    assert 0.035 < rate < 0.08


def test_population_that_grows_with_the_counts_leaves_the_expectation_where_it_was():
    people = np.linspace(1.0, 3.0, 312)
    found = farrington_flexible(np.round(400 * people), WEEKS, [311], b=4, population=people * 1e5)
    assert found.expected[0] == pytest.approx(400 * people[311], rel=0.01)


@pytest.mark.parametrize(
    ("weeks", "evaluate"), [(range(311), [310]), ([*range(311), 400], [310]), (WEEKS, [200]), (WEEKS, [312])]
)
def test_weeks_with_gaps_or_without_a_past_are_refused(weeks, evaluate):
    with pytest.raises(BadInput):
        farrington_flexible(COUNTS[0], weeks, evaluate, b=4)


def test_the_interval_of_the_rate_ratio_holds_the_truth_at_its_rate():
    generator, time, draws = np.random.default_rng(42), np.arange(72), 2000
    mean = 60 * np.exp(0.002 * time + 0.2 * np.sin(2 * np.pi * time / 12) + np.log(0.8) * (time >= 40))
    held = 0
    for _ in range(draws):
        counts = generator.negative_binomial(mean / 1.5, 1 / 2.5)
        found = interrupted_series(counts, 40, time % 12)
        held += found.low <= 0.8 <= found.high
    error = (0.95 * 0.05 / draws) ** 0.5
    print(f"coverage {held / draws:.3f}, Monte-Carlo standard error {error:.3f}")  # noqa: T201 - shown with pytest -s
    assert 0.93 <= held / draws <= 0.97


def test_errors_that_follow_each_other_widen_the_newey_west_limits():
    generator, drift = np.random.default_rng(9), 0.0
    counts = np.empty(240)
    for i in range(240):
        drift = 0.8 * drift + generator.normal(0, 0.2)
        counts[i] = generator.poisson(100 * np.exp(drift))
    quasi = interrupted_series(counts, 120)
    assert interrupted_series(counts, 120, errors="newey_west").se > 1.3 * quasi.se


def test_a_change_of_slope_is_found_beside_the_step():
    time = np.arange(60)
    mean = np.exp(6 + 0.01 * time - 0.3 * (time >= 30) + 0.02 * np.maximum(time - 30, 0))
    found = interrupted_series(np.round(mean), 30, slope_change=True)
    assert (found.level, found.slope, found.slope_change) == pytest.approx((-0.3, 0.01, 0.02), abs=0.005)


def test_exposure_as_offset_takes_its_growth_out():
    people = np.where(np.arange(48) < 24, 1000.0, 2000.0)
    counts = np.random.default_rng(1).poisson(people / 10)
    assert interrupted_series(counts, 24, offset=np.log(people)).rate_ratio == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("intervention", [11, 37, 0, 48])
def test_fewer_than_twelve_values_on_a_side_are_refused(intervention):
    with pytest.raises(BadInput, match="too few"):
        interrupted_series([5] * 48, intervention)


def test_no_events_after_leave_the_ratio_undefined():
    found = interrupted_series([5] * 24 + [0] * 24, 24)
    assert np.isnan(found.rate_ratio)
    assert found.reason.startswith("no events")


def test_smoothing_with_given_parameters_keeps_them():
    assert holt_winters([1.0, 5.0] * 8, 2, parameters=(0.2, 0.1, 0.3)).alpha == 0.2


def test_a_walk_without_season_to_learn_is_given_the_better_forecast_and_says_why_not_the_other():
    noise = np.random.default_rng(4).normal(size=96)
    found = forecast(noise + 5 * np.sin(np.arange(96) * np.pi / 6), 12, 6)
    assert (found.method == "holt_winters") == (found.mase < found.naive_mase)
    assert bool(found.reason) == (found.method == "naive")


def test_values_that_repeat_last_year_are_forecast_as_last_year():
    found = forecast([1.0, 2.0, 3.0, 9.0] * 8, 4, 5)
    assert (found.method, found.value.tolist()) == ("naive", [1.0, 2.0, 3.0, 9.0, 1.0])


def test_a_short_series_is_forecast_as_last_year_with_the_reason():
    assert forecast([1.0, 2.0, 3.0] * 3, 3, 1).reason.startswith("the series is too short")


def test_forecast_limits_hold_later_values_at_about_their_rate():
    generator, time, inside = np.random.default_rng(8), np.arange(84), []
    for _ in range(150):
        series = 100 + 15 * np.sin(time * np.pi / 6) + generator.normal(0, 5, 84)
        found = forecast(series[:78], 12, 6)
        inside.append((found.low_95 <= series[78:]) & (series[78:] <= found.high_95))
    assert 0.88 <= np.mean(inside) <= 0.99


def test_a_jump_of_one_offence_is_no_break_of_recording():
    counts = np.random.default_rng(6).poisson(30, (5, 48))
    counts[0, 30:] *= 3
    found = recording_break(counts)
    assert (found.flag, found.position, found.share) == (False, -1, 0.2)


def test_a_break_of_recording_is_found_where_all_offences_jump():
    counts = np.random.default_rng(6).poisson(30, (5, 48))
    counts[:, 30:] = counts[:, 30:] // 2
    found = recording_break(counts)
    assert (found.flag, found.position) == (True, 30)
    assert found.ratio == pytest.approx(0.5, abs=0.1)


def test_the_chain_ladder_finds_the_events_that_are_still_to_be_registered():
    generator = np.random.default_rng(10)
    event = np.repeat(np.arange(24), 400)
    registered = event + generator.choice(3, event.size, p=[0.5, 0.3, 0.2])
    found = reporting_lag(event, registered, until=23)
    np.testing.assert_allclose(found.completeness[-3:], [1.0, 0.8, 0.5], atol=0.03)
    np.testing.assert_allclose(found.expected, 400, rtol=0.15)
    assert found.registered.sum() == (registered <= 23).sum()


def test_a_registration_before_its_event_is_refused():
    with pytest.raises(BadInput):
        reporting_lag([3, 4], [3, 2])


@pytest.mark.parametrize("threshold", ["delta", "nb_plugin"])
def test_series_that_start_end_or_stand_at_zero_have_a_threshold(threshold):
    time = np.arange(312)
    odd = np.stack([0 * time, 50 * (time > 200), 1_000_000 * (time < 60), 100 * (time % 52 == 51), 9 * (time == 311)])
    found = farrington_flexible(odd, WEEKS, np.array([300, 311]), b=4, threshold=threshold)
    assert np.isfinite(found.upper).all()
    assert found.reason == ""
