"""What statistics of a whole map share: sums of the weights, values in random order, and the p-value of the draws.

Serves `salus.stats.global_autocorrelation` and `salus.stats.join_count`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from salus.stats.inputs import Array, Numbers, Seed, Weights, generator, numbers, together, weight_matrix

# Shuffled values held at once, in numbers: 16 MB.
_BLOCK = 2_000_000
# Statistics that differ by less than this share are one: the order of adding makes that difference.
_SLACK = 1e-12


@dataclass(frozen=True)
class ValuedMap:
    """One value an area, the weights, and what variances need of them: S0, S1 and S2 of Cliff & Ord (1981).

    `n` counts the areas with neighbours; `ends` is each area's weights as origin and as neighbour;
    `reason` says why no statistic is defined, and is empty if one is.

    >>> valued_map([1.0, 2.0, 4.0], [[0, 1, 0], [1, 0, 1], [0, 1, 0]]).s1
    8.0
    """

    values: Array
    weights: Weights
    ends: Array
    n: int
    s0: float
    s1: float
    s2: float
    reason: str

    def cross(self, block: Array) -> Array:
        """The weighted sum of products of neighbours, for each column of values in `block`."""
        around: Array = np.asarray(self.weights @ block)
        return np.asarray((block * around).sum(axis=0))


def valued_map(values: Numbers, weights: object) -> ValuedMap:
    """Values and weights, checked, with the sums of the weights.

    >>> valued_map([1.0, 1.0], [[0, 1], [1, 0]]).reason
    'all values are equal'
    """
    x = numbers(values, "values")
    together(values=x)
    matrix = weight_matrix(weights, x.size)
    matrix.eliminate_zeros()
    both = matrix + matrix.T
    ends = np.asarray(both @ np.ones(x.size))
    n, s0 = int((np.diff(matrix.indptr) > 0).sum()), float(matrix.data.sum())
    reason = "fewer than two areas have neighbours" if n < 2 or s0 == 0 else ""
    reason = "all values are equal" if np.ptp(x) == 0 else reason
    return ValuedMap(x, matrix, ends, n, s0, float(np.square(both.data).sum()) / 2, float((ends**2).sum()), reason)


def shuffled(values: Array, permutations: int, seed: Seed) -> Iterator[Array]:
    """The values in random order, one order a column, in blocks of bounded size.

    >>> next(shuffled(np.array([1.0, 2.0]), 3, seed=1)).shape
    (2, 3)
    """
    rng, step = generator(seed), max(1, _BLOCK // values.size)
    for start in range(0, permutations, step):
        yield np.stack([rng.permutation(values) for _ in range(min(step, permutations - start))], axis=1)


def share_as_high(drawn: Iterator[Array], seen: float, permutations: int) -> float:
    """(r + 1) / (permutations + 1), with r the draws at least as high as what was seen; NaN without any.

    >>> share_as_high(iter([np.array([0.1, 0.7, 0.2])]), 0.7, 3)
    0.5
    """
    if permutations < 1:
        return float("nan")
    limit = seen - _SLACK * max(1.0, abs(seen))
    return (sum(int((block >= limit).sum()) for block in drawn) + 1) / (permutations + 1)
