import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.disclosure import geomask, geometric_noise, laplace_scale, snap
from salus.errors import BadInput, Withheld


@given(st.integers(0, 10_000), st.floats(1, 100), st.floats(1.1, 10))
def test_a_masked_point_is_never_where_it_was_nor_farther_than_said(seed: int, near: float, times: float) -> None:
    points = np.array([[0.0, 0.0], [500.0, -20.0]])
    moved = geomask(points, nearest=near, farthest=near * times, seed=seed)
    distance = np.hypot(*(moved - points).T)
    assert (distance >= near * (1 - 1e-9)).all()
    assert (distance <= near * times * (1 + 1e-9)).all()


def test_every_place_of_the_ring_is_equally_likely() -> None:
    moved = geomask(np.zeros((40_000, 2)), nearest=1, farthest=3, seed=2)
    inside = (np.hypot(*moved.T) < np.sqrt(5)).mean()
    assert inside == pytest.approx(0.5, abs=0.01)
    assert moved.mean(0) == pytest.approx([0, 0], abs=0.05)


def test_the_same_seed_gives_the_same_mask() -> None:
    first, second = (geomask([[1.0, 2.0]], nearest=5, farthest=9, seed=3) for _ in range(2))
    assert np.array_equal(first, second)


def test_a_ring_without_a_hole_is_refused() -> None:
    with pytest.raises(BadInput):
        geomask([[0.0, 0.0]], nearest=0, farthest=9, seed=3)


def test_snapped_points_are_at_anchors_with_enough_addresses_only() -> None:
    anchors = np.array([[0.0, 0.0], [10.0, 0.0], [20.0, 0.0]])
    snapped = snap([[1.0, 1.0], [9.0, 0.0], [19.0, 1.0]], anchors, addresses=[8, 7, 30])
    assert snapped.tolist() == [[0.0, 0.0], [0.0, 0.0], [20.0, 0.0]]


def test_no_anchor_with_enough_addresses_is_an_error_and_not_the_true_place() -> None:
    with pytest.raises(BadInput, match="8 addresses"):
        snap([[1.0, 1.0]], [[0.0, 0.0]], addresses=[7])


def test_noise_comes_in_whole_numbers_and_follows_the_seed() -> None:
    first = geometric_noise([10, 0, 3], epsilon=0.5, seed=1)
    assert first.dtype == np.int64
    assert np.array_equal(first, geometric_noise([10, 0, 3], epsilon=0.5, seed=1))


def test_neighbouring_counts_stay_within_the_privacy_bound() -> None:
    noise = geometric_noise(np.zeros(400_000, dtype=int), epsilon=1.0, seed=5)
    shares = np.array([(noise == k).mean() for k in range(-3, 4)])
    assert np.abs(np.diff(np.log(shares))) == pytest.approx(np.ones(6), abs=0.06)


@pytest.mark.parametrize(("sensitivity", "epsilon"), [(0, 1), (1, 0), (1, -1)])
def test_privacy_without_a_budget_is_refused(sensitivity: float, epsilon: float) -> None:
    with pytest.raises(BadInput):
        laplace_scale(sensitivity, epsilon)


POINTS = np.array([[1.0, 1.0], [9.0, 0.0]])


@pytest.mark.parametrize("protected", [True, [False, True], np.array([True, True])])
def test_places_of_protected_offences_are_neither_moved_nor_put_at_anchors(protected: object) -> None:
    with pytest.raises(Withheld, match="points belong to protected offences"):
        geomask(POINTS, nearest=100, farthest=200, seed=1, protected=protected)
    with pytest.raises(Withheld, match="points belong to protected offences"):
        snap(POINTS, [[0.0, 0.0]], addresses=[80], protected=protected)


def test_open_offences_beside_none_that_is_protected_are_masked_as_before() -> None:
    marked = np.zeros(2, dtype=bool)
    plain = geomask(POINTS, nearest=100, farthest=200, seed=1)
    assert np.array_equal(geomask(POINTS, nearest=100, farthest=200, seed=1, protected=marked), plain)
    assert snap(POINTS, [[0.0, 0.0]], addresses=[80], protected=marked).tolist() == [[0.0, 0.0]] * 2


@pytest.mark.parametrize("protected", [[True], [0, 1], "no"])
def test_marks_that_do_not_fit_the_points_are_refused(protected: object) -> None:
    with pytest.raises(BadInput, match="protected"):
        snap(POINTS, [[0.0, 0.0]], protected=protected)
