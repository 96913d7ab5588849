"""Series taken apart, broken and shared out: properties, hand-worked cases and what is refused."""

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.errors import BadInput
from salus.stats.series import aoristic, breakpoints, stl

MONTHS = np.arange(72)
YEARLY = 50 + 0.3 * MONTHS + 8 * np.sin(2 * np.pi * MONTHS / 12) + np.random.default_rng(3).normal(0, 2, 72)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.floats(-1e3, 1e3), min_size=27, max_size=60),
    st.integers(2, 12),
    st.sampled_from(["periodic", 7, 10, 13]),
    st.booleans(),
)
def test_the_parts_of_a_series_sum_to_it(values, period, seasonal, robust):
    parts = stl(values, period, seasonal, robust=robust)
    np.testing.assert_allclose(parts.seasonal + parts.trend + parts.remainder, values, atol=1e-9)
    assert np.isfinite(parts.trend).all()


def test_a_series_in_a_matrix_has_the_parts_it_has_alone():
    both = stl(np.stack([YEARLY, YEARLY[::-1]]), 12, 7, robust=True)
    np.testing.assert_allclose(both.trend[0], stl(YEARLY, 12, 7, robust=True).trend, atol=1e-9)


def test_a_periodic_season_repeats_itself_every_cycle():
    season = stl(YEARLY, 12).seasonal
    np.testing.assert_allclose(season[12:], season[:-12], atol=1e-12)


def test_an_outlier_leaves_the_robust_trend_alone():
    spoilt = YEARLY.copy()
    spoilt[30] += 200
    clean = stl(YEARLY, 12, robust=True)
    robust, plain = stl(spoilt, 12, robust=True), stl(spoilt, 12)
    assert robust.weights[30] == 0
    assert np.abs(robust.trend - clean.trend).max() < np.abs(plain.trend - clean.trend).max() / 5


@pytest.mark.slow
@pytest.mark.parametrize("robust", [False, True])
@pytest.mark.parametrize("seasonal", [7, 13])
def test_statsmodels_decomposes_alike_where_windows_and_jumps_are_equal(seasonal, robust):
    other = pytest.importorskip("statsmodels.tsa.seasonal", reason="the extra [opinion] is not installed")
    span = int(np.ceil(18 / (1 - 1.5 / seasonal)))
    span += span % 2 == 0
    rounds = {"inner_iter": 1, "outer_iter": 15} if robust else {"inner_iter": 2, "outer_iter": 0}
    jumps = {"seasonal_jump": -(-seasonal // 10), "trend_jump": -(-span // 10), "low_pass_jump": 2}
    windows = {"seasonal": seasonal, "trend": span, "low_pass": 13, "seasonal_deg": 0}
    theirs = other.STL(YEARLY, 12, robust=robust, **windows, **jumps).fit(**rounds)
    ours = stl(YEARLY, 12, seasonal, robust=robust)
    np.testing.assert_allclose(ours.seasonal, theirs.seasonal, atol=1e-9)
    np.testing.assert_allclose(ours.trend, theirs.trend, atol=1e-9)


@pytest.mark.parametrize(("values", "period"), [([1.0] * 24, 12), ([1.0, float("nan")] * 20, 4), ([1.0] * 9, 1)])
def test_a_series_without_two_whole_cycles_is_refused(values, period):
    with pytest.raises(BadInput):
        stl(values, period)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 9), min_size=8, max_size=13).filter(lambda v: len(set(v)) > 1))
def test_breakpoints_are_those_of_trying_every_division(values):
    found = breakpoints(values, max_breaks=3, trim=2)
    for m, rss in enumerate(found.rss):
        divisions = [
            np.split(np.array(values, dtype=float), cut)
            for cut in combinations(range(2, len(values) - 1), m)
            if all(later - earlier >= 2 for earlier, later in pairwise(cut))
        ]
        least = min(sum(((part - part.mean()) ** 2).sum() for part in parts) for parts in divisions)
        assert rss == pytest.approx(least, abs=1e-9)
        chosen = np.split(np.array(values, dtype=float), found.candidates[m])
        assert sum(((part - part.mean()) ** 2).sum() for part in chosen) == pytest.approx(least, abs=1e-9)
    assert min(found.bic) == found.bic[found.positions.size]


def test_a_series_of_one_value_has_no_break_and_says_so():
    found = breakpoints([4.0] * 20)
    assert (found.positions.size, found.reason) == (0, "all values are the same")


def test_noise_alone_has_no_break():
    quiet = np.random.default_rng(5).normal(size=(50, 60))
    assert sum(breakpoints(row).positions.size > 0 for row in quiet) <= 5


@pytest.mark.parametrize(("values", "trim"), [([1.0, 2.0], 0.15), (list(range(10)), 0.6), (list(range(10)), 0.1)])
def test_a_series_too_short_to_part_is_refused(values, trim):
    with pytest.raises(BadInput):
        breakpoints(values, trim=trim)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 24), st.floats(0, 24)).map(sorted), min_size=1, max_size=30),
    st.lists(st.floats(0.5, 23.5), max_size=6, unique=True),
)
def test_shares_of_events_inside_the_edges_sum_to_their_number(events, inner):
    start, end = np.array(events).T
    found = aoristic(start, end, [0.0, *sorted(inner), 24.0])
    np.testing.assert_allclose(found.shares.sum(axis=1), 1.0, atol=1e-9)
    assert found.expected.sum() == pytest.approx(len(events))
    assert found.outside == pytest.approx(0.0, abs=1e-9)


def test_an_event_of_known_time_goes_whole_to_the_bin_that_begins_there():
    assert aoristic([1.0, 2.0], [1.0, 2.0], [0.0, 1.0, 2.0]).expected.tolist() == [0.0, 2.0]


def test_a_burglary_over_a_weekend_is_shared_out_by_days():
    nights = np.array(["2024-03-01", "2024-03-02", "2024-03-03", "2024-03-04"], dtype="datetime64[s]")
    left, back = np.array(["2024-03-01T12:00"], "datetime64[s]"), np.array(["2024-03-03T12:00"], "datetime64[s]")
    np.testing.assert_allclose(aoristic(left, back, nights).expected, [0.25, 0.5, 0.25])


def test_time_outside_the_edges_is_told():
    assert aoristic([0.0, 9.0], [4.0, 9.0], [2.0, 4.0]).outside == 1.5


def test_an_end_before_its_start_is_refused_with_its_row():
    with pytest.raises(BadInput, match="event 1"):
        aoristic([0.0, 3.0], [1.0, 2.0], [0.0, 4.0])
