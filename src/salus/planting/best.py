"""The best portfolio of a planted city, by trying every subset: the truth the optimiser is held against.

It shares no code with the stage it tests: rates are the planted ones, effects are integrated, not drawn.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy import stats

from salus.model.framework import Effect, Intervention, Pack

CAPACITY = 4
_NODES = 200
_TRANSFER = 10.0  # concentration of the share of an effect that travels, as docs/method/responses.md states it
_INCOMES = ("high", "upper_middle", "lower_middle", "low")


@dataclass(frozen=True)
class Candidate:
    """An intervention with what it costs a year and the weighted events it averts a year."""

    intervention: str
    cost: float
    benefit: float


def best_portfolio(
    pack: Pack, events: Mapping[str, float], *, people: float, budget: float, currency: float, income_group: str
) -> tuple[tuple[str, ...], dict[str, Candidate]]:
    """The subset of interventions with the most severity-weighted events averted within a year's budget.

    `events`: indicator -> expected events a year. `currency`: units of the city's money for one EUR. Assumes that
    all functions are led by somebody with authority and capacity 4. Gives the subset, and all candidates.
    """
    candidates = {}
    for item in pack.interventions:
        benefit = sum(_averted(pack, item, problem, events, income_group) for problem in dict.fromkeys(item.problems))
        if item.kind != "harmful" and item.cost_band and item.min_capacity <= CAPACITY and benefit > 0:
            cost = sum(pack.cost_bands[item.cost_band]) / 2 * currency * people / 1e5 * _reach(item)
            candidates[item.id] = Candidate(item.id, cost, benefit)
    names = [name for name, each in candidates.items() if each.cost <= budget]
    best: tuple[str, ...] = ()
    for size in range(len(names) + 1):
        for subset in combinations(names, size):
            if sum(candidates[n].cost for n in subset) <= budget and _worth(candidates, subset) > _worth(
                candidates, best
            ):
                best = subset
    return best, candidates


def _worth(candidates: Mapping[str, Candidate], subset: tuple[str, ...]) -> float:
    return sum(candidates[name].benefit for name in subset)


def _reach(item: Intervention) -> float:
    return (item.reach_low + item.reach_high) / 2


def _averted(pack: Pack, item: Intervention, problem: str, events: Mapping[str, float], income_group: str) -> float:
    about = next(p for p in pack.problems if p.id == problem)
    fitting = [e for e in pack.effects if e.intervention == item.id and problem in e.problems and e.quantified]
    if not fitting or about.indicators[0] not in events:
        return 0.0
    effect = min(fitting, key=lambda e: _order(e, income_group))
    share = 1 - _expected_ratio(effect, pack.transfer_mean, same=effect.income_group == income_group)
    return about.severity * events[about.indicators[0]] * _reach(item) * share


def _order(effect: Effect, income_group: str) -> tuple[float, int, int, str]:
    """Nearest income group, then most studies, then how sure we are of the figure."""
    mixed = effect.income_group == "mixed"
    distance = 0.5 if mixed else abs(_INCOMES.index(effect.income_group) - _INCOMES.index(income_group))
    return distance, -(effect.studies or 0), ("seen", "recalled", "proposed").index(effect.verification), effect.outcome


def _expected_ratio(effect: Effect, transfer_mean: float, *, same: bool) -> float:
    """E[exp(d·log RR)] by midpoint quadrature over the quantiles of log RR (normal) and d (Beta, or 1)."""
    middle, low, high = (float(np.log(x or 1)) for x in (
        effect.rate_ratio, effect.rate_ratio_low, effect.rate_ratio_high
    ))  # fmt: skip
    nodes = (np.arange(_NODES) + 0.5) / _NODES
    logs = stats.norm.ppf(nodes, middle, (high - low) / (2 * stats.norm.ppf(0.975)))
    shares = np.ones(1) if same else stats.beta.ppf(nodes, _TRANSFER * transfer_mean, _TRANSFER * (1 - transfer_mean))
    return float(np.exp(np.outer(logs, shares)).mean())
