"""Limits of the Gini coefficient by resampling units. Import from `salus.stats.concentration`."""

import numpy as np
from scipy import special

from salus.errors import BadInput
from salus.stats.inputs import Array, Numbers, Seed, generator, numbers, tail_of, together
from salus.stats.results import Interval

_BLOCK = 2_000_000
"""Units times draws held at once, so that a hundred thousand units fit in memory."""


def gini_interval(
    counts: Numbers,
    generalised: bool = False,
    unbiased: bool = False,
    draws: int = 1000,
    seed: Seed = None,
    *,
    level: float = 0.95,
) -> Interval[float]:
    """The Gini coefficient with limits from resampled units: bias-corrected, accelerated (BCa; Efron 1987).

    The options are those of `gini`. Units are taken as a sample of like units, each alone. NaN below two
    events or units, and without limits where all draws are the same.

    >>> found = gini_interval([10, 8, 2, 0, 0, 1, 0, 3, 0, 0], seed=1)
    >>> round(found.value, 3), round(found.low, 3), round(found.high, 3)
    (0.7, 0.513, 0.9)
    """
    x, tail = np.sort(numbers(counts, "counts", minimum=0)), tail_of(level)
    together(counts=x)
    if draws < 1:
        raise BadInput("No draws were asked for", remedy="1000 is usual")
    nan, n = float("nan"), x.size
    if x.sum() < 2 or n < 2:
        return Interval(nan, nan, nan, "fewer than two events or units")
    value = float(_adjusted(*_gini_of(x, np.ones((1, n))), generalised, unbiased)[0])
    rng, each = generator(seed), np.full(n, 1 / n)
    block = max(1, _BLOCK // n)
    sizes = [min(block, draws - start) for start in range(0, draws, block)]
    drawn = np.concatenate(
        [_adjusted(*_gini_of(x, rng.multinomial(n, each, size=size).astype(np.float64)), generalised, unbiased)
         for size in sizes]
    )  # fmt: skip
    drawn = drawn[np.isfinite(drawn)]
    if drawn.size == 0 or np.ptp(drawn) == 0:
        return Interval(value, nan, nan, "every draw of units has the same value")
    low, high = _accelerated(drawn, value, _adjusted(*_gini_without(x), generalised, unbiased), tail)
    return Interval(value, low, high)


def _gini_of(x: Array, times: Array) -> tuple[Array, float, Array]:
    """Plain coefficient, units and events for each row of `times`: how often each of the sorted units is taken."""
    before = np.cumsum(times, axis=1) - times
    n, total = float(times[0].sum()), times @ x
    ranks = times * (before + (times + 1) / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        plain: Array = np.where(total > 0, 2 * (ranks @ x) / (n * total) - (n + 1) / n, np.nan)
    return plain, n, total


def _gini_without(x: Array) -> tuple[Array, float, Array]:
    """The same for the sorted units without each one in turn."""
    rank, n = np.arange(1, x.size + 1), x.size - 1
    above = x.sum() - np.cumsum(x)
    total = x.sum() - x
    with np.errstate(divide="ignore", invalid="ignore"):
        return 2 * (rank @ x - rank * x - above) / (n * total) - (n + 1) / n, float(n), total


def _adjusted(plain: Array | float, n: float, total: Array | float, generalised: bool, unbiased: bool) -> Array:
    """The generalised and small-sample forms; NaN below two events."""
    total = np.where(np.asarray(total) >= 2, total, np.nan)
    value = np.where(np.isnan(total), np.nan, plain)
    if generalised:
        value = np.maximum(1.0, n / total) * (value - 1) + 1
    fewest = np.minimum(n, total) if generalised else np.full(total.shape, n)
    return np.where(fewest > 1, value * fewest / (fewest - 1), np.nan) if unbiased else value


def _accelerated(drawn: Array, value: float, without: Array, tail: float) -> tuple[float, float]:
    below = (float((drawn < value).sum()) + float((drawn == value).sum()) / 2) / drawn.size
    bias = float(special.ndtri(np.clip(below, 0.5 / drawn.size, 1 - 0.5 / drawn.size)))
    apart = np.nanmean(without) - without[np.isfinite(without)]
    spread = float((apart**2).sum()) ** 1.5
    skew = float((apart**3).sum()) / (6 * spread) if spread else 0.0
    z = bias + special.ndtri(np.array([tail, 1 - tail]))
    low, high = np.quantile(drawn, special.ndtr(bias + z / (1 - skew * z)))
    return float(low), float(high)
