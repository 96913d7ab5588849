"""The feedback loop runs away where findings steer visits, and thinning what is found brings it back."""

import numpy as np
import pytest

from salus.errors import BadInput
from salus.stats.feedback import kept_shares, simulate_allocation

ROUNDS, CITIES = 100, 40


def last(rates: list[float], first: list[float], *, thinned: bool) -> np.ndarray:
    return np.array(
        [simulate_allocation(rates, first, rounds=ROUNDS, thinned=thinned, seed=i).shares[-1] for i in range(CITIES)]
    )


@pytest.mark.parametrize("first", [[0.9, 0.1], [0.7, 0.3], [0.5, 0.5]])
def test_with_thinning_equal_rates_end_within_five_percent_of_equal_shares(first):
    assert np.abs(last([0.3, 0.3], first, thinned=True) - 0.5).max() < 0.05


def test_without_thinning_equal_rates_keep_the_bias_they_began_with():
    assert last([0.3, 0.3], [0.7, 0.3], thinned=False)[:, 0].min() > 0.6


def test_without_thinning_a_slightly_higher_rate_draws_ever_more_visits():
    paths = [simulate_allocation([0.35, 0.3], [0.5, 0.5], thinned=False, seed=i).shares[:, 0] for i in range(CITIES)]
    means = np.mean(paths, axis=0)
    truth = 0.35 / 0.65
    assert means[100] > means[10] > truth
    longer = simulate_allocation([0.35, 0.3], [0.5, 0.5], rounds=3000, thinned=False, seed=1).shares[-1, 0]
    assert longer > 0.7


def test_with_thinning_shares_go_to_those_of_the_true_rates():
    found = last([0.4, 0.2], [0.3, 0.7], thinned=True).mean(axis=0)
    assert np.abs(found - [2 / 3, 1 / 3]).max() < 0.05


def test_more_than_two_areas_come_to_equal_shares_too():
    assert np.abs(last([0.3, 0.3, 0.3, 0.3], [0.55, 0.15, 0.15, 0.15], thinned=True).mean(axis=0) - 0.25).max() < 0.05


def test_what_is_kept_does_not_depend_on_how_often_one_looked():
    for shares in ([0.8, 0.2], [0.5, 0.3, 0.2]):
        kept = np.array(shares) * kept_shares(shares)
        assert np.allclose(kept, kept[0])


@pytest.mark.parametrize("shares", [[0.5, 0.4], [1.0, 0.0], [1.0]])
def test_shares_that_are_none_are_refused(shares):
    with pytest.raises(BadInput):
        kept_shares(shares)
