"""The ratio of two rates: hand-worked values, and how often its limits hold the truth, by summation."""

import math

import numpy as np
import pytest
from scipy import stats

from salus.errors import BadInput
from salus.stats.rates import rate_ratio


def test_limits_are_those_of_the_exact_binomial_share():
    # 20 of 30 events came later, in equal time: the share lies between 0.4719 and 0.8271 (Clopper-Pearson).
    found = rate_ratio(20, 1.0, 10, 1.0)
    low, high = stats.binomtest(20, 30).proportion_ci(method="exact")
    assert math.isclose(found.low, low / (1 - low), rel_tol=1e-10)
    assert math.isclose(found.high, high / (1 - high), rel_tol=1e-10)
    tail = stats.binom.sf(19, 30, 0.5)
    assert math.isclose(found.p_value, 2 * tail, rel_tol=1e-10)


def test_twice_the_time_halves_the_rate():
    found = rate_ratio(20, 2.0, 10, 1.0)
    assert found.value == 1.0
    assert found.low < 1 < found.high
    assert math.isclose(found.low * 2, rate_ratio(20, 1.0, 10, 1.0).low)


def test_no_events_on_one_side_leave_one_limit_open_and_on_both_nothing():
    none_later, none_before, none = rate_ratio(0, 1, 9, 1), rate_ratio(9, 1, 0, 1), rate_ratio(0, 1, 0, 1)
    assert (none_later.value, none_later.low) == (0.0, 0.0)
    assert 0 < none_later.high < 1
    assert math.isinf(none_before.high)
    assert none_before.low > 1
    assert math.isnan(none.value)
    assert none.reason == "no events in either period"


def test_swapping_the_periods_turns_the_ratio_over():
    there, back = rate_ratio(31, 3.0, 17, 2.0), rate_ratio(17, 2.0, 31, 3.0)
    assert math.isclose(there.value * back.value, 1)
    assert math.isclose(there.low * back.high, 1)
    assert math.isclose(there.p_value, back.p_value)


@pytest.mark.parametrize("ratio", [0.5, 0.8, 1.0, 1.25, 2.0])
@pytest.mark.parametrize("before", [2.0, 10.0, 40.0])
def test_limits_hold_the_truth_in_95_of_100_or_more_by_summation_over_both_counts(before, ratio):
    top = int(max(before, before * ratio) * 3 + 40)
    x, y = np.meshgrid(np.arange(top), np.arange(top), indexing="ij")
    chance = stats.poisson.pmf(x, before * ratio) * stats.poisson.pmf(y, before)
    found = rate_ratio(x.ravel(), 1.0, y.ravel(), 1.0)
    # Without any events there are no limits, and no claim that could be wrong.
    held = ((found.low <= ratio) & (ratio <= found.high)) | np.isnan(found.value)
    assert chance.sum() > 1 - 1e-9
    assert (chance.ravel() * held).sum() >= 0.95


def test_the_interval_widens_by_about_the_root_of_the_dispersion():
    narrow, wide = rate_ratio(400, 1, 400, 1), rate_ratio(400, 1, 400, 1, dispersion=4)
    assert wide.value == narrow.value
    assert math.isclose(math.log(wide.high / wide.low) / math.log(narrow.high / narrow.low), 2, rel_tol=0.03)


@pytest.mark.parametrize("given", [(1, 0.0, 1, 1.0), (-1, 1.0, 1, 1.0)])
def test_no_exposure_or_negative_counts_are_refused(given):
    with pytest.raises(BadInput):
        rate_ratio(*given)
