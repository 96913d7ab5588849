"""Fixed goalposts: what a burden, severity, trend or inequity is worth from 0 to 100 (higher is worse).

Fixed, so that a score means the same in every city and year.
"""

import numpy as np
from numpy.typing import ArrayLike

from salus.stats.draws import Array


def burden_score(per_100k: ArrayLike) -> Array:
    """Score of events or persons affected per 100,000 a year: 1 → 0, 10,000 → 100, on a log scale.

    >>> burden_score([0, 1, 100, 10_000]).tolist()
    [0.0, 0.0, 50.0, 100.0]
    """
    return _clipped(25 * np.log10(np.maximum(np.asarray(per_100k, dtype=float), 1.0)))


def condition_score(per_100k: ArrayLike) -> Array:
    """Score of persons who live in a condition per 100,000: 100 (0.1 %) → 0, all of them → 100, on a log scale.

    A state people live in is not an event of a year: one in a hundred without water is few, one in a hundred robbed
    is many.

    >>> condition_score([100, 1000, 100_000]).round(6).tolist()
    [0.0, 33.333333, 100.0]
    """
    return _clipped(100 / 3 * (np.log10(np.maximum(np.asarray(per_100k, dtype=float), 1.0)) - 2))


def severity_score(severity: ArrayLike) -> Array:
    """Score of the harm of one event, 1 (minor) → 0, 5 (death) → 100.

    >>> severity_score([1, 3, 5]).tolist()
    [0.0, 50.0, 100.0]
    """
    return _clipped(25 * (np.asarray(severity, dtype=float) - 1))


def trend_score(rate_ratio: ArrayLike) -> Array:
    """Score of a yearly rate ratio: 0.8 → 0, 1 → 50, 1.25 → 100, on a log scale.

    >>> trend_score([0.8, 1.0, 1.25]).round(6).tolist()
    [0.0, 50.0, 100.0]
    """
    return _between(rate_ratio, 0.8, 1.25)


def inequity_score(rate_ratio: ArrayLike) -> Array:
    """Score of the rate of the most deprived fifth over the rest: 0.5 → 0, 1 → 50, 2 → 100, log scale.

    >>> inequity_score([0.25, 1.0, 2.0]).round(6).tolist()
    [0.0, 50.0, 100.0]
    """
    return _between(rate_ratio, 0.5, 2.0)


def _between(ratio: ArrayLike, low: float, high: float) -> Array:
    logs = np.log(np.maximum(np.asarray(ratio, dtype=float), 1e-12))
    return _clipped(100 * (logs - np.log(low)) / (np.log(high) - np.log(low)))


def _clipped(score: Array) -> Array:
    return np.clip(score, 0.0, 100.0)
