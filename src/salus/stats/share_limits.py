"""Limits of the smallest share of units that hold a part of all events, by resampling units."""

import numpy as np

from salus.errors import BadInput
from salus.stats.concentration import smallest_share
from salus.stats.inputs import Array, Numbers, Seed, generator, numbers, tail_of, together
from salus.stats.results import Interval

_SLACK = 1e-12
_BLOCK = 2_000_000
"""Units times draws held at once, so that a hundred thousand units fit in memory."""


def smallest_share_interval(
    counts: Numbers, of: float = 0.5, draws: int = 1000, seed: Seed = None, *, level: float = 0.95
) -> Interval[float]:
    """The smallest share of units that hold `of` of all events, with limits from resampled units (percentiles).

    Units are taken as a sample of like units, each alone. NaN below two events or units. The limits hold the
    value, which is a share of the units (0 to 1).

    >>> found = smallest_share_interval([10, 8, 2, 0, 0, 1, 0, 3, 0, 0], seed=1)
    >>> found.value, found.low, found.high
    (0.2, 0.1, 0.3)
    """
    x, tail = np.sort(numbers(counts, "counts", minimum=0))[::-1], tail_of(level)
    together(counts=x)
    if draws < 1:
        raise BadInput("No draws were asked for", remedy="1000 is usual")
    nan, n = float("nan"), x.size
    if x.sum() < 2 or n < 2:
        return Interval(nan, nan, nan, "fewer than two events or units")
    value = float(smallest_share(x, of))
    rng, each, block = generator(seed), np.full(n, 1 / n), max(1, _BLOCK // n)
    sizes = [min(block, draws - start) for start in range(0, draws, block)]
    shares = np.concatenate([_shares(x, rng.multinomial(n, each, size=size).astype(np.float64), of) for size in sizes])
    shares = shares[np.isfinite(shares)]
    low, high = np.quantile(shares, [tail, 1 - tail])
    return Interval(value, min(float(low), value), max(float(high), value))


def _shares(x: Array, times: Array, of: float) -> Array:
    """The share for each row of `times`: how often each unit (the busiest first) was drawn; NaN without events."""
    held = np.cumsum(times * x, axis=1)
    wanted = of * held[:, -1] * (1 - _SLACK)
    last = np.argmax(held >= wanted[:, None], axis=1)
    rows = np.arange(times.shape[0])
    before_events = held[rows, last] - times[rows, last] * x[last]
    before_units = np.cumsum(times, axis=1)[rows, last] - times[rows, last]
    with np.errstate(divide="ignore", invalid="ignore"):
        needed = np.maximum(np.ceil((wanted - before_events) / x[last] * (1 - _SLACK)), 1.0)
        return np.where(held[:, -1] > 0, (before_units + needed) / times.sum(axis=1), np.nan)
