"""Limits of the Gini coefficient: agreement with `gini` and SciPy's BCa, coverage, and when there are none."""

import numpy as np
import pytest
from scipy import stats

from salus.errors import BadInput
from salus.stats.concentration import gini, gini_interval

FORMS = [(False, False), (False, True), (True, False), (True, True)]


@pytest.mark.parametrize(("generalised", "unbiased"), FORMS)
def test_the_value_is_the_gini_of_the_counts(generalised: bool, unbiased: bool) -> None:
    counts = np.random.default_rng(1).negative_binomial(0.4, 0.4, 50)
    found = gini_interval(counts, generalised, unbiased, draws=50, seed=1)
    assert np.isclose(found.value, gini(counts, generalised, unbiased), rtol=1e-12)


@pytest.mark.parametrize(("generalised", "unbiased"), FORMS)
def test_limits_are_those_of_scipys_bca_but_for_chance(generalised: bool, unbiased: bool) -> None:
    counts = np.random.default_rng(2).negative_binomial(0.5, 0.2, 60)
    wanted = stats.bootstrap(
        (counts,),
        lambda x: float(gini(x, generalised, unbiased)),
        n_resamples=3000,
        method="BCa",
        vectorized=False,
        rng=np.random.default_rng(3),
    ).confidence_interval
    found = gini_interval(counts, generalised, unbiased, draws=3000, seed=4)
    assert np.allclose([found.low, found.high], [wanted.low, wanted.high], atol=0.012)


def test_limits_cover_the_gini_of_many_units_near_their_nominal_rate() -> None:
    """300 samples of 150 units: Monte-Carlo error 1.3 points; BCa is a little short with skewed counts."""
    rng = np.random.default_rng(5)
    true = gini(rng.negative_binomial(1.0, 0.1, 1_000_000))
    found = [gini_interval(rng.negative_binomial(1.0, 0.1, 150), unbiased=True, draws=400, seed=i) for i in range(300)]
    assert 0.90 <= np.mean([each.low <= true <= each.high for each in found]) <= 0.98


def test_without_events_or_differences_there_are_no_limits_and_the_reason_says_so() -> None:
    assert gini_interval([0, 1]).reason == "fewer than two events or units"
    same = gini_interval([3, 3, 3], draws=20)
    assert (same.value, same.reason) == (pytest.approx(0.0), "every draw of units has the same value")
    assert np.isnan(same.low)
    with pytest.raises(BadInput):
        gini_interval([1, 2], draws=0)
