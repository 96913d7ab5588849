"""Spatial autocorrelation: whether, and where, areas are like their neighbours, and adjustment for many tests.

Gathers `global_autocorrelation`, `local_autocorrelation` and `join_count`; weights: a matrix or a libpysal Graph.
"""

import numpy as np

from salus.errors import BadInput
from salus.stats.global_autocorrelation import GlobalAutocorrelation, geary, moran
from salus.stats.inputs import Array, Numbers, numbers
from salus.stats.join_count import JoinCounts, join_counts
from salus.stats.local_autocorrelation import bivariate_local_moran, getis_ord, local_moran
from salus.stats.local_results import BivariateLocalMoran, LocalG, LocalMoran

__all__ = [
    "BivariateLocalMoran",
    "GlobalAutocorrelation",
    "JoinCounts",
    "LocalG",
    "LocalMoran",
    "benjamini_hochberg",
    "bivariate_local_moran",
    "geary",
    "getis_ord",
    "join_counts",
    "local_moran",
    "moran",
]


def benjamini_hochberg(p_values: Numbers) -> Array:
    """P-values adjusted for how many there are: those below 0.05 hold at most 5 % false ones, on average.

    The step-up method of Benjamini & Hochberg (1995), in the order given. NaN stays NaN and is not
    counted as a test.

    >>> benjamini_hochberg([0.01, 0.04, float("nan"), 0.03]).round(3)
    array([0.03, 0.04,  nan, 0.04])
    """
    p = numbers(p_values, "p-values", minimum=0, missing=True)
    if p.ndim != 1 or (p > 1).any():
        raise BadInput("P-values are a list of numbers from 0 to 1", remedy="give one for each test")
    adjusted, tested = np.full(p.size, np.nan), np.nonzero(~np.isnan(p))[0]
    order = tested[np.argsort(-p[tested], kind="stable")]
    rank = np.arange(order.size, 0, -1)
    adjusted[order] = np.minimum(1.0, np.minimum.accumulate(p[order] * order.size / np.maximum(rank, 1)))
    return adjusted
