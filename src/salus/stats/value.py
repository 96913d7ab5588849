"""What a measure is worth: harm it may avert, and money over time.

Effects are log rate ratios with a normal error; flows of money are one element a year, the first now.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from salus.errors import BadInput
from salus.stats.inputs import Array, Numbers, Seed, generator, numbers, tail_of, together
from salus.stats.results import Measure


@dataclass(frozen=True)
class HarmAverted:
    """Expected harm averted (`mean`) between two quantiles; `draws` where they were asked for.

    Negative values mean that harm grows.
    """

    mean: float
    low: float
    high: float
    draws: Array


@dataclass(frozen=True)
class TailRisk:
    """`var`: the loss that is not exceeded with probability alpha; `cvar`: the mean loss beyond it.

    >>> TailRisk(95.0, 98.0).cvar
    98.0
    """

    var: float
    cvar: float


def harm_averted(  # noqa: PLR0913 - the factors of one product, all named by the method
    expected_events: float,
    log_rr_mean: float,
    log_rr_sd: float,
    *,
    reach: float = 1.0,
    implementation: float = 1.0,
    unit_harm: float = 1.0,
    level: float = 0.95,
    draws: int = 0,
    seed: Seed = None,
) -> HarmAverted:
    """Harm that a measure averts: events x (1 - rate ratio) x reach x implementation x harm of one event.

    The log rate ratio is normal; mean and quantiles are analytic. `reach` and `implementation` are
    shares, 0 to 1. The unit is that of `unit_harm`, events by default.

    >>> averted = harm_averted(200, -0.25, 0.1)
    >>> round(averted.mean, 2), round(averted.low, 2), round(averted.high, 2)
    (43.46, 10.51, 71.96)
    """
    if expected_events < 0 or log_rr_sd < 0 or unit_harm < 0 or draws < 0:
        raise BadInput("Events, spread, harm and draws cannot be negative", remedy="check the arguments")
    if not (0 <= reach <= 1 and 0 <= implementation <= 1):
        raise BadInput("Reach and implementation are shares", remedy="give numbers between 0 and 1")
    size, z = expected_events * reach * implementation * unit_harm, -float(special.ndtri(tail_of(level)))
    ratio = np.exp([log_rr_mean + log_rr_sd**2 / 2, log_rr_mean + z * log_rr_sd, log_rr_mean - z * log_rr_sd])
    mean, low, high = (size * (1 - float(each)) for each in ratio)
    drawn = np.exp(log_rr_mean + log_rr_sd * generator(seed).standard_normal(draws))
    return HarmAverted(mean, low, high, size * (1 - drawn))


def net_present_value(flows: Numbers, rate: float) -> Measure:
    """Today's value of yearly flows of money, the first now, at a yearly discount rate (0.03 is 3 %).

    >>> round(net_present_value([-1000, 450, 450, 450], 0.03), 2)
    272.88
    """
    return Measure(_present(numbers(flows, "flows"), rate))


def benefit_cost_ratio(benefits: Numbers, costs: Numbers, rate: float) -> Measure:
    """Today's value of the benefits for each unit of money of the costs; above 1 they exceed the costs.

    >>> round(benefit_cost_ratio([0, 450, 450, 450], [1000, 0, 0, 0], 0.03), 3)
    1.273
    """
    paid = _present(numbers(costs, "costs", minimum=0), rate)
    if paid == 0:
        return Measure(float("nan"), "no costs")
    return Measure(_present(numbers(benefits, "benefits"), rate) / paid)


def cvar(losses: Numbers, alpha: float = 0.95) -> TailRisk:
    """The mean of the worst losses (1 - alpha of them), all equally probable (Rockafellar & Uryasev 2000).

    >>> cvar(list(range(1, 101)), 0.95)
    TailRisk(var=95.0, cvar=98.0)
    """
    x = np.sort(numbers(losses, "losses"))
    together(losses=x)
    tail_of(alpha)
    # 1e-9 keeps 0.95 x 100 at 95 when the product comes out a bit above it.
    var = float(x[max(int(np.ceil(alpha * x.size - 1e-9)) - 1, 0)])
    return TailRisk(var, var + float(np.maximum(x - var, 0).mean()) / (1 - alpha))


def _present(flows: Array, rate: float) -> float:
    together(flows=flows)
    if rate <= -1:
        raise BadInput(f"A discount rate of {rate} has no meaning", remedy="3 % is 0.03")
    return float((flows / (1 + rate) ** np.arange(flows.size)).sum())
