"""Portfolios against every possible choice of small cases, and what the constraints mean."""

from itertools import product
from typing import Any

import numpy as np
import pytest

from salus.errors import BadInput
from salus.responses.optimise import optimise_portfolio
from salus.stats.value import cvar


def every_choice(case: dict[str, Any]) -> list[tuple[float, float, tuple[int, ...]]]:
    """(value, cost, mask) of every choice that meets the constraints, the best first."""
    b, c, kept = case["benefits"], case["costs"], []
    for mask in product((1, 0), repeat=b.size):
        x = np.array(mask)
        fits = (
            x @ c <= case["budget"]
            and all(x @ use <= limit for use, limit in case.get("capacity", ()))
            and all(x[i] <= x[j] for i, j in case.get("precedence", ()))
            and all((b * share) @ x >= least for share, least in case.get("floors", ()))
            and all(x[list(group)].sum() <= 1 for group in case.get("exclusions", ()))
        )
        if fits:
            value = float(b @ x)
            if case.get("risk_aversion"):
                value -= case["risk_aversion"] * cvar(-case["scenarios"] @ x, case["alpha"]).cvar
            kept.append((value, float(x @ c), mask))
    return sorted(kept, key=lambda choice: (-choice[0], choice[1], tuple(-x for x in choice[2])))


def random_case(seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(3, 9))
    # Small whole numbers, so that equal values and costs are common and the rule for ties is tested.
    return {
        "benefits": rng.integers(1, 6, n).astype(float),
        "costs": rng.integers(1, 4, n).astype(float),
        "budget": float(rng.integers(2, 2 * n)),
        "capacity": [(rng.integers(0, 4, n).astype(float), float(rng.integers(2, 10)))],
        "precedence": [(0, 1)],
        "floors": [(rng.integers(0, 2, n).astype(float), float(rng.integers(0, 4)))],
        "exclusions": [(int(n - 1), int(n - 2))],
    }


@pytest.mark.parametrize("seed", range(60))
def test_the_portfolio_is_the_best_of_all_choices_with_ties_by_cost_then_order(seed: int) -> None:
    case = random_case(seed)
    best, found = every_choice(case), optimise_portfolio(near_optimal=0, **case)
    if not best:
        assert found.reason == "nothing meets all constraints"
        return
    assert (found.value, found.cost, tuple(int(x) for x in found.mask)) == best[0]
    assert found.gap == 0


@pytest.mark.parametrize("seed", range(12))
def test_the_alternatives_are_the_next_best_choices(seed: int) -> None:
    case = random_case(100 + seed)
    best, found = every_choice(case), optimise_portfolio(near_optimal=3, **case)
    assert [other.value for other in found.alternatives] == [choice[0] for choice in best[1:4]]
    if not best:
        assert found.chosen == ()
        return
    assert len({found.chosen, *(other.chosen for other in found.alternatives)}) == len(best[:4])


@pytest.mark.parametrize("seed", range(12))
def test_an_averse_portfolio_is_the_best_of_all_choices_by_benefit_less_tail_risk(seed: int) -> None:
    rng = np.random.default_rng(200 + seed)
    n, draws = 7, 20
    benefits = rng.uniform(1, 10, n)
    case = {
        "benefits": benefits,
        "costs": rng.uniform(1, 5, n),
        "budget": 10.0,
        "scenarios": benefits * rng.uniform(-0.5, 2.5, (draws, n)),
        "risk_aversion": 0.8,
        "alpha": 0.8,
    }
    best, found = every_choice(case)[0], optimise_portfolio(near_optimal=0, **case)
    assert tuple(int(x) for x in found.mask) == best[2]
    assert np.isclose(found.value, best[0], rtol=1e-6)


def test_benefits_and_costs_on_any_scale_give_the_same_portfolio() -> None:
    rng = np.random.default_rng(12)
    b, c = rng.uniform(1, 10, 20), rng.uniform(1, 5, 20)
    small = optimise_portfolio(b * 1e-4, c * 1e-3, 15e-3, near_optimal=0)
    large = optimise_portfolio(b * 1e6, c * 1e7, 15e7, near_optimal=0)
    assert small.chosen == large.chosen == optimise_portfolio(b, c, 15, near_optimal=0).chosen


def test_core_options_are_those_that_every_alternative_keeps() -> None:
    found = optimise_portfolio([100, 5, 4, 3], [1, 1, 1, 1], 2, near_optimal=2)
    assert found.chosen == (0, 1)
    assert found.core == (0,)


def test_a_harmful_option_is_never_chosen_although_it_is_free() -> None:
    assert optimise_portfolio([5, -1], [1, 0], 10, near_optimal=0).chosen == (0,)


def test_when_no_time_is_given_the_result_says_so_instead_of_guessing() -> None:
    found = optimise_portfolio([1, 2], [1, 1], 1, time_limit=0)
    assert found.reason == "the time ran out"
    assert np.isnan(found.value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"precedence": [(0, 5)]},
        {"capacity": [([1.0], 2.0)]},
        {"exclusions": [(-1, 0)]},
        {"scenarios": [[1.0]], "risk_aversion": 1.0},
    ],
)
def test_constraints_on_options_that_do_not_exist_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        optimise_portfolio([1, 2], [1, 1], 1, **wrong)
