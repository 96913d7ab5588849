"""Harm averted and money over time: simulation agrees with formulas, undefined and refused cases."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.errors import BadInput
from salus.stats.value import benefit_cost_ratio, cvar, harm_averted, net_present_value


@given(st.floats(0, 1e4), st.floats(-1, 1), st.floats(0, 0.5))
def test_harm_averted_is_in_proportion_to_reach_and_unit_harm(events: float, mean: float, sd: float) -> None:
    whole = harm_averted(events, mean, sd)
    part = harm_averted(events, mean, sd, reach=0.5, implementation=0.8, unit_harm=10)
    assert np.allclose([part.mean, part.low, part.high], [4 * whole.mean, 4 * whole.low, 4 * whole.high])
    assert whole.low <= whole.high


def test_draws_agree_with_mean_and_quantiles_and_repeat() -> None:
    averted = harm_averted(100, -0.3, 0.2, draws=200_000, seed=1)
    assert np.isclose(averted.draws.mean(), averted.mean, rtol=0.01)
    assert np.allclose(np.quantile(averted.draws, [0.025, 0.975]), [averted.low, averted.high], rtol=0.03)
    assert np.array_equal(
        harm_averted(100, -0.3, 0.2, draws=9, seed=1).draws,
        harm_averted(100, -0.3, 0.2, draws=9, seed=1).draws,
    )


def test_a_harmful_measure_averts_less_than_nothing() -> None:
    assert harm_averted(100, 0.2, 0.05).high < 0


@pytest.mark.parametrize("wrong", [{"reach": 1.2}, {"implementation": -0.1}, {"unit_harm": -1.0}, {"level": 1.0}])
def test_shares_beyond_their_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(BadInput):
        harm_averted(100, -0.1, 0.1, **wrong)  # type: ignore[arg-type]


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20))
def test_without_discount_the_present_value_is_the_sum(flows: list[float]) -> None:
    assert np.isclose(net_present_value(flows, 0.0), sum(flows), atol=1e-6)


def test_money_a_year_later_is_worth_less() -> None:
    assert np.isclose(net_present_value([0, 103], 0.03), 100)


def test_a_ratio_without_costs_is_undefined_and_says_why() -> None:
    ratio = benefit_cost_ratio([1, 2], [0, 0], 0.03)
    assert np.isnan(ratio)
    assert ratio.reason == "no costs"


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=60), st.floats(0.05, 0.99))
def test_the_mean_of_the_worst_losses_lies_between_the_quantile_and_the_worst(
    losses: list[float], alpha: float
) -> None:
    tail = cvar(losses, alpha)
    assert tail.var - 1e-9 <= tail.cvar <= max(losses) + 1e-6
    assert np.mean(np.array(losses) <= tail.var) >= alpha - 1e-9


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=60), st.floats(0.05, 0.99))
def test_cvar_is_the_least_of_the_functions_rockafellar_and_uryasev_minimise(losses: list[float], alpha: float) -> None:
    x = np.array(losses)
    least = min(t + np.maximum(x - t, 0).mean() / (1 - alpha) for t in x)
    assert np.isclose(cvar(losses, alpha).cvar, least, atol=1e-6)
