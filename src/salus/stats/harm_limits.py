"""How sure a sum of weighted events is, and how much of it hangs on the heaviest weights."""

from dataclasses import dataclass

import numpy as np

from salus.stats.inputs import Array, Numbers, Seed, generator, numbers, together
from salus.stats.rates import direct_standardised_rate
from salus.stats.results import Interval

_JEFFREYS = 0.5


@dataclass(frozen=True)
class HarmShares:
    """Each class's share of all harm (0 to 1), with 95 % limits; NaN where there is no harm.

    `capped`: the share when the heaviest 1 % of events weigh no more than the next one. `without`: the share when
    the class of the largest weight is left out (NaN for that class itself).
    """

    share: Array
    low: Array
    high: Array
    capped: Array
    without: Array


def harm_interval(counts: Numbers, weights: Numbers, *, level: float = 0.95) -> Interval[float]:
    """The sum of counts times weights, with the gamma limits of a weighted sum of Poisson counts (Fay & Feuer 1997).

    With one class it is the exact Poisson interval of the count times the weight.

    >>> found = harm_interval([10], [2.0])
    >>> found.value, round(found.low, 2), round(found.high, 2)
    (20.0, 9.59, 36.78)
    """
    n, w = numbers(counts, "counts", minimum=0), numbers(weights, "weights", minimum=0)
    together(counts=n, weights=w)
    rate = direct_standardised_rate(n, np.ones(n.size), w, level=level)
    total = float(w.sum())
    return Interval(rate.value * total, rate.low * total, rate.high * total, rate.reason)


def capped_weights(counts: Numbers, weights: Numbers, top: float = 0.01) -> Array:
    """The weights with those of the heaviest `top` of events lowered to the weight of the event that follows them.

    >>> capped_weights([1, 99, 100], [1000, 50, 2]).tolist()
    [50.0, 50.0, 2.0]
    """
    n, w = numbers(counts, "counts", minimum=0), numbers(weights, "weights", minimum=0)
    together(counts=n, weights=w)
    order = np.argsort(-w, kind="stable")
    beyond = np.cumsum(n[order]) > top * n.sum()
    return np.minimum(w, w[order][int(np.argmax(beyond))]) if beyond.any() else w


def harm_shares(counts: Numbers, weights: Numbers, draws: int = 1000, seed: Seed = None) -> HarmShares:
    """Each class's share of all harm; its limits draw each count from its gamma posterior (Jeffreys prior).

    >>> found = harm_shares([10, 90], [9.0, 1.0], seed=1)
    >>> found.share.tolist(), bool(found.low[0] < 0.5 < found.high[0]), found.without.tolist()
    ([0.5, 0.5], True, [nan, 1.0])
    """
    n, w = numbers(counts, "counts", minimum=0), numbers(weights, "weights", minimum=0)
    together(counts=n, weights=w)
    drawn = generator(seed).gamma(n + _JEFFREYS, size=(draws, n.size)) * w
    low, high = np.quantile(drawn / drawn.sum(axis=1, keepdims=True), [0.025, 0.975], axis=0)
    kept = w < w.max()
    without = np.where(kept, _parts(n * w * kept), np.nan)
    share = _parts(n * w)
    return HarmShares(share, np.fmin(low, share), np.fmax(high, share), _parts(n * capped_weights(n, w)), without)


def _parts(harm: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(harm.sum() > 0, harm / harm.sum(), np.nan)
