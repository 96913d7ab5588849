"""Weighted sums of counts: worked by hand, and their limits cover."""

import numpy as np
import pytest

from salus.stats.harm_limits import capped_weights, harm_interval, harm_shares
from salus.stats.rates import poisson_interval


def test_with_one_class_the_limits_are_the_exact_poisson_limits_times_the_weight():
    exact, found = poisson_interval(10), harm_interval([10], [365.0])
    assert (found.value, found.low, found.high) == pytest.approx((3650.0, 365 * exact.low, 365 * exact.high))


def test_no_events_are_no_harm_with_an_upper_limit_above_zero():
    found = harm_interval([0, 0], [2920.0, 730.0])
    assert (found.value, found.low) == (0.0, 0.0)
    assert found.high == pytest.approx(2920 * 3.6888794541, rel=1e-8)  # the widest weight takes it all


def test_the_sum_of_weighted_counts_is_held_by_its_limits_about_as_often_as_they_say():
    rng = np.random.Generator(np.random.PCG64(1))
    expected, weights = np.array([4.0, 60.0, 900.0]), np.array([2920.0, 365.0, 10.0])
    truth = float(expected @ weights)
    limits = [harm_interval(rng.poisson(expected), weights) for _ in range(1000)]
    assert 0.945 <= np.mean([found.low <= truth <= found.high for found in limits]) <= 0.99  # never too narrow


def test_capping_lowers_the_heaviest_hundredth_to_the_event_that_follows_it():
    """Of 200 events two are the heaviest hundredth: the murder and one robbery; the next one is a robbery."""
    assert capped_weights([1, 99, 100], [1000, 50, 2]).tolist() == [50, 50, 2]
    assert capped_weights([2, 98, 100], [1000, 50, 2]).tolist() == [50, 50, 2]
    assert capped_weights([3, 97, 100], [1000, 50, 2]).tolist() == [1000, 50, 2]  # the third murder is no longer in it


def test_shares_with_the_heaviest_capped_or_left_out_are_as_worked_by_hand():
    """Harm 1000, 4950 and 200 of 6150; capped 50, 4950 and 200 of 5200; without the heaviest 4950 and 200 of 5150."""
    found = harm_shares([1, 99, 100], [1000, 50, 2], seed=1)
    assert found.share == pytest.approx([1000 / 6150, 4950 / 6150, 200 / 6150])
    assert found.capped == pytest.approx([50 / 5200, 4950 / 5200, 200 / 5200])
    assert found.without[1:] == pytest.approx([4950 / 5150, 200 / 5150])
    assert np.isnan(found.without[0])


def test_the_share_of_one_single_murder_is_said_to_be_very_uncertain():
    found = harm_shares([1, 99, 100], [1000, 50, 2], seed=1)
    assert found.low[0] < 0.03
    assert 0.4 < found.high[0] < 0.6
