"""Kernel density and its bandwidth, Ripley's K and the prediction indices: by hand, by properties, by simulation."""

import numpy as np
import pytest
import shapely
from scipy import stats

from salus.errors import BadInput
from salus.stats.kernel import (
    bandwidth_likelihood,
    kernel_density,
    prediction_accuracy_index,
    prediction_efficiency_index,
    prediction_intervals,
    ripley_k,
)
from salus.stats.windows import arc_inside, gaussian_mass, polygon

SQUARE = [0.0, 0.0, 1.0, 1.0]
# An L: the unit square without its upper right quarter, with a hole in the lower left.
ELL = shapely.box(0, 0, 1, 1).difference(shapely.box(0.5, 0.5, 1, 1)).difference(shapely.box(0.1, 0.1, 0.2, 0.3))
SLANTED = shapely.Polygon([(0, 0), (2, 0.3), (2.4, 1.7), (0.8, 1.1), (0.1, 1.6)])


def scattered(seed: int, n: int, window: object = None) -> np.ndarray:
    """Evenly spread events inside a window."""
    shape = polygon(SQUARE if window is None else window)  # type: ignore[arg-type]
    west, south, east, north = shape.bounds
    at = np.random.default_rng(seed).random((20 * n, 2)) * [east - west, north - south] + [west, south]
    return at[shapely.contains_xy(shape, *at.T)][:n]


def in_box(at: np.ndarray, h: float, west: float, south: float, east: float, north: float) -> np.ndarray:
    cdf = stats.norm.cdf
    across = cdf((east - at[:, 0]) / h) - cdf((west - at[:, 0]) / h)
    return across * (cdf((north - at[:, 1]) / h) - cdf((south - at[:, 1]) / h))


def by_hand(events: np.ndarray, places: np.ndarray, h: np.ndarray) -> np.ndarray:
    return np.array(
        [
            sum(np.exp(-((p - e) ** 2).sum() / (2 * w**2)) / (2 * np.pi * w**2) for e, w in zip(events, h, strict=True))
            for p in places
        ]
    )


def test_the_density_is_the_sum_of_kernels_worked_by_hand() -> None:
    events, places = scattered(1, 20), scattered(2, 7)
    found = kernel_density(*events.T, places, 0.2)
    assert np.allclose(found, by_hand(events, places, np.full(20, 0.2)), rtol=1e-12)


@pytest.mark.parametrize("h", [0.02, 0.2, 1.5])
def test_the_share_of_a_gaussian_inside_boxes_and_holes_is_exact(h: float) -> None:
    at = np.vstack([scattered(3, 40), [[0.0, 0.0], [0.5, 0.5], [1.0, 0.2]]])
    wanted = in_box(at, h, 0, 0, 1, 1) - in_box(at, h, 0.5, 0.5, 1, 1) - in_box(at, h, 0.1, 0.1, 0.2, 0.3)
    assert np.allclose(gaussian_mass(at, h, polygon(ELL)), wanted, atol=1e-10)


def test_the_share_of_a_gaussian_inside_a_slanted_window_is_that_of_draws() -> None:
    """A million draws: Monte-Carlo error 0.0005."""
    at = scattered(4, 4, SLANTED)
    draws = np.random.default_rng(5).normal(0, 0.4, (1_000_000, 2))
    wanted = [shapely.contains_xy(SLANTED, *(draws + each).T).mean() for each in at]
    assert np.allclose(gaussian_mass(at, 0.4, polygon(SLANTED)), wanted, atol=0.002)


def test_uniform_divides_by_the_share_around_the_place_and_diggle_by_that_around_the_event() -> None:
    events, places, h = scattered(6, 15), scattered(7, 5), 0.15
    plain = kernel_density(*events.T, places, h)
    uniform = kernel_density(*events.T, places, h, "uniform", window=SQUARE)
    assert np.allclose(uniform, plain / in_box(places, h, *SQUARE), rtol=1e-10)
    share = in_box(events, h, *SQUARE)
    parts = [kernel_density(*events[[i]].T, places, h) / share[i] for i in range(15)]
    assert np.allclose(kernel_density(*events.T, places, h, "diggle", window=SQUARE), np.sum(parts, axis=0))


@pytest.mark.parametrize("adaptive", [False, True])
def test_diggles_correction_keeps_the_total_of_events(adaptive: bool) -> None:
    events = scattered(8, 30, ELL)
    grid = (np.arange(200) + 0.5) / 200
    places = np.column_stack([each.ravel() for each in np.meshgrid(grid, grid)])
    density = kernel_density(*events.T, places, 0.1, "diggle", adaptive=adaptive, window=ELL)
    assert np.isclose(np.nansum(density) / 200**2, 30, rtol=1e-3)


def test_places_outside_the_window_have_no_density() -> None:
    found = kernel_density([0.5], [0.5], [[0.5, 0.5], [1.5, 0.5], [1.0, 1.0]], 0.2, "uniform", window=SQUARE)
    assert np.isnan(found).tolist() == [False, True, False]


@pytest.mark.parametrize("edge", [None, "uniform", "diggle"])
def test_an_event_left_out_of_its_own_density_leaves_that_of_the_others(edge: str | None) -> None:
    events = scattered(9, 12, SLANTED)
    found = kernel_density(*events.T, events, 0.3, edge, True, window=SLANTED)  # type: ignore[arg-type]
    alone = [
        kernel_density(*np.delete(events, i, 0).T, events[[i]], 0.3, edge, window=SLANTED)[0]  # type: ignore[arg-type]
        for i in range(12)
    ]
    assert np.allclose(found, alone, rtol=1e-9)


def test_adaptive_bandwidths_follow_abramsons_square_root_law() -> None:
    events, places = scattered(10, 25) ** 2, scattered(11, 6)
    pilot = by_hand(events, events, np.full(25, 0.1))
    widths = 0.1 * (pilot / stats.gmean(pilot)) ** -0.5
    found = kernel_density(*events.T, places, 0.1, adaptive=True)
    assert np.allclose(found, by_hand(events, places, widths), rtol=1e-10)
    own = 1 / (2 * np.pi * widths**2)
    left = kernel_density(*events.T, events, 0.1, leave_one_out=True, adaptive=True)
    assert np.allclose(left, by_hand(events, events, widths) - own, rtol=1e-8)


def test_an_adaptive_uniform_correction_uses_each_events_own_bandwidth() -> None:
    events, places = scattered(12, 10) ** 2, scattered(13, 4)
    pilot = by_hand(events, events, np.full(10, 0.2)) / in_box(events, 0.2, *SQUARE)
    widths = 0.2 * (pilot / stats.gmean(pilot)) ** -0.5
    parts = [by_hand(events[[i]], places, widths[[i]]) / in_box(places, widths[i], *SQUARE) for i in range(10)]
    found = kernel_density(*events.T, places, 0.2, "uniform", adaptive=True, window=SQUARE)
    assert np.allclose(found, np.sum(parts, axis=0), rtol=1e-9)


def test_density_of_a_stretched_map_falls_with_the_square() -> None:
    events, places = scattered(14, 20, ELL), scattered(15, 5, ELL)
    one = kernel_density(*events.T, places, 0.1, "uniform", window=ELL)
    wide = shapely.transform(ELL, lambda corner: corner * 1000)
    two = kernel_density(*(events * 1000).T, places * 1000, 100.0, "uniform", window=wide)
    assert np.allclose(one, two * 1e6, rtol=1e-10)


def test_the_share_of_a_circle_inside_is_that_of_many_points_along_it() -> None:
    rng = np.random.default_rng(16)
    centre, radius = scattered(17, 50, ELL), rng.uniform(0.05, 0.6, 50)
    turn = (np.arange(200_000) + 0.5) / 200_000 * 2 * np.pi
    wanted = [
        shapely.contains_xy(ELL, c[0] + r * np.cos(turn), c[1] + r * np.sin(turn)).mean()
        for c, r in zip(centre, radius, strict=True)
    ]
    assert np.allclose(arc_inside(centre, radius, polygon(ELL)), wanted, atol=1e-4)


def test_a_circle_through_the_corners_of_the_window_is_cut_there() -> None:
    centre = np.array([[0.0, 0.0], [0.5, 0.5], [0.0, 0.0]])
    found = arc_inside(centre, np.array([1.0, np.sqrt(0.5), 1.25]), polygon(SQUARE))
    beyond = 2 * np.arccos(1 / 1.25) / (2 * np.pi)
    assert np.allclose(found, [0.25, 0.0, 0.25 - beyond], atol=1e-7)


def test_k_without_correction_counts_the_pairs() -> None:
    at = scattered(18, 40)
    apart = np.hypot(*(at[:, None] - at).transpose(2, 0, 1))
    pairs = [(apart <= r).sum() - 40 for r in (0.1, 0.3)]
    assert np.allclose(ripley_k(*at.T, SQUARE, [0.1, 0.3], "none"), np.array(pairs) / (40 * 39))


@pytest.mark.parametrize("window", [SQUARE, ELL])
@pytest.mark.parametrize("correction", ["isotropic", "translation"])
def test_events_spread_by_chance_have_the_k_of_their_circle(window: object, correction: str) -> None:
    """150 patterns of 60 events: the mean lies within 3.5 Monte-Carlo errors of π r²."""
    r = np.array([0.05, 0.15])
    found = np.array(
        [ripley_k(*scattered(100 + i, 60, window).T, window, r, correction) for i in range(150)]  # type: ignore[arg-type]
    )
    error = found.std(axis=0, ddof=1) / np.sqrt(150)
    assert (np.abs(found.mean(axis=0) - np.pi * r**2) < 3.5 * error).all()


def test_a_translated_pair_weighs_by_what_the_window_shares_with_its_copy() -> None:
    assert np.isclose(ripley_k([0.1, 0.5], [0.1, 0.4], SQUARE, 1.0, "translation")[0], 1 / (0.6 * 0.7))
    sharing = ELL.intersection(shapely.transform(ELL, lambda corner: corner + np.array([0.4, 0.3]))).area / ELL.area
    found = ripley_k([0.05, 0.45], [0.05, 0.35], ELL, 1.0, "translation")[0]
    assert np.isclose(found, ELL.area / sharing)


def test_clustered_events_have_a_larger_k_and_too_few_have_none() -> None:
    rng = np.random.default_rng(19)
    at = np.clip(rng.random((8, 2)).repeat(10, axis=0) + rng.normal(0, 0.02, (80, 2)), 0, 1)
    assert ripley_k(*at.T, SQUARE, 0.1)[0] > 2 * np.pi * 0.1**2
    assert np.isnan(ripley_k([0.5], [0.5], SQUARE, [0.1, 0.2])).all()


def test_the_chosen_bandwidth_maximises_the_likelihood_over_its_grid() -> None:
    rng = np.random.default_rng(20)
    at = np.clip(0.2 + 0.6 * rng.random((6, 2)).repeat(8, axis=0) + rng.normal(0, 0.04, (48, 2)), 0, 1)
    apart = np.hypot(*(at[:, None] - at).transpose(2, 0, 1)) + np.where(np.eye(48), np.inf, 0)
    widths = np.geomspace(apart.min(), np.sqrt(2) / 2, 16)
    grid = (np.arange(256) + 0.5) / 256
    places = np.column_stack([each.ravel() for each in np.meshgrid(grid, grid)])
    fit = []
    for h in widths[4:]:
        left = [
            by_hand(np.delete(at, i, 0), at[[i]], np.full(47, h))[0] / in_box(at[[i]], h, *SQUARE)[0] for i in range(48)
        ]
        fit.append(np.log(left).sum() - kernel_density(*at.T, places, float(h), "uniform", window=SQUARE).mean())
    found = bandwidth_likelihood(*at.T, SQUARE)
    assert np.isclose(found, widths[4:][np.argmax(fit)], rtol=1e-12)
    assert found.reason == ""
    assert np.isclose(bandwidth_likelihood(*(1000 * at).T, [0, 0, 1000, 1000]), 1000 * found)


def test_a_bandwidth_at_the_end_of_its_range_or_none_at_all_says_so() -> None:
    spread = np.random.default_rng(1).random((2, 100))
    assert bandwidth_likelihood(*spread, SQUARE).reason == "at the end of the range searched"
    twice = bandwidth_likelihood([0.2, 0.2, 0.7, 0.7], [0.2, 0.2, 0.7, 0.7], SQUARE)
    assert np.isnan(twice)
    assert twice.reason == "every event has another one at its place"


def test_prediction_indices_follow_their_formulas_and_say_when_they_are_undefined() -> None:
    assert prediction_accuracy_index(30, 60, 5, 50) == 5.0
    assert prediction_efficiency_index(30, 40) == 0.75
    assert prediction_accuracy_index(0, 0, 5, 50).reason == "no events"
    assert prediction_accuracy_index(3, 9, 0, 50).reason == "no area was marked"
    assert prediction_efficiency_index(0, 0).reason == "no events"
    assert prediction_intervals([0, 0], [1, 1], [True, False]).accuracy.reason == "no events"


def test_the_most_possible_takes_the_densest_cells_and_a_part_of_the_last() -> None:
    found = prediction_intervals([10, 30, 8, 2], [1, 2, 1, 4], [False, False, True, True], seed=1)
    assert found.accuracy.value == (10 / 50) / (5 / 8)
    assert found.efficiency.value == 10 / (30 + 10 + 8 + 2 / 4)


def test_marking_the_densest_cells_is_as_good_as_possible() -> None:
    found = prediction_intervals([9, 5, 1, 1], [1, 1, 1, 1], [True, True, False, False], seed=1).efficiency
    assert (found.value, found.low, found.high) == (1.0, 1.0, 1.0)


def test_limits_of_both_indices_cover_at_their_nominal_rate() -> None:
    """400 futures of 400 events on 20 cells: Monte-Carlo error 1.1 points."""
    rng, marked = np.random.default_rng(22), np.arange(20) >= 15
    chance = np.linspace(1, 6, 20) ** 1.5
    chance[14] = chance[19]
    chance /= chance.sum()
    true = chance[marked].sum() / 0.25
    best = np.sort(chance)[-5:].sum()
    hit = np.zeros((400, 2))
    for i in range(400):
        found = prediction_intervals(rng.multinomial(400, chance), np.ones(20), marked, draws=400, seed=i)
        hit[i, 0] = found.accuracy.low <= true <= found.accuracy.high
        hit[i, 1] = found.efficiency.low <= chance[marked].sum() / best <= found.efficiency.high
    assert 0.92 <= hit[:, 0].mean() <= 0.98
    assert 0.91 <= hit[:, 1].mean() <= 0.98


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: kernel_density([0], [0], [[0, 0]], 0.0), "no meaning"),
        (lambda: kernel_density([0], [0], [0, 0], 1.0), "are no points"),
        (lambda: kernel_density([0], [0], [[0, 0]], 1.0, "uniform"), "needs the window"),
        (lambda: kernel_density([0], [0], [[0, 0]], 1.0, "border", window=SQUARE), "Unknown edge"),
        (lambda: kernel_density([0], [0], [[1, 0]], 1.0, leave_one_out=True), "left out"),
        (lambda: kernel_density([0, 1], [0], [[1, 0]], 1.0), "are no points"),
        (lambda: kernel_density([5], [5], [[1, 0]], 1.0, "diggle", window=SQUARE), "outside the window"),
        (lambda: ripley_k([0, 1], [0, 1], [0, 0, 0, 1], 0.1), "no window"),
        (lambda: ripley_k([0, 1], [0, 1], shapely.LineString([(0, 0), (1, 1)]), 0.1), "no valid polygon"),
        (lambda: ripley_k([0, 1], [0, 1], SQUARE, -0.1), "below 0"),
        (lambda: ripley_k([0, 1], [0, 1], SQUARE, 0.1, "border"), "Unknown correction"),
        (lambda: bandwidth_likelihood([0], [0], SQUARE), "Fewer than two"),
        (lambda: prediction_accuracy_index(5, 4, 1, 2), "cannot be"),
        (lambda: prediction_intervals([1.5], [1], [True]), "whole counts"),
    ],
)
def test_input_that_cannot_be_is_refused(call: object, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        call()  # type: ignore[operator]
