"""Whether like lies near like in a city as a whole: Moran's I and Geary's C.

Import from `salus.stats.autocorrelation`. Agreed with spdep `moran.test`, `geary.test`.
"""

from dataclasses import dataclass

from scipy import special

from salus.stats.inputs import Array, Numbers, Seed
from salus.stats.valued_map import ValuedMap, share_as_high, shuffled, valued_map


@dataclass(frozen=True)
class GlobalAutocorrelation:
    """A statistic of the whole beside what no pattern gives: mean, variance, standard score, p-values.

    Both p-values are one-sided, toward similar neighbours; `p_permutation` is NaN without permutations.

    >>> GlobalAutocorrelation(0.5, 0.0, 0.01, 5.0, 3e-7, float("nan")).z
    5.0
    """

    statistic: float
    expected: float
    variance: float
    z: float
    p_value: float
    p_permutation: float
    reason: str = ""


def moran(
    values: Numbers, weights: object, permutations: int = 0, seed: Seed = None, randomisation: bool = True
) -> GlobalAutocorrelation:
    """Moran's I: whether areas near each other have similar values (above `expected`) or contrary ones.

    One value an area; weights as given. Variance under randomisation, or under normality (Cliff & Ord
    1981). Areas without neighbours stay in the mean but are not counted in n (as in spdep). NaN if all
    values are equal or nobody has a neighbour.

    >>> line = [[0, 1, 0, 0, 0], [1, 0, 1, 0, 0], [0, 1, 0, 1, 0], [0, 0, 1, 0, 1], [0, 0, 0, 1, 0]]
    >>> found = moran([1, 2, 3, 5, 8], line, permutations=999, seed=1)
    >>> round(found.statistic, 4), round(found.z, 4), found.p_permutation < 0.06
    (0.4286, 1.8294, True)
    """
    near = valued_map(values, weights)
    if near.reason:
        return _nothing(near.reason)
    z, n = near.values - near.values.mean(), near.n
    factor = n / near.s0 / float(z @ z)
    statistic, expected = factor * float(near.cross(z)), -1 / (n - 1)
    kurtosis = _kurtosis(z) if randomisation else None
    variance = _moran_variance(near, kurtosis) if n > 3 else float("nan")
    drawn = (factor * near.cross(block) for block in shuffled(z, permutations, seed))
    p_permutation = share_as_high(drawn, statistic, permutations)
    return _result(statistic, expected, variance, statistic - expected, p_permutation)


def geary(
    values: Numbers, weights: object, permutations: int = 0, seed: Seed = None, randomisation: bool = True
) -> GlobalAutocorrelation:
    """Geary's C: squared differences of neighbours; below 1 where neighbours are similar, above where not.

    `z` is (expected - C) / sd, so that positive means similar, as with Moran's I. Otherwise as `moran`.

    >>> line = [[0, 1, 0, 0, 0], [1, 0, 1, 0, 0], [0, 1, 0, 1, 0], [0, 0, 1, 0, 1], [0, 0, 0, 1, 0]]
    >>> found = geary([1, 2, 3, 5, 8], line)
    >>> round(found.statistic, 4), round(found.z, 4)
    (0.2435, 2.1467)
    """
    near = valued_map(values, weights)
    if near.reason:
        return _nothing(near.reason)
    z, n = near.values - near.values.mean(), near.n
    factor = (n - 1) / (2 * near.s0) / float(z @ z)

    def apart(block: Array) -> Array:
        return near.ends @ block**2 - 2 * near.cross(block)

    statistic = factor * float(apart(z))
    kurtosis = _kurtosis(z) if randomisation else None
    variance = _geary_variance(near, kurtosis) if n > 3 else float("nan")
    drawn = (-factor * apart(block) for block in shuffled(z, permutations, seed))
    p_permutation = share_as_high(drawn, -statistic, permutations)
    return _result(statistic, 1.0, variance, 1.0 - statistic, p_permutation)


def _kurtosis(z: Array) -> float:
    return z.size * float((z**4).sum()) / float(z @ z) ** 2


def _moran_variance(near: ValuedMap, kurtosis: float | None) -> float:
    n, s0, s1, s2 = near.n, near.s0, near.s1, near.s2
    if kurtosis is None:
        return (n**2 * s1 - n * s2 + 3 * s0**2) / (s0**2 * (n**2 - 1)) - 1 / (n - 1) ** 2
    plain = n * ((n**2 - 3 * n + 3) * s1 - n * s2 + 3 * s0**2)
    peaked = kurtosis * ((n**2 - n) * s1 - 2 * n * s2 + 6 * s0**2)
    return (plain - peaked) / ((n - 1) * (n - 2) * (n - 3) * s0**2) - 1 / (n - 1) ** 2


def _geary_variance(near: ValuedMap, kurtosis: float | None) -> float:
    n, s0, s1, s2 = near.n, near.s0, near.s1, near.s2
    if kurtosis is None:
        return ((2 * s1 + s2) * (n - 1) - 4 * s0**2) / (2 * (n + 1) * s0**2)
    pairs = (n - 1) * s1 * (n**2 - 3 * n + 3 - kurtosis * (n - 1))
    ends = (n - 1) * s2 * (n**2 + 3 * n - 6 - kurtosis * (n**2 - n + 2)) / 4
    whole = s0**2 * (n**2 - 3 - kurtosis * (n - 1) ** 2)
    return (pairs - ends + whole) / (n * (n - 2) * (n - 3) * s0**2)


def _result(
    statistic: float, expected: float, variance: float, above: float, p_permutation: float
) -> GlobalAutocorrelation:
    if not variance > 0:
        nan, why = float("nan"), "too few areas for a variance"
        return GlobalAutocorrelation(statistic, expected, nan, nan, nan, p_permutation, why)
    z = above / variance**0.5
    return GlobalAutocorrelation(statistic, expected, variance, z, float(special.ndtr(-z)), p_permutation)


def _nothing(why: str) -> GlobalAutocorrelation:
    nan = float("nan")
    return GlobalAutocorrelation(nan, nan, nan, nan, nan, nan, why)
