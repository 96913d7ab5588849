"""Where like lies near like: local Moran's I, Getis and Ord's G and Gi*, and the bivariate local Moran.

Import from `salus.stats.autocorrelation`. Agreed with spdep `localmoran`, `localG` and with esda.
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

from salus.errors import BadInput
from salus.stats.conditional_permutation import extremes
from salus.stats.inputs import Array, Numbers, Seed, Weights, numbers, together, weight_matrix
from salus.stats.local_results import BivariateLocalMoran, LocalG, LocalMoran, Quadrants


def local_moran(
    values: Numbers,
    weights: object,
    permutations: int = 0,
    seed: Seed = None,
    convention: Literal["spdep", "esda"] = "spdep",
) -> LocalMoran:
    """Local Moran's I: areas like their neighbours (positive), or unlike them (negative) (Anselin 1995).

    One value an area; weights as given. With z the deviations from the mean, I(i) = z(i) · Σ w(i,j) z(j)
    / m2; m2 is Σz²/n in the `spdep` convention and Σz²/(n - 1) in the `esda` one. The standard score is
    conditional on the area's own value (Sokal, Oden & Thomson 1998; spdep 1.2-7 `localmoran`) and the
    same in both. NaN for areas without neighbours; adjust p-values by `benjamini_hochberg`.

    >>> line = np.diag(np.ones(4), 1) + np.diag(np.ones(4), -1)
    >>> found = local_moran([1, 2, 3, 5, 8], line)
    >>> found.statistic.round(3), found.quadrant
    (array([0.818, 1.052, 0.078, 0.662, 0.818]), array([3, 3, 3, 1, 1], dtype=int8))
    """
    if convention not in ("spdep", "esda"):
        raise BadInput(f"Unknown convention '{convention}'", remedy="spdep or esda")
    x, matrix, lonely = _arguments(values, weights)
    why = _reason(x, lonely)
    z, n = x - x.mean(), x.size
    around, m2 = np.asarray(matrix @ z), float(z @ z) / n
    if m2 == 0:
        blank = np.full(n, np.nan)
        return LocalMoran(blank, blank, blank, blank, blank, np.zeros(n, dtype=np.int8), why)
    statistic = np.where(lonely, np.nan, z * around / m2)
    score = _conditional_score(statistic, z, m2, matrix)
    if convention == "esda":
        statistic = statistic * ((n - 1) / n)
    if np.isnan(score[~lonely]).any():
        why = "; ".join(filter(None, (why, "some areas have a value at the mean, or all others as neighbours")))
    p_value = 2 * special.ndtr(-np.abs(score))
    p = _permuted(z, matrix, permutations, seed, fixed=z == 0)
    return LocalMoran(*p, statistic, score, p_value, _quadrant(z, around, lonely), why)


def bivariate_local_moran(
    x: Numbers, y: Numbers, weights: object, permutations: int = 0, seed: Seed = None
) -> BivariateLocalMoran:
    """Whether areas with high x have neighbours with high y (positive), or low y (Anselin, Syabri & Smirnov 2002).

    I(i) = x'(i) · Σ w(i,j) y'(j), both standardised with n - 1 (as esda and spdep `localmoran_bv`). y is
    permuted, the area's own y left out. It does not say that x brings y about, nor allow for x and y
    going together within areas.

    >>> line = np.diag(np.ones(4), 1) + np.diag(np.ones(4), -1)
    >>> bivariate_local_moran([1, 2, 3, 5, 8], [2, 1, 4, 5, 9], line).statistic.round(3)
    array([1.037, 0.5  , 0.222, 0.639, 0.389])
    """
    first, matrix, lonely = _arguments(x, weights)
    second = numbers(y, "y")
    together(x=first, y=second)
    zx, zy, n = first - first.mean(), second - second.mean(), first.size
    why = _reason(first, lonely) or _reason(second, lonely)
    spread = float(np.sqrt((zx @ zx) * (zy @ zy))) / max(n - 1, 1)
    if spread == 0:
        blank = np.full(n, np.nan)
        return BivariateLocalMoran(blank, blank, blank, np.zeros(n, dtype=np.int8), why)
    around = np.asarray(matrix @ zy)
    statistic = np.where(lonely, np.nan, zx * around / spread)
    p = _permuted(zy, matrix, permutations, seed, fixed=zx == 0)
    return BivariateLocalMoran(*p, statistic, _quadrant(zx, around, lonely), why)


def getis_ord(values: Numbers, weights: object, star: bool = True, permutations: int = 0, seed: Seed = None) -> LocalG:
    """Where high values gather (positive scores) and where low ones do (Getis & Ord 1992; Ord & Getis 1995).

    One value an area. `star` counts the area itself with weight 1, unless the weights given already
    weigh it; without `star` it does not enter, neither into its mean and variance. NaN for areas
    without neighbours, or with all others as equal neighbours.

    >>> line = np.diag(np.ones(4), 1) + np.diag(np.ones(4), -1)
    >>> getis_ord([1, 2, 3, 5, 8], line).statistic.round(3)
    array([-1.513, -1.776, -0.461,  1.513,  1.776])
    """
    x, matrix, lonely = _arguments(values, weights)
    n, own, why = x.size, matrix.diagonal(), _reason(x, lonely)
    matrix.setdiag(np.where(own == 0, 1.0, own) if star else 0.0)
    held = n if star else n - 1
    mean = np.full(n, x.mean()) if star else (x.sum() - x) / max(n - 1, 1)
    apart = x - x.mean()
    square = float(apart @ apart) - (0.0 if star else apart**2)
    variance = square / max(held, 1) - (0.0 if star else (mean - x.mean()) ** 2)
    w, w2 = _row_sums(matrix)
    spread = variance * (held * w2 - w**2) / (held - 1) if held > 1 else np.full(n, np.nan)
    defined = ~lonely & (spread > 1e-12 * np.abs(variance) * w2)
    with np.errstate(divide="ignore", invalid="ignore"):
        score = np.where(defined, (np.asarray(matrix @ x) - w * mean) / np.sqrt(spread), np.nan)
    if not defined[~lonely].all():
        why = why or "some areas have all others as neighbours"
    two, one = _permuted(apart, matrix, permutations, seed, fixed=~defined)
    two, one = np.where(defined, two, np.nan), np.where(defined, one, np.nan)
    return LocalG(two, one, score, 2 * special.ndtr(-np.abs(score)), why)


def _arguments(values: object, weights: object) -> tuple[Array, Weights, NDArray[np.bool_]]:
    x = numbers(values, "values")
    together(values=x)
    matrix = weight_matrix(weights, x.size)
    matrix.eliminate_zeros()
    return x, matrix, np.diff(matrix.indptr) == (matrix.diagonal() != 0)


def _row_sums(matrix: Weights) -> tuple[Array, Array]:
    """The sum of each area's weights, and of their squares."""
    squares = matrix.copy()
    squares.data **= 2
    ones = np.ones(matrix.shape[0])
    return np.asarray(matrix @ ones), np.asarray(squares @ ones)


def _reason(x: Array, lonely: NDArray[np.bool_]) -> str:
    if np.ptp(x) == 0:
        return "all values are equal"
    return f"areas without neighbours: {int(lonely.sum())}" if lonely.any() else ""


def _conditional_score(statistic: Array, z: Array, m2: float, matrix: Weights) -> Array:
    n, (w, w2) = z.size, _row_sums(matrix)
    if n < 3:
        return np.full(n, np.nan)
    expected = -(z**2) * w / ((n - 1) * m2)
    spread, rest = w2 - w**2 / (n - 1), m2 - z**2 / (n - 1)
    variance = (z / m2) ** 2 * n / (n - 2) * spread * rest
    # What is nothing but a rounding error of a difference is no variance: equal weights on all others, for instance.
    defined = (spread > 1e-12 * w2) & (rest > 1e-12 * m2) & (variance > 1e-20)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(defined, (statistic - expected) / np.sqrt(variance), np.nan)


def _quadrant(own: Array, around: Array, lonely: NDArray[np.bool_]) -> Quadrants:
    high = np.where(around > 0, 1, 4)
    low = np.where(around > 0, 2, 3)
    return np.where(lonely, 0, np.where(own > 0, high, low)).astype(np.int8)


def _permuted(
    values: Array, matrix: Weights, permutations: int, seed: Seed, *, fixed: NDArray[np.bool_]
) -> tuple[Array, Array]:
    """P-values two-sided and one-sided; 1 where the area's own value makes every draw the same (`fixed`)."""
    if permutations < 1:
        return np.full(values.size, np.nan), np.full(values.size, np.nan)
    near = matrix.copy()
    near.setdiag(0.0)
    near.eliminate_zeros()
    found = extremes(values, near, permutations, seed)
    some = np.diff(near.indptr) > 0
    two, one = (np.where(some, np.where(fixed, 1.0, p), np.nan) for p in (found.two_sided, found.one_sided))
    return two, one
