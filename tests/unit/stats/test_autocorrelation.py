"""Spatial autocorrelation: properties, agreement with permutation area by area, behaviour under no pattern."""

from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse, stats

from salus.errors import BadInput
from salus.stats.autocorrelation import (
    benjamini_hochberg,
    bivariate_local_moran,
    geary,
    getis_ord,
    join_counts,
    local_moran,
    moran,
)
from salus.stats.conditional_permutation import distinct, extremes
from salus.stats.inputs import weight_matrix

VALUES = st.lists(st.integers(0, 50), min_size=6, max_size=25).filter(lambda x: len(set(x)) > 2)
FIELDS = ("statistic", "z", "p_value", "quadrant")


def random_map(n: int, seed: int, *, equal: bool = True) -> np.ndarray:
    """Weights in which every area has between one and n - 1 neighbours, not symmetric."""
    rng = np.random.default_rng(seed)
    weights = (rng.random((n, n)) < 0.3).astype(float)
    weights[np.arange(n), (np.arange(n) + 1) % n] = 1.0
    np.fill_diagonal(weights, 0.0)
    return weights / weights.sum(axis=1, keepdims=True) if equal else weights * rng.uniform(0.2, 2.0, (n, n))


def area_by_area(values: np.ndarray, weights: np.ndarray, draws: int) -> tuple[np.ndarray, np.ndarray]:
    """Shares of draws as high and as low, each area's neighbours dealt on their own."""
    rng, high, low = np.random.default_rng(0), [], []
    for i in range(values.size):
        near = np.nonzero((weights[i] != 0) & (np.arange(values.size) != i))[0]
        others, seen = np.delete(values, i), weights[i, near] @ values[near]
        sums = rng.permuted(np.tile(others, (draws, 1)), axis=1)[:, : near.size] @ weights[i, near]
        high.append((sums >= seen - 1e-9).mean())
        low.append((sums <= seen + 1e-9).mean())
    return np.array(high), np.array(low)


@given(VALUES, st.integers(0, 1000))
@example([0, 1, 10, 0, 0, 0], 201)
def test_statistics_follow_the_areas_when_they_are_listed_in_another_order(values: list[int], seed: int) -> None:
    x, order = np.array(values, dtype=float), np.random.default_rng(seed).permutation(len(values))
    w = random_map(x.size, seed)
    moved = w[np.ix_(order, order)]
    assert np.isclose(moran(x, w).z, moran(x[order], moved).z)
    assert np.isclose(geary(x, w).z, geary(x[order], moved).z)
    one, other = local_moran(x, w), local_moran(x[order], moved)
    for field in ("statistic", "z", "p_value"):
        assert np.allclose(getattr(one, field)[order], getattr(other, field), equal_nan=True, atol=1e-8)
    here, there = getis_ord(x, w).statistic[order], getis_ord(x[order], moved).statistic
    assert np.allclose(here, there, equal_nan=True, atol=1e-8)


@given(VALUES, st.floats(0.5, 20), st.floats(-100, 100))
def test_a_change_of_unit_or_origin_changes_no_statistic(values: list[int], scale: float, shift: float) -> None:
    x, w = np.array(values, dtype=float), random_map(len(values), 3, equal=False)
    y = scale * x + shift
    assert np.isclose(moran(x, w).z, moran(y, w).z, atol=1e-6)
    assert np.isclose(geary(x, w).z, geary(y, w).z, atol=1e-6)
    assert np.allclose(local_moran(x, w).statistic, local_moran(y, w).statistic, atol=1e-6)
    assert np.allclose(getis_ord(x, w).statistic, getis_ord(y, w).statistic, atol=1e-6, equal_nan=True)
    for star in (True, False):
        one, other = getis_ord(x, w, star, 99, seed=1), getis_ord(y, w, star, 99, seed=1)
        assert np.allclose(one.p_permutation, other.p_permutation, equal_nan=True)


@given(VALUES)
def test_local_statistics_add_up_to_the_global_one_times_the_sum_of_weights(values: list[int]) -> None:
    x, w = np.array(values, dtype=float), random_map(len(values), 5, equal=False)
    assert np.isclose(local_moran(x, w).statistic.sum(), moran(x, w).statistic * w.sum())
    rows = random_map(len(values), 5)
    n = len(values)
    assert np.isclose(local_moran(x, rows).statistic.sum(), n * moran(x, rows).statistic)
    assert np.isclose(local_moran(x, rows, convention="esda").statistic.sum(), (n - 1) * moran(x, rows).statistic)


@given(VALUES)
def test_a_variable_with_itself_is_the_local_moran_of_the_esda_convention(values: list[int]) -> None:
    x, w = np.array(values, dtype=float), random_map(len(values), 6)
    both, one = bivariate_local_moran(x, x, w, 99, seed=2), local_moran(x, w, 99, seed=2, convention="esda")
    assert np.allclose(both.statistic, one.statistic)
    assert both.quadrant.tolist() == one.quadrant.tolist()
    assert both.p_permutation.tolist() == one.p_permutation.tolist()


@pytest.mark.parametrize("equal", [True, False])
@pytest.mark.parametrize("ties", [True, False])
def test_shared_draws_give_the_p_values_of_permutation_area_by_area(equal: bool, ties: bool) -> None:
    rng, draws = np.random.default_rng(8), 20_000
    x = rng.poisson(1.5, 30).astype(float) if ties else rng.normal(size=30)
    w = random_map(30, 9, equal=equal)
    found = extremes(x, weight_matrix(w, 30), draws, seed=10)
    high, low = area_by_area(x, w, draws)
    error = 4.5 * np.sqrt(0.25 * 2 / draws)
    assert np.abs(found.as_high / draws - high).max() < error
    assert np.abs(found.as_low / draws - low).max() < error


def test_every_sample_of_neighbours_is_counted_as_often_as_it_is_likely() -> None:
    x, w = np.array([3.0, 1.0, 4.0, 1.0, 5.0, 9.0]), np.zeros((6, 6))
    w[0, [2, 4]], w[5, [1, 3, 4]] = 1.0, 0.5
    found = extremes(x, weight_matrix(w, 6), 200_000, seed=1)
    for area, size, seen in ((0, 2, 9.0), (5, 3, 7.0)):
        sums = np.array([sum(s) for s in combinations(np.delete(x, area), size)])
        assert found.as_high[area] / 200_000 == pytest.approx((sums >= seen).mean(), abs=0.004)
        assert found.as_low[area] / 200_000 == pytest.approx((sums <= seen).mean(), abs=0.004)


def test_blocks_of_draws_and_areas_change_nothing_but_the_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    x, w = np.random.default_rng(3).normal(size=40), random_map(40, 4, equal=False)
    whole = extremes(x, weight_matrix(w, 40), 9_999, seed=1)
    monkeypatch.setattr("salus.stats.conditional_permutation._BLOCK", 5_000)
    parts = extremes(x, weight_matrix(w, 40), 9_999, seed=1)
    assert np.abs(whole.as_high - parts.as_high).max() < 4.5 * np.sqrt(9_999 * 0.25 * 2)


@pytest.mark.parametrize(("n", "size"), [(7, 3), (7, 4)])
def test_samples_without_replacement_are_all_equally_likely(n: int, size: int) -> None:
    drawn = distinct(n, 100_000, size, np.random.default_rng(12))
    codes, counts = np.unique(drawn @ (n ** np.arange(size)), return_counts=True)
    assert codes.size == len(list(permutations(range(n), size)))
    assert stats.chisquare(counts).pvalue > 0.001


def test_p_values_are_uniform_where_there_is_no_pattern() -> None:
    rng, w = np.random.default_rng(21), random_map(60, 22)
    local = [local_moran(rng.normal(size=60), w, 999, seed=rng).p_permutation[0] for _ in range(250)]
    whole = [moran(rng.normal(size=60), w, 199, seed=rng).p_permutation for _ in range(250)]
    differences = [geary(rng.normal(size=60), w, 199, seed=rng).p_permutation for _ in range(250)]
    for p in (local, whole, differences):
        assert stats.kstest(p, "uniform").pvalue > 0.01


def test_permutations_of_all_orders_have_the_mean_and_variance_of_the_formulas() -> None:
    x, w = np.array([1.0, 2.0, 4.0, 8.0, 9.0, 3.0]), random_map(6, 2, equal=False)
    orders = [np.array(p) for p in permutations(x)]
    for statistic in (moran, geary):
        every = np.array([statistic(order, w).statistic for order in orders])
        assert statistic(x, w).expected == pytest.approx(every.mean())
        assert statistic(x, w).variance == pytest.approx(every.var())


def test_join_counts_of_all_arrangements_have_the_mean_and_variance_of_the_formulas() -> None:
    x, w = np.array([1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]), random_map(7, 2, equal=False)
    counts = []
    for chosen in combinations(range(7), 3):
        found = join_counts(np.isin(np.arange(7), chosen), w)
        counts.append([found.bb, found.bw, found.ww])
    found = join_counts(x, w)
    assert found.expected == pytest.approx(np.mean(counts, axis=0))
    assert found.variance == pytest.approx(np.var(counts, axis=0))
    assert found.bb + found.bw + found.ww == pytest.approx(w.sum() / 2)


def test_a_cluster_of_the_feature_has_many_like_joins_and_few_unlike() -> None:
    line = np.diag(np.ones(19), 1) + np.diag(np.ones(19), -1)
    found = join_counts([1] * 8 + [0] * 12, line, permutations=999, seed=1)
    assert (found.bb, found.bw, found.ww) == (7.0, 1.0, 11.0)
    assert (found.p_value < 0.01).all()
    assert (found.p_permutation < 0.01).all()


@settings(max_examples=50)
@given(arrays(float, st.integers(1, 40), elements=st.floats(0, 1)))
def test_adjusted_p_values_are_those_of_scipy(p: np.ndarray) -> None:
    assert np.allclose(benjamini_hochberg(p), stats.false_discovery_control(p))


def test_an_area_without_neighbours_has_no_local_statistic_and_is_no_test() -> None:
    w = random_map(12, 1)
    alone = np.zeros((13, 13))
    alone[:12, :12] = w
    x = np.append(np.arange(12.0), 40.0)
    for found in (local_moran(x, alone, 99, seed=1), getis_ord(x, alone, permutations=99, seed=1)):
        assert np.isnan(found.statistic[12])
        assert np.isnan(found.p_permutation[12])
        assert not np.isnan(found.statistic[:12]).any()
        assert found.reason == "areas without neighbours: 1"
        adjusted = benjamini_hochberg(found.p_value)
        assert np.allclose(adjusted[:12], stats.false_discovery_control(found.p_value[:12]))
    assert local_moran(x, alone).quadrant[12] == 0


def test_equal_values_have_no_statistic_and_say_so() -> None:
    w = random_map(6, 1)
    for found in (moran([2] * 6, w), geary([2] * 6, w), join_counts([1] * 6, w)):
        assert found.reason == "all values are equal"
    for local in (local_moran([2] * 6, w, 9), getis_ord([2] * 6, w, permutations=9)):
        assert np.isnan(local.statistic).all()
        assert np.isnan(local.p_permutation).all()
        assert local.reason == "all values are equal"
    both = bivariate_local_moran([1, 2, 3, 4, 5, 6], [2] * 6, w)
    assert (np.isnan(both.statistic).all(), both.reason) == (True, "all values are equal")


def test_weights_without_a_single_neighbour_give_no_statistic() -> None:
    found = moran([1, 2, 3], np.zeros((3, 3)), 9)
    assert np.isnan(found.statistic)
    assert found.reason == "fewer than two areas have neighbours"


def test_three_areas_have_a_statistic_but_no_variance() -> None:
    found = moran([1, 2, 4], [[0, 1, 0], [1, 0, 1], [0, 1, 0]])
    assert np.isfinite(found.statistic)
    assert (np.isnan(found.z), found.reason) == (True, "too few areas for a variance")


def test_an_area_whose_neighbours_are_all_others_has_no_g_without_itself() -> None:
    w = np.ones((4, 4)) - np.eye(4)
    found = getis_ord([1, 2, 3, 9], w, star=False, permutations=9)
    assert np.isnan(found.statistic).all()
    assert np.isnan(found.p_permutation).all()
    assert found.reason == "some areas have all others as neighbours"


def test_an_area_at_the_mean_is_like_any_other_draw() -> None:
    line = np.diag(np.ones(4), 1) + np.diag(np.ones(4), -1)
    found = local_moran([1, 2, 3, 4, 5], line, 99, seed=1)
    assert found.statistic[2] == 0
    assert found.p_permutation[2] == 1
    assert np.isnan(found.z[2])
    assert "at the mean" in found.reason


def test_self_weights_given_are_kept_and_do_not_enter_the_draws() -> None:
    x, w = np.array([1.0, 2, 3, 5, 8, 1]), random_map(6, 3) + np.diag(np.full(6, 0.5))
    plain = getis_ord(x, w - np.diag(np.full(6, 0.5)), permutations=99, seed=1)
    found = getis_ord(x, w, permutations=99, seed=1)
    assert found.p_permutation.tolist() == plain.p_permutation.tolist()
    assert not np.allclose(found.statistic, plain.statistic)


def test_the_two_sided_p_value_is_twice_the_one_sided_one() -> None:
    x, w = np.random.default_rng(2).normal(size=30), random_map(30, 2)
    found = local_moran(x, w, 999, seed=4)
    assert found.p_permutation.tolist() == np.minimum(1, 2 * found.p_permutation_one_sided).tolist()


def test_the_same_seed_gives_the_same_result_and_a_graph_serves_as_weights() -> None:
    x, w = np.random.default_rng(2).normal(size=30), random_map(30, 2)

    class Graph:
        sparse = sparse.coo_array(w)

    one, two = local_moran(x, w, 99, seed=4), local_moran(x, Graph(), 99, seed=4)
    for field in (*FIELDS, "p_permutation"):
        assert getattr(one, field).tolist() == getattr(two, field).tolist()
    assert moran(x, w, 99).p_permutation == moran(x, Graph(), 99).p_permutation


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: moran([1, 2], np.ones((3, 3))), "do not fit 2 areas"),
        (lambda: moran([1, float("nan")], np.ones((2, 2))), "missing or infinite"),
        (lambda: local_moran([1, 2], np.ones((2, 2)), convention="other"), "Unknown convention"),
        (lambda: join_counts([1, 2], np.ones((2, 2))), "zeros and ones"),
        (lambda: bivariate_local_moran([1, 2], [1, 2, 3], np.ones((2, 2))), "one length"),
        (lambda: benjamini_hochberg([0.2, 1.2]), "from 0 to 1"),
        (lambda: local_moran([1, 2], [[0, float("nan")], [1, 0]]), "Weights hold missing or infinite"),
    ],
)
def test_what_cannot_mean_anything_is_refused(call, says) -> None:
    with pytest.raises(BadInput, match=says):
        call()
