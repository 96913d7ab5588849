"""Kulldorff's scan: its level under chance, a planted cluster, brute force, and what must not change it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.errors import BadInput
from salus.stats.circles import circles_around, largest_by_chance, likelihood_ratio
from salus.stats.scan import ScanResult, kulldorff


def city(seed: int, areas: int = 60) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Made-up centroids and expected events."""
    rng = np.random.default_rng(seed)
    return rng.random(areas), rng.random(areas), rng.gamma(2.0, 4.0, areas)


def ratio_by_hand(c: float, e: float, total: float) -> float:
    if c <= e:
        return 0.0
    outside = 0.0 if c == total else (total - c) * np.log((total - c) / (total - e))
    return float(c * np.log(c / e) + outside)


def every_circle(x: np.ndarray, y: np.ndarray, share: float, n: np.ndarray) -> list[list[int]]:
    """All sets of areas within a distance of a centroid that hold at most `share`, without any shortcut."""
    found = []
    for i in range(x.size):
        apart = np.hypot(x - x[i], y - y[i])
        for radius in np.unique(apart.round(12)):
            inside = np.flatnonzero(apart <= radius + 1e-9)
            if n[inside].sum() <= share * n.sum() + 1e-9:
                found.append(inside.tolist())
    return found


def test_the_ratio_follows_the_formula_worked_by_hand() -> None:
    found = likelihood_ratio(np.array([20.0, 5.0, 10.0]), np.array([10.0, 10.0, 10.0]), 100)
    assert np.allclose(found, [20 * np.log(2) + 80 * np.log(80 / 90), 0.0, 0.0])


def test_all_events_in_one_circle_have_a_finite_ratio() -> None:
    assert np.isclose(likelihood_ratio(np.array([8.0]), np.array([2.0]), 8.0)[0], 8 * np.log(4))


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("share", [0.1, 0.5])
def test_the_cluster_is_the_best_of_all_circles_tried_one_by_one(seed: int, share: float) -> None:
    x, y, expected = city(seed, 25)
    cases = np.random.default_rng(seed).poisson(expected).astype(float)
    best = max(
        ratio_by_hand(cases[c].sum(), expected[c].sum() * cases.sum() / expected.sum(), cases.sum())
        for c in every_circle(x, y, share, expected)
    )
    found = kulldorff(cases, expected, x, y, max_share=share, permutations=0)
    assert np.isclose(found.log_likelihood_ratio, best, rtol=1e-12)


def test_areas_equally_far_away_enter_a_circle_together() -> None:
    across, up = (each.ravel().astype(float) for each in np.meshgrid(np.arange(4), np.arange(4)))
    one = np.ones(16)
    circles = circles_around(across, up, one, one, 0.5)
    ours = {frozenset(circles.order[i, : j + 1].tolist()) for i, j in np.argwhere(circles.ends)}
    assert ours == {frozenset(c) for c in every_circle(across, up, 0.5, one)}


@pytest.mark.parametrize(("areas", "mean"), [(9, 0.4), (40, 2.0), (40, 3000.0)])
def test_the_largest_ratio_by_chance_is_that_of_all_circles_tried_one_by_one(areas: int, mean: float) -> None:
    x, y, share = city(4, areas)
    share /= share.sum()
    total = round(areas * mean)
    found = largest_by_chance(
        circles_around(x, y, share, share * total, 0.5), share, total, 30, np.random.default_rng(9)
    )
    draws = np.random.default_rng(9).multinomial(total, share, size=30)
    circles = every_circle(x, y, 0.5, share)
    wanted = [max(ratio_by_hand(row[c].sum(), total * share[c].sum(), total) for c in circles) for row in draws]
    assert np.allclose(found, wanted, rtol=1e-9)


def test_under_chance_the_test_rejects_at_its_level() -> None:
    """400 cities of 60 areas: 5 % rejected, give or take 2.6 Monte-Carlo errors of 1.1 points."""
    x, y, expected = city(5)
    rng = np.random.default_rng(6)
    p = np.array(
        [kulldorff(rng.poisson(expected), expected, x, y, permutations=199, seed=i).p_value for i in range(400)]
    )
    assert abs((p <= 0.05).mean() - 0.05) < 0.028
    assert abs((p <= 0.5).mean() - 0.5) < 0.065


def planted() -> tuple[ScanResult, np.ndarray, np.ndarray]:
    x, y, expected = city(7, 300)
    first = int(np.hypot(x - 0.25, y - 0.25).argmin())
    hot, warm = np.hypot(x - x[first], y - y[first]) < 0.12, np.hypot(x - 0.8, y - 0.7) < 0.1
    cases = np.random.default_rng(8).poisson(expected * np.where(hot, 3.0, np.where(warm, 2.2, 1.0)))
    return kulldorff(cases, expected, x, y, permutations=199, seed=1), hot, warm


def test_a_planted_cluster_is_found_and_a_weaker_one_is_secondary() -> None:
    found, hot, warm = planted()
    assert found.p_value == 1 / 200
    assert hot[found.members].mean() > 0.8
    assert np.isin(np.flatnonzero(hot), found.members).mean() > 0.8
    assert found.secondary[0].p_value <= 0.05
    assert warm[found.secondary[0].members].mean() > 0.8


def test_no_two_clusters_share_an_area_and_ratios_fall() -> None:
    x, y, expected = city(9)
    found = kulldorff(np.random.default_rng(9).poisson(2 * expected), expected, x, y, permutations=0)
    everything = [found, *found.secondary]
    members = np.concatenate([each.members for each in everything])
    assert len(everything) > 2
    assert np.unique(members).size == members.size
    assert (np.diff([each.log_likelihood_ratio for each in everything]) <= 0).all()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.1, 1000), st.floats(0, 6.28), st.floats(-1e4, 1e4), st.floats(0.01, 100))
def test_moving_turning_or_stretching_the_map_or_scaling_what_is_expected_changes_nothing(
    seed: int, stretch: float, turn: float, shift: float, scale: float
) -> None:
    x, y, expected = city(seed, 20)
    cases = np.random.default_rng(seed).poisson(expected)
    x2 = stretch * (x * np.cos(turn) - y * np.sin(turn)) + shift
    y2 = stretch * (x * np.sin(turn) + y * np.cos(turn)) - shift
    one = kulldorff(cases, expected, x, y, permutations=19, seed=2)
    two = kulldorff(cases, scale * expected, x2, y2, permutations=19, seed=2)
    assert set(one.members.tolist()) == set(two.members.tolist())
    assert np.isclose(one.log_likelihood_ratio, two.log_likelihood_ratio, rtol=1e-9)
    assert one.p_value == two.p_value


def test_the_order_of_areas_does_not_matter_even_on_a_grid_of_ties() -> None:
    across, up = (each.ravel().astype(float) for each in np.meshgrid(np.arange(8), np.arange(8)))
    rng = np.random.default_rng(10)
    cases, mixed = rng.poisson(4.0, 64), rng.permutation(64)
    one = kulldorff(cases, np.ones(64), across, up, permutations=0)
    two = kulldorff(cases[mixed], np.ones(64), across[mixed], up[mixed], permutations=0)
    assert set(mixed[two.members].tolist()) == set(one.members.tolist())


def test_the_same_seed_gives_the_same_p_value_and_members_start_at_the_centre() -> None:
    x, y, expected = city(11)
    cases = np.random.default_rng(11).poisson(expected)
    one, two = (kulldorff(cases, expected, x, y, permutations=99, seed=3) for _ in range(2))
    assert one.p_value == two.p_value
    apart = np.hypot(x[one.members] - x[one.members[0]], y[one.members] - y[one.members[0]])
    assert (np.diff(apart) >= 0).all()


def test_the_largest_share_is_one_of_population_when_there_is_one() -> None:
    args = ([9, 9, 1, 1], [2, 2, 8, 8], [0, 1, 5, 6], [0, 0, 0, 0])
    assert kulldorff(*args, permutations=0).members.tolist() == [0, 1]
    crowded = kulldorff(*args, population=[50, 50, 10, 10], permutations=0)
    assert crowded.members.tolist() == [0]


def test_without_permutations_there_is_no_p_value_and_the_reason_says_so() -> None:
    found = kulldorff([9, 1, 1], [3, 3, 3], [0, 1, 2], [0, 0, 0], permutations=0)
    assert np.isnan(found.p_value)
    assert found.reason == "no permutations were asked for"


@pytest.mark.parametrize(
    ("cases", "share", "reason"),
    [
        ([0, 0, 0], 0.5, "no events"),
        ([1, 2, 3], 0.1, "every area holds more than the largest share"),
    ],
)
def test_where_nothing_can_be_scanned_the_result_is_undefined(cases: list[int], share: float, reason: str) -> None:
    found = kulldorff(cases, [1, 1, 1], [0, 1, 2], [0, 0, 0], max_share=share)
    assert np.isnan(found.log_likelihood_ratio)
    assert found.members.size == 0
    assert found.reason == reason


def test_events_exactly_as_expected_leave_no_cluster() -> None:
    found = kulldorff([2, 2, 2, 2], [1, 1, 1, 1], [0, 1, 2, 3], [0, 0, 0, 0], permutations=19)
    assert (found.log_likelihood_ratio, found.p_value, found.members.size) == (0.0, 1.0, 0)
    assert found.reason == "no circle holds more events than expected"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"cases": [1, 2]}, "one length"),
        ({"cases": [-1, 2, 3]}, "below 0"),
        ({"expected": [0, 1, 1]}, "none are expected"),
        ({"expected": [0, 0, 0], "cases": [0, 0, 0]}, "No events are expected"),
        ({"max_share": 0.0}, "not between 0 and 1"),
        ({"permutations": -1}, "Fewer than 0"),
        ({"x": [0, np.nan, 1]}, "missing"),
    ],
)
def test_input_that_cannot_be_is_refused(change: dict[str, object], words: str) -> None:
    given_: dict[str, object] = {"cases": [1, 2, 3], "expected": [1, 1, 1], "x": [0, 1, 2], "y": [0, 0, 0]}
    with pytest.raises(BadInput, match=words):
        kulldorff(**(given_ | change))  # type: ignore[arg-type]
