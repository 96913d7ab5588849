"""A sample with its design: estimates with linearised variances, domains, calibrated weights."""

from collections.abc import Sequence
from typing import Any, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from salus.errors import BadInput
from salus.stats.inputs import Array, Numbers, Seed, numbers
from salus.stats.survey.calibration import Adjustment, Margin, Raking, Regression, Restriction, Step
from salus.stats.survey.estimators import Estimators, Statistic
from salus.stats.survey.replicates import Method, ReplicateDesign, replication_of
from salus.stats.survey.stages import Labels, Lonely, check_lonely, stages_of

Mask: TypeAlias = NDArray[Any] | Sequence[bool]


class SurveyDesign(Estimators):
    """A sample of a population, with what is needed to say how sure its estimates are.

    One row of every argument is one row of the sample. `weights` are the persons (or units) a row
    stands for; None derives them from `fpc`. `strata` and `psu` are codes of strata and clusters;
    `psu` may have a column for each stage, and its codes need to be unique only within a stratum.
    `fpc` is, for each stage, the number of units in the row's stratum or the share of them drawn;
    without it units count as drawn with replacement, so that later stages do not matter.

    `lonely` says what to do with a stratum of a single cluster (and no census): `fail` raises
    `BadInput`; `certainty` lets it add nothing to the variance; `adjust` measures it from the mean of
    all strata; `average` gives it the mean variance of the others. A design is never changed:
    `domain`, `rake` and `calibrate` return another one.

    >>> design = SurveyDesign([10, 10, 20, 20], strata=["a", "a", "b", "b"], fpc=[20, 20, 40, 40])
    >>> found = design.mean([1, 2, 3, 5])
    >>> round(found.value, 3), round(found.se, 3), found.df
    (3.167, 0.669, 2)
    """

    def __init__(
        self,
        weights: Numbers | None,
        strata: Labels | None = None,
        psu: Labels | None = None,
        fpc: object = None,
        lonely: Lonely = "fail",
    ) -> None:
        check_lonely(lonely)
        given = weights if weights is not None else fpc
        if given is None:
            raise BadInput("Neither weights nor fpc are given", remedy="give the weight of each row")
        rows = len(np.atleast_1d(np.asarray(given)))
        self._lonely: Lonely = lonely
        self._stages = stages_of(rows, strata, psu, fpc)
        self._weights = self._drawn_with() if weights is None else numbers(weights, "Weights", minimum=0)
        self._taken: tuple[Adjustment, ...] = ()
        if self._weights.shape != (rows,) or not self._weights.any():
            raise BadInput("Weights must be a list of numbers, not all zero", remedy="one for each row")

    @property
    def weights(self) -> Array:
        """The weights in use, after calibration; zero outside the domain."""
        return self._weights.copy()

    @property
    def df(self) -> float:
        """Degrees of freedom: clusters less strata, of the rows with weight."""
        top, used = self._stages[0], self._weights > 0
        return int(np.unique(top.unit[used]).size - np.unique(top.stratum[used]).size)

    def domain(self, mask: Mask) -> Self:
        """The design for a part of the population: weights are zero where the mask is false.

        No row is dropped, so that the variance knows how many clusters were drawn. Estimates of an
        empty domain are NaN.

        >>> SurveyDesign([10, 10, 20]).domain([True, True, False]).mean([1, 2, 9]).value
        1.5
        """
        inside = np.asarray(mask)
        if inside.shape != self._weights.shape or inside.dtype != np.bool_:
            raise BadInput("A domain is a list of true and false", remedy="one for each row of the sample")
        return self._after(Restriction(inside))

    def rake(self, margins: Sequence[Margin]) -> Self:
        """The design with weights fitted, by turns, to known totals of several groupings.

        `margins` are pairs of the codes of the rows and a dictionary {level: total}, in persons (or
        units). All totals are hit within 1e-6 of the largest in at most 50 rounds, otherwise `BadInput`.
        The variance uses residuals from the margins (Deville, Särndal & Sautory 1993).

        >>> raked = SurveyDesign([1, 1, 1, 1]).rake([(["f", "f", "f", "m"], {"f": 50, "m": 50})])
        >>> raked.weights.round(3).tolist()
        [16.667, 16.667, 16.667, 50.0]
        """
        return self._after(Raking.to(margins, self._weights))

    def calibrate(self, x: Numbers, totals: Numbers, bounds: tuple[float, float] | None = None) -> Self:
        """The design with weights changed, as little as possible, so that x has known totals (GREG).

        `x` is rows × variables (with a column of ones, if the size of the population is known) and
        `totals` their sums over the population. `bounds` limit the factors of the weights; (0.3, 3) is
        customary. Raises `BadInput` if the totals cannot be hit. The variance uses the residuals of
        the regression on x (Deville & Särndal 1992).

        >>> design = SurveyDesign([10, 10, 10]).calibrate([[1, 2], [1, 3], [1, 7]], [30, 132])
        >>> round(design.total([2, 3, 7]).value, 6), round(design.total([2, 3, 7]).se, 6)
        (132.0, 0.0)
        """
        return self._after(Regression.to(x, totals, bounds, self._weights))

    def replicates(self, method: Method, n: int = 500, seed: Seed = None) -> ReplicateDesign:
        """The design with replicate weights: the same estimates, with variances from re-estimation.

        `JK1` leaves out one cluster at a time (no strata), `JKn` the same within strata, `BRR` takes
        balanced halves (two clusters a stratum), `bootstrap` draws `n` times with `seed` (Rao, Wu & Yue
        1992). All use the first stage and its `fpc`; raking and calibration are repeated in each replicate.

        >>> design = SurveyDesign([10, 10, 10, 10])
        >>> again = design.replicates("JK1").mean([1, 2, 3, 4])
        >>> bool(abs(again.se - design.mean([1, 2, 3, 4]).se) < 1e-12)
        True
        """
        top = self._stages[0]
        before = self._taken[0].before if self._taken else self._weights
        steps = tuple(each.step for each in self._taken)
        return ReplicateDesign(before, top, steps, replication_of(top, method, n, seed, self._lonely))

    def _variance(self, statistic: Statistic, scores: Array) -> float:
        for taken in reversed(self._taken):
            scores = taken.scores(scores)
        return sum(stage.variance(scores, self._lonely) for stage in self._stages)

    def _after(self, step: Step) -> Self:
        design = object.__new__(type(self))
        design.__dict__.update(self.__dict__)
        design._weights = step.reweight(self._weights)
        design._taken = (*self._taken, Adjustment(step, self._weights, design._weights))
        return design

    def _drawn_with(self) -> Array:
        weights = np.ones(self._stages[0].unit.size)
        for stage in self._stages:
            weights = weights / stage.fraction[stage.stratum]
        if not np.isfinite(weights).all():
            raise BadInput("fpc does not give the weights of every stage", remedy="give the weights")
        return weights
