"""Which published effect speaks for a city, and how much of it may be expected there.

The share of an effect that travels is a judgement of the pack, not a measurement (methods part J).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import special

from salus.errors import BadInput
from salus.model.content import Verification
from salus.model.framework import Effect
from salus.model.grades import GRADES, Grade
from salus.stats.draws import Array, DrawSource, quantiles

INCOME_GROUPS: Final = ("high", "upper_middle", "lower_middle", "low")
# A judgement: how sharply the travelling share is known; 10 puts 95 % of a mean of 0.6 on 0.30-0.86.
TRANSFER_CONCENTRATION: Final = 10.0
# Width of a 95 % interval in standard deviations.
_WIDTH: Final = 2 * float(special.ndtri(0.975))
_BY_STARS: Final[dict[int, Grade]] = {4: "B", 3: "C", 2: "D", 1: "E", 0: "E"}
_CERTAINTY: Final[tuple[Verification, ...]] = ("seen", "recalled", "proposed")


@dataclass(frozen=True)
class Transported:
    """An effect as expected in another city: draws of its rate ratio (below 1 helps) and how well it travels.

    >>> Transported("calming", np.array([0.7, 0.8, 0.9]), "C", "seen").value
    0.8
    """

    outcome: str
    ratios: Array
    grade: Grade
    verification: Verification

    @property
    def value(self) -> float:
        """The median rate ratio."""
        return float(np.median(self.ratios))

    @property
    def interval(self) -> tuple[float, float]:
        """Its 95 % interval."""
        low, high = np.quantile(self.ratios, [0.025, 0.975])
        return float(low), float(high)


def income_distance(studied: str, city: str) -> float:
    """Steps between the income group of the studies and that of the city; 0 is the same.

    Mixed evidence holds cities of several groups: nearer than any other group, yet not the same.

    >>> income_distance("high", "lower_middle"), income_distance("mixed", "low")
    (2.0, 0.5)
    """
    if studied == "mixed":
        return 0.5
    return float(abs(INCOME_GROUPS.index(studied) - INCOME_GROUPS.index(city)))


def choose_effect(effects: Iterable[Effect], problem: str, income_group: str) -> Effect | None:
    """The quantified effect that speaks of a problem: nearest in income group, then most studies.

    None where no estimate has an interval its source states; such an option claims nothing.

    >>> choose_effect((), "robbery", "low") is None
    True
    """
    fitting = [effect for effect in effects if effect.quantified and problem in effect.problems]
    return min(fitting, key=lambda effect: _order(effect, income_group), default=None)


def transported(
    effect: Effect, draws: DrawSource, *, strength: int, income_group: str, transfer_mean: float
) -> Transported:
    """The effect's rate ratio in a city of this income group, on draws, never as a point.

    log RR is normal on the stated 95 % interval; from another income group it is multiplied by d ~ Beta
    with mean `transfer_mean` (a judgement). The same group: d = 1 and a grade one step better. Effects
    whose interval includes 1 keep the draws that do harm. `strength` is the evidence's stars, 0-4.
    """
    middle, low, high = _logs(effect)
    key = f"{effect.intervention}|{effect.outcome}"
    spread = (high - low) / _WIDTH
    logs = quantiles("normal", (middle, spread, 0.0), draws.uniform(f"effect|{key}"))
    same = income_distance(effect.income_group, income_group) == 0
    share = np.ones(draws.n) if same else _travelling(transfer_mean, draws.uniform(f"transfer|{key}"))
    return Transported(effect.outcome, np.exp(logs * share), _grade(strength, same=same), effect.verification)


def _order(effect: Effect, income_group: str) -> tuple[float, int, int, str]:
    distance = income_distance(effect.income_group, income_group)
    return (distance, -(effect.studies or 0), _CERTAINTY.index(effect.verification), effect.outcome)


def _logs(effect: Effect) -> tuple[float, float, float]:
    ratios = (effect.rate_ratio, effect.rate_ratio_low, effect.rate_ratio_high)
    known = [ratio for ratio in ratios if ratio is not None]
    if len(known) < 3 or not 0 < known[1] <= known[0] <= known[2]:
        raise BadInput(
            f"The effect of {effect.intervention} on {effect.outcome} has no usable rate ratio: {ratios}",
            where="effects.csv of the pack",
            remedy="give 0 < low <= rate ratio <= high, or leave all three empty",
        )
    middle, low, high = (float(x) for x in np.log(known))
    return middle, low, high


def _travelling(mean: float, u: Array) -> Array:
    if mean >= 1:
        return np.ones_like(u)
    a, b = TRANSFER_CONCENTRATION * mean, TRANSFER_CONCENTRATION * (1 - mean)
    return quantiles("beta", (a, b, 1.0), u)


def _grade(strength: int, *, same: bool) -> Grade:
    own = GRADES.index(_BY_STARS[strength])
    return GRADES[max(0, own - 1)] if same else GRADES[own]
