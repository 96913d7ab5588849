"""How far events concentrate in few places: Gini, smallest and top shares, Lorenz curve, and chance.

Where events are few, chance alone makes them look concentrated; `poisson_null` shows how much.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np

from salus.errors import BadInput
from salus.stats.gini_limits import gini_interval as gini_interval  # noqa: PLC0414 - part of this module's names
from salus.stats.inputs import Array, Numbers, Seed, generator, numbers, together
from salus.stats.results import Measure

# Sums of decimal counts may miss a share by the last bit; this much is not a real difference.
_SLACK = 1e-12


@dataclass(frozen=True)
class LorenzCurve:
    """Cumulative shares from the busiest unit on: `events` held by the first `units`, both 0 to 1.

    >>> LorenzCurve(np.array([0.0, 1.0]), np.array([0.0, 1.0])).units.tolist()
    [0.0, 1.0]
    """

    units: Array
    events: Array
    reason: str = ""


@dataclass(frozen=True)
class AgainstChance:
    """A concentration measure beside what chance gives: mean, 95 % range, p that chance is as far out.

    `p_value` is one-sided, toward more concentration in the direction observed.
    """

    observed: float
    expected: float
    low: float
    high: float
    p_value: float


@dataclass(frozen=True)
class PoissonNull:
    """Counts that chance would give if all units were alike (`draws` x units), beside those seen."""

    counts: Array
    draws: Array

    def compare(self, measure: Callable[[Array], float]) -> AgainstChance:
        """A measure of the counts beside its distribution under chance.

        >>> null = poisson_null([0, 0, 0, 12], draws=99, seed=1)
        >>> null.compare(gini).p_value
        0.01
        """
        observed = float(measure(self.counts))
        chance = np.array([float(measure(row)) for row in self.draws])
        chance = chance[np.isfinite(chance)]
        if not np.isfinite(observed) or chance.size == 0:
            return AgainstChance(observed, *[float("nan")] * 4)
        centre = float(chance.mean())
        beyond = chance >= observed if observed >= centre else chance <= observed
        low, high = np.quantile(chance, [0.025, 0.975])
        p_value = (int(beyond.sum()) + 1) / (chance.size + 1)
        return AgainstChance(observed, centre, float(low), float(high), p_value)


class Harm(Measure):
    """Counts times weights, in the weights' unit (days, say); `count` and `heaviest_share` beside it.

    `heaviest_share` is the part of the harm that the heaviest 1 % of events bring.
    """

    count: float
    heaviest_share: float

    def __new__(cls, value: float, reason: str = "", *, count: float = 0.0, heaviest: float = 0.0) -> Self:
        """The harm with its events and the share of the heaviest ones."""
        harm = super().__new__(cls, value, reason)
        harm.count, harm.heaviest_share = count, heaviest
        return harm


def gini(counts: Numbers, generalised: bool = False, unbiased: bool = False) -> Measure:
    """The Gini coefficient of counts over units: 0 when all are equal, 1 when one unit has all events.

    `generalised` allows for fewer events than units (Bernasco & Steenbeek 2017); `unbiased` corrects
    for few units. NaN below two events.

    >>> round(gini([10, 8, 2, 0, 0, 0, 0, 0, 0, 0]), 2)
    0.78
    """
    x = np.sort(_counts(counts))
    total, n = float(x.sum()), x.size
    if total < 2 or n < 2:
        return Measure(float("nan"), "fewer than two events or units")
    plain = 2 * float(np.arange(1, n + 1) @ x) / (n * total) - (n + 1) / n
    if not generalised:
        return Measure(plain * n / (n - 1) if unbiased else plain)
    wide = max(1.0, n / total) * (plain - 1) + 1
    fewest = min(float(n), total)
    return Measure(wide * fewest / (fewest - 1) if unbiased else wide)


def smallest_share(counts: Numbers, of: float = 0.5) -> Measure:
    """The smallest share of units that together hold at least `of` of all events (Weisburd 2015).

    >>> smallest_share([10, 8, 2, 0, 0, 0, 0, 0, 0, 0])
    0.1
    """
    x = _counts(counts)
    _share(of)
    if x.sum() == 0:
        return Measure(float("nan"), "no events")
    held = np.cumsum(np.sort(x)[::-1])
    return Measure((int(np.argmax(held >= of * held[-1] * (1 - _SLACK))) + 1) / x.size)


def top_share(counts: Numbers, of: float = 0.05) -> Measure:
    """The share of events in the busiest `of` of units; a part of a unit counts in proportion.

    >>> top_share([10, 8, 2, 0, 0, 0, 0, 0, 0, 0], of=0.2)
    0.9
    """
    x = np.sort(_counts(counts))[::-1]
    _share(of)
    if x.sum() == 0:
        return Measure(float("nan"), "no events")
    held = np.concatenate([[0.0], np.cumsum(x)]) / x.sum()
    return Measure(float(np.interp(of * x.size, np.arange(x.size + 1), held)))


def lorenz(counts: Numbers) -> LorenzCurve:
    """The curve of cumulative shares of events over units, from the busiest unit on.

    >>> lorenz([3, 1]).events.tolist()
    [0.0, 0.75, 1.0]
    """
    x = np.sort(_counts(counts))[::-1]
    units = np.arange(x.size + 1) / x.size
    if x.sum() == 0:
        return LorenzCurve(units, np.full(x.size + 1, np.nan), "no events")
    return LorenzCurve(units, np.concatenate([[0.0], np.cumsum(x) / x.sum()]))


def poisson_null(
    counts: Numbers, draws: int = 100, seed: Seed = None, *, exposure: Numbers | None = None
) -> PoissonNull:
    """Counts drawn as if every unit had the same chance of events (or chance in proportion to `exposure`).

    >>> poisson_null([0, 3, 9], draws=5, seed=1).draws.shape
    (5, 3)
    """
    x = _counts(counts)
    if draws < 1:
        raise BadInput("No draws were asked for", remedy="ask for at least 1; 100 is usual")
    size = np.ones(x.size) if exposure is None else numbers(exposure, "exposure", minimum=0)
    together(counts=x, exposure=size)
    if size.sum() == 0:
        raise BadInput("No unit has exposure", remedy="leave exposure out, or check it")
    expected = x.sum() * size / size.sum()
    return PoissonNull(x, generator(seed).poisson(expected, (draws, x.size)).astype(np.float64))


def harm(counts: Numbers, weights: Numbers) -> Harm:
    """Events weighted by the harm of their kind: sum of counts times weights, one element a kind.

    Weights are a versioned table of a jurisdiction (sentence days, severity scores), never set here.

    >>> total = harm([100, 1], [2, 1000])
    >>> total, total.count, round(total.heaviest_share, 3)
    (1200.0, 101.0, 0.833)
    """
    n, w = _counts(counts), numbers(weights, "weights", minimum=0)
    together(counts=n, weights=w)
    total, events = float(n @ w), float(n.sum())
    if total == 0:
        return Harm(0.0, count=events, heaviest=float("nan"))
    order = np.argsort(-w, kind="stable")
    taken = np.diff(np.minimum(np.cumsum(n[order]), 0.01 * events), prepend=0.0)
    return Harm(total, count=events, heaviest=float(taken @ w[order]) / total)


def _counts(counts: object) -> Array:
    x = numbers(counts, "counts", minimum=0)
    together(counts=x)
    return x


def _share(of: float) -> None:
    if not 0 < of <= 1:
        raise BadInput(f"A share of {of} is not between 0 and 1", remedy="0.5 stands for half")
