"""Limits of the smallest share: what they hold, and that they cover at about their level."""

import numpy as np
import pytest

from salus.errors import BadInput
from salus.stats.concentration import smallest_share
from salus.stats.share_limits import smallest_share_interval

SEEN = [10, 8, 2, 0, 0, 1, 0, 3, 0, 0]


def test_the_value_is_the_smallest_share_itself_and_lies_within_its_limits():
    for of in (0.25, 0.5, 0.8):
        found = smallest_share_interval(SEEN, of, seed=1)
        assert found.value == smallest_share(SEEN, of)
        assert found.low <= found.value <= found.high


def test_two_units_alike_need_one_of_two_in_every_draw():
    found = smallest_share_interval([4, 4], 0.5, seed=1)
    assert (found.value, found.low, found.high) == (0.5, 0.5, 0.5)


def test_each_draw_counts_the_units_that_a_hand_would_count():
    """Two units with 3 and 1 events: drawn 2+0, 1+1 and 0+2 times, half of the events is in 1, 1 and 1 of 2."""
    found = smallest_share_interval([3, 1], 0.5, draws=400, seed=2)
    assert (found.low, found.high) == (0.5, 0.5)
    almost_all = smallest_share_interval([3, 1], 0.8, draws=400, seed=2)
    assert (almost_all.value, almost_all.low, almost_all.high) == (1.0, 1.0, 1.0)


def test_fewer_than_two_events_or_units_have_no_share_and_say_so():
    for counts in ([1, 0, 0], [0, 0], [7]):
        found = smallest_share_interval(counts)
        assert np.isnan(found.value)
        assert found.reason == "fewer than two events or units"


def test_no_draws_are_refused():
    with pytest.raises(BadInput, match="No draws"):
        smallest_share_interval(SEEN, draws=0)


def test_the_limits_hold_the_share_of_a_very_large_city_about_as_often_as_they_say():
    """Areas with gamma-distributed risks: the truth is the share of 400,000 of them."""
    rng = np.random.Generator(np.random.PCG64(3))

    def areas(n: int) -> np.ndarray:
        return rng.poisson(rng.gamma(0.7, 12, n))

    truth = float(smallest_share(areas(400_000)))
    held = [
        found.low <= truth <= found.high
        for found in (smallest_share_interval(areas(200), draws=300, seed=i) for i in range(200))
    ]
    assert 0.90 <= np.mean(held) <= 0.99


def test_a_hundred_thousand_units_are_drawn_in_blocks_and_give_the_share():
    counts = np.repeat([3.0, 1.0, 0.0], [10_000, 30_000, 60_000])
    found = smallest_share_interval(counts, draws=25, seed=1)
    assert found.value == 0.1  # 10,000 units hold 30,000 of 60,000 events
    assert 0.095 < found.low < found.high < 0.105
