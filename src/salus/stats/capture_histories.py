"""Who was seen on which lists, how many of each, and what a log-linear model says about those on none."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, nan, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

from salus.errors import BadInput
from salus.stats.inputs import Array, Numbers, numbers, tail_of
from salus.stats.series.loglinear import LogLinearFits, fit_log_linear

MOST_LISTS: Final = 12
_FAR: Final = 1e6  # times those who were seen: an estimate beyond is no number


@dataclass(frozen=True)
class PopulationEstimate:
    """How many there are in all, seen on a list or not, under one model.

    `low` and `high` hold for this model only. `exists` says whether the best fit has finite parameters
    and `identifiable` whether only one fit is best; if not both, the numbers are NaN and `reason` says why.
    `deviance` (on `df` degrees of freedom) and `aic` compare models of the same histories.

    >>> PopulationEstimate("Mt", 75.1, 70.2, 84.6, se=3.4).estimate
    75.1
    """

    model: str
    estimate: float
    low: float = nan
    high: float = nan
    se: float = nan
    exists: bool = True
    identifiable: bool = True
    deviance: float = nan
    df: int = 0
    aic: float = nan
    reason: str = ""


@dataclass(frozen=True)
class Histories:
    """All 2^t - 1 ways to be on at least one of t lists, and how many persons each was found for."""

    seen: NDArray[np.int64]
    counts: Array

    @property
    def lists(self) -> int:
        """The number of lists."""
        return int(self.seen.shape[1])

    @property
    def persons(self) -> float:
        """All who were seen."""
        return float(self.counts.sum())


def histories_of(lists: Numbers, counts: Numbers | None) -> Histories:
    """Counts every history; refuses what is not 0 or 1, and persons on no list.

    >>> histories_of([[1, 0], [1, 1], [1, 0]], None).counts.tolist()
    [2.0, 0.0, 1.0]
    """
    given = numbers(lists, "Lists", minimum=0)
    if given.ndim != 2 or not 2 <= given.shape[1] <= MOST_LISTS or not np.isin(given, (0, 1)).all():
        raise BadInput(
            f"Histories must be a matrix of 0 and 1 with 2 to {MOST_LISTS} columns", remedy="a column for each list"
        )
    times = np.ones(len(given)) if counts is None else numbers(counts, "Counts", minimum=0)
    if times.shape != (len(given),) or not times.any():
        raise BadInput("Counts do not fit the histories", remedy="one for each row, not all zero")
    t = given.shape[1]
    code = given.astype(np.int64) @ (1 << np.arange(t))
    if times[code == 0].any():
        raise BadInput("Some persons are on no list", remedy="leave them out: their number is what is asked")
    seen = np.arange(1, 1 << t)[:, None] >> np.arange(t) & 1
    return Histories(seen, np.bincount(code, times, 1 << t)[1:].astype(np.float64))


def poisson_fit(counts: Array, design: Array) -> LogLinearFits | None:
    """The log-linear model of the counts, with the intercept first; None where the fit does not settle.

    >>> poisson_fit(np.array([2.0, 4.0]), np.ones((2, 1))).mean.round(3).tolist()
    [[3.0, 3.0]]
    """
    fits = fit_log_linear(counts[None], design)
    settled = bool(fits.converged[0]) and bool(np.isfinite(fits.covariance).all())
    return fits if settled and bool((np.diagonal(fits.covariance[0]) >= 0).all()) else None


def estimate_of(
    model: str, persons: float, hidden: tuple[float, float], fitted: tuple[Array, Array, int], level: float
) -> PopulationEstimate:
    """The estimate from the log of the expected number of the unseen and its variance.

    `fitted` holds counts, fitted counts and the number of parameters. The unseen vary around their
    expected number as well (Baillargeon & Rivest 2007); the limits are those of a log-normal number
    of unseen (Chao 1987).

    >>> found = estimate_of("m", 60, (log(40), 0.01), (np.array([60.0]), np.array([60.0]), 1), 0.95)
    >>> round(found.estimate), round(found.se, 2)
    (100, 7.48)
    """
    place, variance = hidden
    if not (np.isfinite(place) and variance >= 0) or place > log(_FAR * persons):
        return no_estimate(model, "the number of the unseen has no finite estimate", exists=False)
    unseen = exp(place)
    spread = unseen + unseen**2 * variance
    reach = exp(-float(special.ndtri(tail_of(level))) * sqrt(log(1 + spread / unseen**2)))
    counts, mean, parameters = fitted
    likelihood = float((special.xlogy(counts, mean) - mean - special.gammaln(counts + 1)).sum())
    deviance = 2 * float((special.xlogy(counts, counts) - special.xlogy(counts, mean) - counts + mean).sum())
    return PopulationEstimate(
        model,
        persons + unseen,
        persons + unseen / reach,
        persons + unseen * reach,
        sqrt(spread),
        deviance=max(deviance, 0.0),
        df=counts.size - parameters,
        aic=2 * parameters - 2 * likelihood,
    )


def no_estimate(model: str, reason: str, *, exists: bool, identifiable: bool = True) -> PopulationEstimate:
    """A model without an estimate, and why.

    >>> no_estimate("Mb", "captures do not fall", exists=False).exists
    False
    """
    return PopulationEstimate(model, nan, exists=exists, identifiable=identifiable, reason=reason)


def with_intercept(columns: Sequence[Array]) -> Array:
    """Columns after an intercept, as a design.

    >>> with_intercept([np.array([1.0, 2.0])]).tolist()
    [[1.0, 1.0], [1.0, 2.0]]
    """
    return np.column_stack([np.ones(len(columns[0])), *columns])
