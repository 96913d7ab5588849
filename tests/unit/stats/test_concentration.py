"""Concentration: what the measures mean, and that chance is not taken for concentration."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.errors import BadInput
from salus.stats.concentration import gini, harm, lorenz, poisson_null, smallest_share, top_share

COUNTS = st.lists(st.integers(0, 50), min_size=2, max_size=40).filter(lambda x: sum(x) >= 2)


@given(COUNTS, st.randoms(use_true_random=False))
def test_the_order_of_units_does_not_matter(counts: list[int], random: object) -> None:
    mixed = list(counts)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert gini(mixed) == gini(counts)
    assert smallest_share(mixed) == smallest_share(counts)
    assert top_share(mixed) == top_share(counts)


@given(COUNTS)
def test_gini_is_the_mean_difference_over_twice_the_mean(counts: list[int]) -> None:
    x = np.array(counts, dtype=float)
    assert np.isclose(gini(counts), np.abs(x[:, None] - x).mean() / (2 * x.mean()))


@given(COUNTS, st.sampled_from([0.25, 0.5, 0.8]))
def test_no_fewer_units_than_the_smallest_share_hold_the_events(counts: list[int], of: float) -> None:
    units = round(smallest_share(counts, of) * len(counts))
    busiest = np.sort(counts)[::-1]
    assert busiest[:units].sum() >= of * sum(counts) * (1 - 1e-9)
    assert busiest[: units - 1].sum() < of * sum(counts)


@given(COUNTS)
def test_top_share_and_lorenz_curve_agree_and_rise(counts: list[int]) -> None:
    curve = lorenz(counts)
    assert (np.diff(curve.events) >= 0).all()
    assert np.isclose(top_share(counts, of=float(curve.units[1])), curve.events[1])
    assert top_share(counts, of=1.0) == 1.0


def test_equal_counts_are_not_concentrated() -> None:
    assert abs(gini([4, 4, 4, 4])) < 1e-12
    assert smallest_share([4, 4, 4, 4]) == 0.5
    assert top_share([4, 4, 4, 4], of=0.25) == 0.25


def test_without_events_concentration_is_undefined_and_says_why() -> None:
    for measure, reason in (
        (gini([0, 1]), "fewer than two events or units"),
        (smallest_share([0, 0]), "no events"),
        (top_share([0, 0]), "no events"),
    ):
        assert np.isnan(measure)
        assert measure.reason == reason


def test_sparse_counts_spread_by_chance_are_told_from_a_hot_spot() -> None:
    chance = np.random.default_rng(8).poisson(0.5, 400)
    seen = poisson_null(chance, draws=199, seed=1).compare(gini)
    assert seen.observed > 0.6
    assert seen.low <= seen.observed <= seen.high
    hot = np.array([100] + [0] * 399)
    assert poisson_null(hot, draws=199, seed=1).compare(gini).p_value == 1 / 200


def test_the_null_keeps_its_total_and_its_exposure() -> None:
    null = poisson_null([10, 20, 30], draws=4000, seed=2, exposure=[1, 1, 2])
    assert np.allclose(null.draws.mean(axis=0), [15, 15, 30], rtol=0.03)


def test_harm_shows_the_share_of_the_heaviest_events() -> None:
    total = harm([990, 10], [1, 1000])
    assert (total.value, total.count) == (10_990.0, 1000.0)
    assert np.isclose(total.heaviest_share, 10_000 / 10_990)


@pytest.mark.parametrize("counts", [[-1, 2], [], [[1, 2]], ["a"]])
def test_counts_that_cannot_be_are_refused(counts: list[object]) -> None:
    with pytest.raises(BadInput):
        gini(counts)  # type: ignore[arg-type]
