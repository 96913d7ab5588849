"""Near repeats: counts equal counting every pair, chance equals its formula, planted repeats are found."""

from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from salus.errors import BadInput
from salus.stats import close_pairs, near_repeat
from salus.stats.near_repeat import knox

# Multiples of a half: distances and gaps lie on the edges of bands often, and exactly.
HALVES = st.integers(-8, 8).map(lambda k: k / 2)
EVENTS = st.lists(st.tuples(HALVES, HALVES, st.integers(0, 40)), min_size=1, max_size=60)
NEAR, SOON = [0.0, 0.5, 1.5, 4.0], [0.0, 1.0, 7.0, 14.0]


def every_pair(x, y, days, near, soon, metric):
    i, j = np.triu_indices(len(x), 1)
    dx, dy, gap = np.abs(x[i] - x[j]), np.abs(y[i] - y[j]), np.abs(days[i] - days[j])
    distance = np.sqrt(dx**2 + dy**2) if metric == "euclidean" else dx + dy
    inside = [
        [((distance >= a) & (distance < b) & (gap >= c) & (gap < d)).sum() for c, d in pairwise(soon)]
        for a, b in pairwise(near)
    ]
    return np.array(inside)


def columns(events: list[tuple[float, float, float]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    x, y, days = np.array(events, dtype=float).T
    return x, y, days


@given(EVENTS, st.sampled_from(["euclidean", "manhattan"]), st.sampled_from([1.0, 0.5]))
def test_every_pair_is_counted_once_in_its_half_open_band(events, metric, unit) -> None:
    x, y, days = columns(events)
    found = knox(x, y, days * unit, NEAR, SOON, permutations=0, metric=metric)
    assert found.observed.tolist() == every_pair(x, y, days * unit, NEAR, SOON, metric).tolist()


@pytest.mark.parametrize("days", ["whole", "fractions", "long"])
def test_many_events_in_blocks_are_counted_as_all_pairs_are(days, monkeypatch) -> None:
    monkeypatch.setattr(close_pairs, "_CANDIDATES", 2_000)
    monkeypatch.setattr(near_repeat, "_CELLS", 512)
    rng = np.random.default_rng(4)
    x, y = rng.normal(0, 300, (2, 1500))
    when = {"whole": rng.integers(0, 90, 1500), "fractions": rng.uniform(0, 90, 1500)}
    when["long"] = when["whole"] * 5_000
    soon = np.array([0, 3, 7.5, 30]) * (5_000 if days == "long" else 1)
    near = [5, 50, 120.5]
    found = knox(x, y, when[days], near, soon, permutations=0)
    assert found.observed.tolist() == every_pair(x, y, when[days], near, soon, "euclidean").tolist()


@settings(max_examples=30)
@given(EVENTS, st.integers(0, 1000))
def test_the_order_of_events_and_the_origin_change_nothing(events, seed) -> None:
    x, y, days = columns(events)
    order = np.random.default_rng(seed).permutation(x.size)
    one = knox(x, y, days, NEAR, SOON, permutations=0)
    other = knox(x[order] - 64, -y[order], 100 - days[order], NEAR, SOON, permutations=0)
    assert one.observed.tolist() == other.observed.tolist()
    assert np.allclose(one.expected, other.expected)


def test_the_expected_pairs_are_the_mean_over_all_orders_of_the_times() -> None:
    x, y, days = np.array([0.0, 1, 1, 5, 6, 9]), np.zeros(6), np.array([1.0, 2, 9, 9, 20, 22])
    orders = [every_pair(x, y, np.array(p), [0, 2, 5], [0, 1, 8], "euclidean") for p in permutations(days)]
    found = knox(x, y, days, [0, 2, 5], [0, 1, 8], permutations=20_000, seed=1)
    assert found.expected == pytest.approx(np.mean(orders, axis=0))
    as_many = np.mean([order >= found.observed for order in orders], axis=0)
    assert found.p_value == pytest.approx(as_many, abs=0.015)
    assert found.ratio == pytest.approx(found.observed / found.expected)


@pytest.mark.parametrize("memory", ["kept", "found anew"])
def test_pairs_kept_or_found_anew_give_the_same_p_values(memory, monkeypatch) -> None:
    rng = np.random.default_rng(6)
    x, y, days = rng.uniform(0, 100, 200), rng.uniform(0, 100, 200), rng.integers(0, 60, 200)
    usual = knox(x, y, days, [0, 5, 20], [0, 7, 14], permutations=300, seed=3)
    monkeypatch.setattr(near_repeat, "_PAIRS_BYTES", 0 if memory == "found anew" else 10**6)
    again = knox(x, y, days, [0, 5, 20], [0, 7, 14], permutations=300, seed=3)
    assert again.p_value.tolist() == usual.p_value.tolist()


def test_p_values_are_uniform_where_times_have_nothing_to_do_with_places() -> None:
    # Many pairs and permutations: few draws tie with what was seen, and p-values are nearly continuous.
    rng = np.random.default_rng(100)
    p = []
    for _ in range(300):
        x, y, days = rng.uniform(0, 100, (3, 300))
        p.append(knox(x, y, days, [0, 40], [0, 15], 999, seed=rng).p_value[0, 0])
    assert stats.kstest(p, "uniform").pvalue > 0.01


def test_planted_repeats_are_found_in_their_band_and_not_in_the_next() -> None:
    rng = np.random.default_rng(2)
    x, y, days = rng.uniform(0, 2000, 400), rng.uniform(0, 2000, 400), rng.integers(0, 365, 400)
    x, y = np.append(x, x[:60] + 10), np.append(y, y[:60])
    days = np.append(days, days[:60] + 3)
    found = knox(x, y, days, [0, 50, 200], [0, 7, 28], permutations=199, seed=1)
    assert found.observed[0, 0] >= 60
    assert found.ratio[0, 0] > 5
    assert found.p_value[0, 0] == 0.005
    assert found.p_value[1, 1] > 0.05


def test_the_same_seed_gives_the_same_p_values() -> None:
    rng = np.random.default_rng(6)
    x, y, days = rng.uniform(0, 100, 100), rng.uniform(0, 100, 100), rng.integers(0, 60, 100)
    one, two = (knox(x, y, days, [0, 20], [0, 7], 99, seed=5) for _ in range(2))
    assert one.p_value.tolist() == two.p_value.tolist()


def test_bands_without_pairs_have_no_ratio_and_say_so() -> None:
    found = knox([0, 1], [0, 0], [1, 2], [0, 2, 3], [0, 5], permutations=9, seed=1)
    assert found.observed.tolist() == [[1], [0]]
    assert found.ratio[0, 0] == 1
    assert np.isnan(found.ratio[1, 0])
    assert found.reason == "some bands can hold no pair"


def test_without_permutations_there_is_a_ratio_and_no_p_value() -> None:
    found = knox([0, 1], [0, 0], [1, 2], [0, 2], [0, 5], permutations=0)
    assert (found.ratio[0, 0], np.isnan(found.p_value[0, 0]), found.reason) == (1, True, "no permutations")


def test_places_far_apart_with_short_bands_do_not_overflow_the_grid() -> None:
    found = knox([0, 0.001, 1e9], [0, 0, 1e9], [1, 1, 1], [0, 0.01], [0, 1], permutations=0)
    assert found.observed.tolist() == [[1]]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"x": [1, 2]}, "one length"),
        ({"distance_bands": [5]}, "no rising edges"),
        ({"time_bands": [7, 0]}, "no rising edges"),
        ({"distance_bands": [-1, 5]}, "below 0"),
        ({"metric": "great circle"}, "Unknown metric"),
        ({"days": [1, 2, float("nan")]}, "missing or infinite"),
    ],
)
def test_what_cannot_mean_anything_is_refused(change, says) -> None:
    call = {"x": [1, 2, 3], "y": [1, 2, 3], "days": [1, 2, 3], "distance_bands": [0, 5], "time_bands": [0, 7]}
    with pytest.raises(BadInput, match=says):
        knox(**{**call, **change})
