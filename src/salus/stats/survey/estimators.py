"""The estimates that a design and its replicates have in common; they differ in how they find the variance."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from math import nan
from typing import Literal, TypeAlias

import numpy as np

from salus.errors import BadInput
from salus.stats.inputs import Array, Numbers, numbers, tail_of
from salus.stats.survey.estimates import (
    SurveyEstimate,
    beta_limits,
    estimate_of,
    logit_limits,
    symmetric,
    t_quantile,
    undefined,
)

Statistic: TypeAlias = Callable[[Array], float]

_ROUNDING = 1e-12
EMPTY = "no row with weight in this domain"


class Estimators(ABC):
    """Means, totals, ratios, shares and quantiles of a population, from a sample with weights."""

    @property
    @abstractmethod
    def weights(self) -> Array:
        """The weights in use: persons (or units) each row stands for; zero outside the domain."""

    @property
    @abstractmethod
    def df(self) -> float:
        """Degrees of freedom: clusters less strata, of the rows with weight."""

    @abstractmethod
    def _variance(self, statistic: Statistic, scores: Array) -> float:
        """The variance of a statistic of the weights, or of the total of its linearised scores."""

    def mean(self, y: Numbers, *, level: float = 0.95) -> SurveyEstimate:
        """The mean of y in the population, in the unit of y (Hájek: weighted sum over sum of weights).

        `y` has one value a row; values without weight may be NaN. Raises `BadInput` where a row with
        weight has none.

        >>> from salus.stats.survey import SurveyDesign
        >>> SurveyDesign([10, 10, 20]).mean([1.0, 2.0, 3.0]).value
        2.25
        """
        return self.ratio(y, np.ones(self.weights.size), level=level)

    def total(self, y: Numbers, *, level: float = 0.95) -> SurveyEstimate:
        """The sum of y over the population, in the unit of y.

        >>> from salus.stats.survey import SurveyDesign
        >>> SurveyDesign([10, 10, 20]).total([1.0, 2.0, 3.0]).value
        90.0
        """
        values = self._values(y, "y")
        if not self.n:
            return undefined(EMPTY, self.df, 0)
        scores = self.weights * values
        variance = self._variance(lambda weights: float(weights @ values), scores)
        return symmetric(float(scores.sum()), variance, self.df, self.n, level)

    def ratio(self, y: Numbers, x: Numbers, *, level: float = 0.95) -> SurveyEstimate:
        """The total of y over the total of x: the reporting rate, say, with y reported and x all victims (0 or 1).

        NaN where the total of x is zero.

        >>> from salus.stats.survey import SurveyDesign
        >>> SurveyDesign([10, 10, 20]).ratio([1, 0, 0], [1, 1, 0]).value
        0.5
        """
        above, below = self._values(y, "y"), self._values(x, "x")
        whole = float(self.weights @ below)
        if not self.n or whole == 0:
            return undefined("the total of x is zero" if self.n else EMPTY, self.df, self.n)
        value = float(self.weights @ above) / whole
        scores = self.weights * (above - value * below) / whole
        variance = self._variance(lambda weights: _over(float(weights @ above), float(weights @ below)), scores)
        return symmetric(value, variance, self.df, self.n, level)

    def proportion(
        self, y: Numbers, method: Literal["logit", "beta"] = "logit", *, level: float = 0.95
    ) -> SurveyEstimate:
        """The share of the population for which y is true (1), with limits that stay between 0 and 1.

        `logit` limits are symmetric in log odds, `beta` ones exact at the effective sample size (Korn &
        Graubard 1998). A share of 0 or 1 has `beta` limits with either, at the number of rows: a sample
        without any variation does not show its design effect. Raises `BadInput` for values other than 0 and 1.

        >>> from salus.stats.survey import SurveyDesign
        >>> share = SurveyDesign([1] * 40).proportion([1] * 10 + [0] * 30)
        >>> round(share.value, 3), round(share.low, 3), round(share.high, 3)
        (0.25, 0.136, 0.413)
        """
        if method not in ("logit", "beta"):
            raise BadInput(f"Unknown method '{method}'", remedy="logit or beta")
        values = self._values(y, "y")
        if not np.isin(values[self.weights > 0], (0.0, 1.0)).all():
            raise BadInput("A share needs values of 0 and 1", remedy="compare first, as y == 'yes'")
        plain = self.mean(values, level=level)
        if not self.n:
            return plain
        share, variance = min(plain.value, 1.0), plain.se**2
        varied = _ROUNDING < share < 1 - _ROUNDING and variance > 0
        if method == "logit" and varied:
            limits = logit_limits(share, variance, self.df, level)
        else:
            size = share * (1 - share) / variance if varied else float(self.n)
            limits = beta_limits(share, size, self.n, self.df, level)
        return estimate_of(share, variance, limits, self.df, self.n)

    def quantile(self, y: Numbers, q: float, *, level: float = 0.95) -> SurveyEstimate:
        """The smallest value of y that at least the share q of the population does not exceed, in the unit of y.

        Limits are those of Woodruff (1952): the same quantile at the limits of the share that lies at
        or below the value; `se` is their distance over 2t. A limit is NaN where the sample does not
        reach it; both are for its largest value. Raises `BadInput` for q outside 0 to 1.

        >>> from salus.stats.survey import SurveyDesign
        >>> SurveyDesign([1] * 5).quantile([3, 1, 2, 5, 4], 0.5).value
        3.0
        """
        if not 0 < q < 1:
            raise BadInput(f"A share of {q} has no quantile", remedy="give one between 0 and 1")
        values = self._values(y, "y")
        if not self.n:
            return undefined(EMPTY, self.df, 0)
        value = self._at(values, q)
        below = self.mean(values <= value, level=level)
        reached = (below.low, below.high) if below.value < 1 - _ROUNDING else (nan, nan)
        limits = (self._at(values, reached[0]), self._at(values, reached[1]))
        se = (limits[1] - limits[0]) / 2 / t_quantile(tail_of(level), self.df)
        return estimate_of(value, se**2, limits, self.df, self.n)

    @property
    def n(self) -> int:
        """The number of rows with weight."""
        return int((self.weights > 0).sum())

    def _at(self, values: Array, share: float) -> float:
        if not 0 <= share <= 1 + _ROUNDING:
            return nan
        used = self.weights > 0
        order = np.argsort(values[used], kind="stable")
        reached = np.cumsum(self.weights[used][order])
        place = np.searchsorted(reached, share * reached[-1] * (1 - _ROUNDING))
        return float(values[used][order][min(int(place), reached.size - 1)])

    def _values(self, values: object, name: str) -> Array:
        given = numbers(values, name, missing=True)
        if given.shape != self.weights.shape:
            raise BadInput(f"{name} has shape {given.shape}", remedy=f"one value for each of {self.weights.size} rows")
        lacking = np.isnan(given)
        if (lacking & (self.weights > 0)).any():
            raise BadInput(
                f"{name} is missing in {int((lacking & (self.weights > 0)).sum())} rows with weight",
                remedy="estimate for those who answered with .domain(~numpy.isnan(y)), and say so",
            )
        return np.where(lacking, 0.0, given)


def _over(above: float, below: float) -> float:
    return above / below if below else nan
