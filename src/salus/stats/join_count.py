"""Whether areas with a feature lie side by side: counts of joins between areas of two kinds.

Import from `salus.stats.autocorrelation`. Agreed with spdep `joincount.test`.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from salus.errors import BadInput
from salus.stats.inputs import Array, Numbers, Seed
from salus.stats.valued_map import ValuedMap, share_as_high, shuffled, valued_map


@dataclass(frozen=True)
class JoinCounts:
    """Weights that join two areas with the feature (`bb`), one with and one without (`bw`), two without (`ww`).

    `expected`, `variance`, `z`, `p_value` and `p_permutation` hold three numbers, in the order bb, bw,
    ww. P-values are one-sided toward clustering: more bb and ww, fewer bw than chance gives.
    """

    bb: float
    bw: float
    ww: float
    expected: Array
    variance: Array
    z: Array
    p_value: Array
    p_permutation: Array
    reason: str = ""


def join_counts(binary: Numbers, weights: object, permutations: int = 0, seed: Seed = None) -> JoinCounts:
    """How often two areas with a feature (1) are neighbours, and 1 with 0, and 0 with 0 (Cliff & Ord 1981).

    Counts are half the sums of weights, in the unit of the weights; means and variances are those of
    sampling without replacement.

    >>> line = np.diag(np.ones(3), 1) + np.diag(np.ones(3), -1)
    >>> found = join_counts([1, 1, 0, 0], line)
    >>> found.bb, found.bw, found.ww, found.expected.tolist()
    (1.0, 1.0, 1.0, [0.5, 2.0, 0.5])
    """
    near = valued_map(binary, weights)
    x = near.values
    if not np.isin(x, (0, 1)).all():
        raise BadInput("Join counts need zeros and ones", remedy="say for each area whether it has the feature")
    if near.reason:
        nan, blank = float("nan"), np.full(3, np.nan)
        return JoinCounts(nan, nan, nan, blank, blank, blank, blank, blank, near.reason)

    def joins(block: Array) -> Array:
        both, either = near.cross(block), near.ends @ block
        return np.asarray([both, either - 2 * both, near.s0 - either + both]) / 2

    seen, toward = joins(x), np.array([1.0, -1.0, 1.0])
    expected, variance = _join_moments(near, float(x.sum()), float(x.size - x.sum()))
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(variance > 0, (seen - expected) / np.sqrt(variance), np.nan)
    drawn = [joins(block) * toward[:, None] for block in shuffled(x, permutations, seed)]
    shares = [share_as_high((d[i] for d in drawn), seen[i] * toward[i], permutations) for i in range(3)]
    bb, bw, ww = seen.tolist()
    return JoinCounts(bb, bw, ww, expected, variance, z, special.ndtr(-z * toward), np.array(shares))


def _join_moments(near: ValuedMap, black: float, white: float) -> tuple[Array, Array]:
    """Means and variances of bb, bw, ww when the areas with the feature are any `black` of all."""
    n = black + white
    shared, apart = near.s2 - 2 * near.s1, near.s0**2 + near.s1 - near.s2
    twos, threes, fours = (np.prod(n - np.arange(k)) for k in (2, 3, 4))

    def same(m: float) -> tuple[float, float]:
        mean = near.s0 * m * (m - 1) / (2 * twos)
        square = near.s1 * m * (m - 1) / twos
        square += shared * m * (m - 1) * (m - 2) / threes if threes else 0.0
        square += apart * m * (m - 1) * (m - 2) * (m - 3) / fours if fours else 0.0
        return mean, square / 4 - mean**2

    mean = near.s0 * black * white / twos
    square = 2 * near.s1 * black * white / twos
    square += shared * black * white * (n - 2) / threes if threes else 0.0
    square += 4 * apart * black * (black - 1) * white * (white - 1) / fours if fours else 0.0
    moments = np.array([same(black), (mean, square / 4 - mean**2), same(white)])
    return moments[:, 0], np.maximum(moments[:, 1], 0.0)
