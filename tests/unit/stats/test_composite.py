"""Scores on one scale and brought together: order of means, fixed points, what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.errors import BadInput
from salus.stats.composite import (
    Aggregation,
    aggregate,
    complementary_geometric_mean,
    inform_risk,
    normalise,
    relative_score,
    weakest_link_mean,
)

SCORES = st.lists(st.floats(1, 100), min_size=1, max_size=8)


@given(SCORES)
def test_harmonic_geometric_and_arithmetic_means_come_in_this_order(scores: list[float]) -> None:
    orders: list[Aggregation] = ["harmonic", "geometric", "arithmetic"]
    means = [float(aggregate(scores, method=m)) for m in orders]
    assert min(scores) - 1e-9 <= means[0] <= means[1] + 1e-9 <= means[2] + 2e-9 <= max(scores) + 3e-9


@given(SCORES)
def test_power_means_of_order_one_and_minus_one_are_the_named_ones(scores: list[float]) -> None:
    assert np.isclose(aggregate(scores, method="power", p=1), aggregate(scores))
    assert np.isclose(aggregate(scores, method="power", p=-1), aggregate(scores, method="harmonic"))


def test_a_missing_score_is_not_passed_over_unless_asked() -> None:
    assert np.isnan(aggregate([[1, np.nan], [3, 5]], [1, 3])).tolist() == [True, False]
    assert np.asarray(aggregate([[1, np.nan], [3, 5]], [1, 3], skip_missing=True)).tolist() == [1.0, 4.5]
    assert np.isnan(aggregate([np.nan, np.nan], skip_missing=True))


def test_a_geometric_mean_of_zero_is_refused() -> None:
    with pytest.raises(BadInput, match="above 0"):
        aggregate([0, 5], method="geometric")


def test_goalposts_fix_the_scale_and_cut_what_lies_beyond() -> None:
    assert normalise([-5, 0, 5, 20], goalposts=(0, 10)).tolist() == [0, 0, 50, 100]
    assert normalise([0, 10, 2.5], goalposts=(10, 0)).tolist() == [100, 0, 75]
    ratios = normalise([0, 0.8, 1.0, 1.25, 9], "log", goalposts=(0.8, 1.25))
    assert ratios.round(6).tolist() == [0, 0, 50, 100, 100]


def test_columns_are_put_on_their_own_scales_and_missing_values_stay_missing() -> None:
    found = normalise([[1, 100], [2, 300], [np.nan, 200]])
    assert found[:2].tolist() == [[0, 0], [100, 100]]
    assert np.isnan(found[2, 0])
    assert found[2, 1] == 50


def test_standard_scores_ranks_and_distances_follow_their_definitions() -> None:
    assert np.allclose(normalise([1, 2, 3], "z"), [-1, 0, 1])
    assert normalise([5, 1, 5], "rank").tolist() == [2, 1, 2]
    assert normalise([2, 4, 3], "distance").tolist() == [0, 1, 0.5]


def test_a_column_without_differences_has_no_scale() -> None:
    assert np.isnan(normalise([3, 3, 3])).all()
    assert np.isnan(normalise([3, 3, 3], "z")).all()


@pytest.mark.parametrize(
    ("method", "goalposts"),
    [("log", None), ("log", (0, 1)), ("minmax", (2, 2)), ("z", (0, 1)), ("other", None)],
)
def test_scales_that_cannot_be_are_refused(method: str, goalposts: object) -> None:
    with pytest.raises(BadInput):
        normalise([1, 2], method, goalposts)  # type: ignore[arg-type]


@given(st.lists(st.floats(0, 5), min_size=6, max_size=6), st.floats(0, 1))
def test_the_weakest_link_pulls_the_mean_down_not_below_itself(scores: list[float], weight: float) -> None:
    found = float(weakest_link_mean(scores, weight))
    assert min(scores) - 1e-9 <= found <= np.mean(scores) + 1e-9


def test_capacity_of_rows_is_worked_row_by_row_and_missing_parts_leave_it_undefined() -> None:
    found = np.asarray(weakest_link_mean([[5, 5, 5, 5, 5, 0], [3, 3, 3, 3, 3, np.nan]]))
    assert np.isclose(found[0], 0.7 * 25 / 6)
    assert np.isnan(found[1])


@given(st.floats(0, 10), st.floats(0, 10), st.floats(0, 10))
def test_inform_risk_lies_between_its_parts(h: float, v: float, c: float) -> None:
    assert min(h, v, c) - 1e-9 <= inform_risk(h, v, c) <= max(h, v, c) + 1e-9


@given(st.lists(st.floats(0, 10), min_size=1, max_size=6))
def test_the_complementary_mean_lets_high_scores_weigh_more(scores: list[float]) -> None:
    assert np.mean(scores) - 1e-9 <= complementary_geometric_mean(scores) <= max(scores) + 1e-9


@given(st.floats(0.01, 1e5), st.floats(0.01, 1e5), st.floats(0.01, 1e3))
def test_relative_scores_of_rates_do_not_depend_on_the_unit(value: float, mean: float, unit: float) -> None:
    assert np.isclose(relative_score(value, mean), relative_score(value * unit, mean * unit))


def test_the_mean_scores_fifty_and_twice_the_mean_two_thirds_of_a_hundred() -> None:
    assert relative_score([5, 10, 0], 5.0).round(2).tolist() == [50, 66.67, 0]


@given(st.floats(0.1, 99.9), st.floats(0.1, 99.9))
def test_a_percentage_and_its_complement_have_mirrored_scores(value: float, mean: float) -> None:
    assert np.isclose(relative_score(value, mean, "percent") + relative_score(100 - value, 100 - mean, "percent"), 100)


def test_nothing_against_nothing_cannot_be_compared_and_percentages_end_at_a_hundred() -> None:
    assert np.isnan(relative_score(0.0, 0.0))
    assert relative_score(100.0, 40.0, "percent") == 100
    with pytest.raises(BadInput):
        relative_score(120.0, 40.0, "percent")
