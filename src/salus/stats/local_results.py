"""What local statistics return: arrays with one element an area, and why some are NaN.

Serves `salus.stats.local_autocorrelation`.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from salus.stats.inputs import Array

Quadrants: TypeAlias = NDArray[np.int8]


@dataclass(frozen=True)
class _Permuted:
    """P-values by conditional permutation, one an area; NaN without permutations or without neighbours."""

    p_permutation: Array
    p_permutation_one_sided: Array


@dataclass(frozen=True)
class LocalMoran(_Permuted):
    """Local Moran's I of each area, its standard score and p-values (two-sided), and its quadrant.

    Quadrants: 1 high among high, 2 low among high, 3 low among low, 4 high among low; 0 undefined.
    `p_permutation` doubles the smaller tail; `p_permutation_one_sided` is that tail, as esda gives it.
    """

    statistic: Array
    z: Array
    p_value: Array
    quadrant: Quadrants
    reason: str = ""


@dataclass(frozen=True)
class BivariateLocalMoran(_Permuted):
    """How each area's x goes with its neighbours' y; quadrants as in `LocalMoran`, of x and neighbours' y."""

    statistic: Array
    quadrant: Quadrants
    reason: str = ""


@dataclass(frozen=True)
class LocalG(_Permuted):
    """Getis and Ord's local statistic of each area as a standard score: high where high values gather.

    `p_value` is two-sided, from the normal distribution; permutation p-values as in `LocalMoran`.
    """

    statistic: Array
    p_value: Array
    reason: str = ""
