"""Whether raters agree: Krippendorff's alpha, kappas, Gwet's AC2, intraclass correlation, Kendall's W.

Ratings are units x raters, NaN where a rater did not rate. Agreed with the R packages irr and psych.
"""

from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
from scipy import special, stats

from salus.errors import BadInput
from salus.stats.inputs import Array, Numbers, numbers, tail_of, together
from salus.stats.results import Measure

Level = Literal["nominal", "ordinal", "interval", "ratio"]
_NAN = float("nan")


class Agreement(Measure):
    """A coefficient of agreement with its test against chance: `statistic` (`z`), `p_value`."""

    statistic: float
    p_value: float

    def __new__(cls, value: float, reason: str = "", *, statistic: float = _NAN, p_value: float = _NAN) -> Self:
        """The coefficient and its test; NaN where there is none."""
        agreement = super().__new__(cls, value, reason)
        agreement.statistic, agreement.p_value = statistic, p_value
        return agreement

    @property
    def z(self) -> float:
        """The test statistic, where it is standard normal under chance."""
        return self.statistic


@dataclass(frozen=True)
class IntraclassCorrelation:
    """Shrout & Fleiss (1979): one random rater (1), random raters (2), these raters (3); `k`: their mean."""

    icc1: float
    icc2: float
    icc3: float
    icc1k: float
    icc2k: float
    icc3k: float
    icc2_low: float
    icc2_high: float
    reason: str = ""


def krippendorff_alpha(ratings: Numbers, level: Level = "nominal") -> Measure:
    """Krippendorff's alpha: 1 is full agreement, 0 agreement by chance. Units with one rating do not count.

    >>> round(krippendorff_alpha([[1, 1], [2, 2], [3, 3], [3, 2]], "ordinal"), 4)
    0.79
    """
    x = _ratings(ratings)
    values, counts = _by_category(x)
    size = counts.sum(axis=1)
    counts, size = counts[size >= 2], size[size >= 2]
    if size.size == 0:
        return Measure(_NAN, "no unit has two ratings")
    seen = counts.sum(axis=0)
    apart = _distance(values, seen, level)
    together_ = np.einsum("uc,ud,u->cd", counts, counts, 1 / (size - 1))
    together_ -= np.diag((counts / (size - 1)[:, None]).sum(axis=0))
    by_chance = float((np.outer(seen, seen) * apart).sum()) / (seen.sum() - 1)
    if by_chance == 0:
        return Measure(_NAN, "all ratings are the same")
    return Measure(1 - float((together_ * apart).sum()) / by_chance)


def kendall_w(ratings: Numbers, correct: bool = True) -> Agreement:
    """Kendall's W: 1 when all raters rank the units alike, 0 when their ranks cancel out.

    `correct` allows for equal ranks. The statistic is chi-squared on units - 1 degrees of freedom.

    >>> kendall_w([[1, 1], [2, 2], [3, 3]])
    1.0
    """
    x = _complete(ratings)
    n, m = x.shape
    ranks = stats.rankdata(x, axis=0)
    squares = float(((ranks.sum(axis=1) - m * (n + 1) / 2) ** 2).sum())
    ties = sum(float((c**3 - c).sum()) for c in (np.unique(col, return_counts=True)[1] for col in x.T))
    most = m**2 * (n**3 - n) - (m * ties if correct else 0.0)
    if most <= 0:
        return Agreement(_NAN, "every rater gave one rank to all units")
    w = 12 * squares / most
    chi = m * (n - 1) * w
    return Agreement(w, statistic=chi, p_value=float(special.chdtrc(n - 1, chi)))


def cohen_kappa(a: Numbers, b: Numbers, weights: Literal["linear", "quadratic"] | None = None) -> Agreement:
    """Cohen's kappa of two raters; with weights, categories that lie nearer disagree less.

    Distances between categories are those of their order, as in irr `kappa2`.

    >>> cohen_kappa([1, 1, 2, 2], [1, 1, 2, 1])
    0.5
    """
    one, two = numbers(a, "ratings", missing=True), numbers(b, "ratings", missing=True)
    together(a=one, b=two)
    both = ~(np.isnan(one) | np.isnan(two))
    values, codes = np.unique(np.concatenate([one[both], two[both]]), return_inverse=True)
    if values.size < 2:
        return Agreement(_NAN, "all ratings are the same, or none is paired")
    n, q = int(both.sum()), values.size
    table = np.zeros((q, q))
    np.add.at(table, (codes[:n], codes[n:]), 1 / n)
    alike = 1 - _steps(q, weights)
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    chance = float(rows @ alike @ columns)
    if chance == 1:
        return Agreement(_NAN, "agreement by chance is complete")
    kappa = (float((table * alike).sum()) - chance) / (1 - chance)
    centred = alike - (alike @ columns)[:, None] - (rows @ alike)[None, :]
    variance = (float(rows @ centred**2 @ columns) - chance**2) / (n * (1 - chance) ** 2)
    return _tested(kappa, variance)


def fleiss_kappa(counts: Numbers) -> Agreement:
    """Fleiss' kappa of many raters: `counts` is units x categories, each row summing to the raters.

    >>> round(fleiss_kappa([[3, 0], [0, 3], [2, 1]]), 4)
    0.55
    """
    x = numbers(counts, "counts", minimum=0)
    if x.ndim != 2 or x.size == 0 or np.ptp(x.sum(axis=1)) > 0 or x[0].sum() < 2:
        raise BadInput("Counts are not units x categories with equal totals", remedy="two raters or more")
    n, m = x.shape[0], float(x[0].sum())
    p = x.sum(axis=0) / (n * m)
    spread = float((p * (1 - p)).sum())
    if spread == 0:
        return Agreement(_NAN, "all ratings are the same")
    agreed = float(((x**2).sum() - n * m) / (n * m * (m - 1)))
    kappa = (agreed - (1 - spread)) / spread
    variance = 2 / (spread**2 * n * m * (m - 1)) * (spread**2 - float((p * (1 - p) * (1 - 2 * p)).sum()))
    return _tested(kappa, variance)


def gwet_ac2(ratings: Numbers, weights: Literal["linear", "quadratic"] | None = "quadratic") -> Measure:
    """Gwet's AC2, which stays stable when nearly all ratings fall in one category (AC1 without weights).

    Categories are those that occur. (Gwet 2014.)

    >>> round(gwet_ac2([[1, 1], [1, 1], [1, 2], [2, 2]], weights=None), 4)
    0.5294
    """
    _, counts = _by_category(_ratings(ratings))
    size, q = counts.sum(axis=1), counts.shape[1]
    counts, size = counts[size > 0], size[size > 0]
    if (size >= 2).sum() == 0:
        return Measure(_NAN, "no unit has two ratings")
    if q < 2:
        return Measure(_NAN, "all ratings are the same")
    alike = 1 - _steps(q, weights)
    pairs = (counts * (counts @ alike - 1)).sum(axis=1)[size >= 2]
    agreed = float((pairs / (size * (size - 1))[size >= 2]).mean())
    p = (counts / size[:, None]).mean(axis=0)
    chance = float(alike.sum()) / (q * (q - 1)) * float((p * (1 - p)).sum())
    return Measure((agreed - chance) / (1 - chance)) if chance < 1 else Measure(_NAN, "no room beyond chance")


def icc(ratings: Numbers, level: float = 0.95) -> IntraclassCorrelation:
    """Intraclass correlations of a complete table of ratings, units x raters (Shrout & Fleiss 1979).

    >>> round(icc([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6]]).icc3, 3)
    0.637
    """
    x, tail = _complete(ratings), tail_of(level)
    n, k = x.shape
    grand = x.mean()
    units = k * float(((x.mean(axis=1) - grand) ** 2).sum()) / (n - 1)
    raters = n * float(((x.mean(axis=0) - grand) ** 2).sum()) / (k - 1)
    inside = float(((x - x.mean(axis=1, keepdims=True)) ** 2).sum()) / (n * (k - 1))
    error = (inside * n * (k - 1) - raters * (k - 1)) / ((n - 1) * (k - 1))
    if units == 0 or error <= 1e-12 * units:
        why = "units do not differ" if units == 0 else "no error is left to compare with"
        return IntraclassCorrelation(_NAN, _NAN, _NAN, _NAN, _NAN, _NAN, _NAN, _NAN, why)
    icc2 = (units - error) / (units + (k - 1) * error + k * (raters - error) / n)
    f = raters / error
    top = (k - 1) * (n - 1) * (k * icc2 * f + n * (1 + (k - 1) * icc2) - k * icc2) ** 2
    bottom = (n - 1) * k**2 * icc2**2 * f**2 + (n * (1 + (k - 1) * icc2) - k * icc2) ** 2
    df = top / bottom
    upper, lower = float(special.fdtri(n - 1, df, 1 - tail)), float(special.fdtri(df, n - 1, 1 - tail))
    rest = k * raters + (k * n - k - n) * error
    return IntraclassCorrelation(
        icc1=(units - inside) / (units + (k - 1) * inside),
        icc2=icc2,
        icc3=(units - error) / (units + (k - 1) * error),
        icc1k=(units - inside) / units,
        icc2k=(units - error) / (units + (raters - error) / n),
        icc3k=(units - error) / units,
        icc2_low=n * (units - upper * error) / (upper * rest + n * units),
        icc2_high=n * (lower * units - error) / (rest + n * lower * units),
    )


def _ratings(ratings: object) -> Array:
    x = numbers(ratings, "ratings", missing=True)
    if x.ndim != 2 or x.shape[0] == 0:
        raise BadInput(f"Ratings of shape {x.shape} are not units x raters", remedy="NaN where not rated")
    return x


def _complete(ratings: object) -> Array:
    x = _ratings(ratings)
    if np.isnan(x).any() or min(x.shape) < 2:
        raise BadInput("Ratings are not complete", remedy="two units and raters or more, all rated")
    return x


def _by_category(x: Array) -> tuple[Array, Array]:
    values = np.unique(x[~np.isnan(x)])
    return values, (x[:, :, None] == values).sum(axis=1).astype(np.float64)


def _distance(values: Array, seen: Array, level: Level) -> Array:
    first, second = values[:, None], values[None, :]
    if level == "nominal":
        return np.asarray(first != second, dtype=np.float64)
    if level == "ordinal":
        middle = np.cumsum(seen) - seen / 2
        return np.asarray((middle[:, None] - middle[None, :]) ** 2)
    if level == "interval":
        return np.asarray((first - second) ** 2)
    if level != "ratio" or (values < 0).any():
        raise BadInput(f"Level '{level}' does not fit", remedy="nominal, ordinal, interval or ratio")
    total = first + second
    return np.asarray(np.divide(first - second, total, out=np.zeros(total.shape), where=total > 0) ** 2)


def _steps(q: int, weights: str | None) -> Array:
    if weights not in {None, "linear", "quadratic"}:
        raise BadInput(f"Unknown weights '{weights}'", remedy="linear, quadratic or None")
    apart = np.abs(np.arange(q)[:, None] - np.arange(q)[None, :]) / (q - 1)
    if weights is None:
        return np.asarray(apart > 0, dtype=np.float64)
    return np.asarray(apart if weights == "linear" else apart**2)


def _tested(kappa: float, variance: float) -> Agreement:
    if variance <= 0:
        return Agreement(kappa)
    z = kappa / variance**0.5
    return Agreement(kappa, statistic=z, p_value=2 * float(special.ndtr(-abs(z))))
