"""Estimators bear the names, options and fields agreed with their users; small cases worked by hand."""

import math

import numpy as np
import pytest
from scipy import sparse, stats

from salus.stats import concentration, kernel, rates, scan

NAMES = {
    rates: "poisson_interval direct_standardised_rate standardised_ratio indirect_expected empirical_bayes "
    "empirical_bayes_local gamma_poisson assuncao_reis Interval SmoothedRates",
    concentration: "gini smallest_share lorenz poisson_null harm",
    kernel: "kernel_density ripley_k bandwidth_likelihood prediction_accuracy_index prediction_efficiency_index",
    scan: "kulldorff",
}
LINE = [[0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 1], [0, 0, 1, 0]]


@pytest.mark.parametrize(("module", "name"), [(m, n) for m, names in NAMES.items() for n in names.split()])
def test_every_agreed_name_is_where_it_should_be(module: object, name: str) -> None:
    assert callable(getattr(module, name))


def test_a_lognormal_ratio_has_the_limits_of_its_logarithm() -> None:
    found = rates.standardised_ratio(25, 20.0, method="lognormal", level=0.9)
    assert found.value == 1.25
    assert math.isclose(found.high, 1.25 * math.exp(1.6448536269514722 / 5), rel_tol=1e-12)
    assert math.isclose(found.low * found.high, 1.25**2, rel_tol=1e-12)


def test_an_exact_ratio_is_the_poisson_interval_over_what_was_expected() -> None:
    found, events = rates.standardised_ratio(7, 4.0), rates.poisson_interval(7)
    assert (found.low, found.high) == (events.low / 4, events.high / 4)


def test_a_direct_rate_weighs_its_strata() -> None:
    found = rates.direct_standardised_rate([1, 4, 9], [10, 20, 30], [2, 1, 1])
    assert math.isclose(found.value, (2 * 0.1 + 0.2 + 0.3) / 4)
    assert math.isclose(found.crude, 14 / 60)


def test_marshalls_estimate_follows_its_formula() -> None:
    events, exposure = np.array([2.0, 30, 8]), np.array([100.0, 300, 200])
    b, raw = 40 / 600, events / exposure
    a = (exposure * (raw - b) ** 2).sum() / 600 - b / 200
    found = rates.empirical_bayes(events, exposure)
    assert math.isclose(found.b, b)
    assert math.isclose(found.a, a)
    assert np.allclose(found.estimate, b + (raw - b) * a / (a + b / exposure))


def test_the_median_relative_risk_halves_the_posterior() -> None:
    observed, expected = np.array([9.0, 39, 2, 0]), np.array([1.4, 8.7, 5.0, 4.2])
    fit = rates.gamma_poisson(observed, expected)
    posterior = stats.gamma(fit.alpha + observed, scale=1 / (fit.alpha / np.exp(fit.beta) + expected))
    assert np.allclose(posterior.cdf(fit.relative_risk_median), 0.5)
    assert np.allclose(posterior.mean(), fit.relative_risk)


def test_a_rates_autocorrelation_is_morans_i_of_standardised_rates() -> None:
    events, exposure = np.array([2.0, 9, 12, 40]), np.array([100.0, 150, 120, 200])
    smooth = rates.empirical_bayes(events, exposure)
    z = (events / exposure - smooth.b) / np.sqrt(smooth.a + smooth.b / exposure)
    z -= z.mean()
    wanted = 4 / 6 * 2 * (z[0] * z[1] + z[1] * z[2] + z[2] * z[3]) / (z @ z)
    for weights in (LINE, sparse.csr_matrix(np.array(LINE))):
        found = rates.assuncao_reis(events, exposure, weights, permutations=99, seed=1)
        assert math.isclose(found.statistic, wanted)
        assert 0.01 <= found.p_permutation <= 1.0


def test_the_four_forms_of_gini_worked_by_hand() -> None:
    counts = [3, 0, 0, 1, 0, 0, 0, 0]
    plain = 2 * (7 * 1 + 8 * 3) / (8 * 4) - 9 / 8
    wide = 2 * (plain - 1) + 1
    assert math.isclose(concentration.gini(counts), plain)
    assert math.isclose(concentration.gini(counts, unbiased=True), plain * 8 / 7)
    assert math.isclose(concentration.gini(counts, generalised=True), wide)
    assert math.isclose(concentration.gini(counts, generalised=True, unbiased=True), wide * 4 / 3)


def test_shares_curve_null_and_harm_of_a_street_worked_by_hand() -> None:
    counts = [4, 0, 2, 2]
    assert concentration.smallest_share(counts, of=0.5) == 0.25
    assert concentration.smallest_share(counts, of=0.75) == 0.5
    assert concentration.lorenz(counts).events.tolist() == [0, 0.5, 0.75, 1, 1]
    assert concentration.poisson_null(counts, draws=7, seed=3).draws.shape == (7, 4)
    assert concentration.harm(counts, [1, 10, 5, 0]) == 14.0
