"""Replicate weights: the sample again and again with some clusters left out, and the variance between.

Formulas: Wolter (2007), Introduction to Variance Estimation; Rao, Wu & Yue (1992), Survey Methodology 18.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, Self, TypeAlias

import numpy as np
from scipy import linalg

from salus.errors import BadInput
from salus.stats.inputs import Array, Seed, generator
from salus.stats.survey.calibration import Restriction, Step
from salus.stats.survey.estimators import Estimators, Statistic
from salus.stats.survey.stages import Lonely, Stage

Method: TypeAlias = Literal["JK1", "JKn", "BRR", "bootstrap"]


@dataclass(frozen=True)
class Replication:
    """How replicates are made: the factors of all clusters in replicate r, and the scale of each replicate."""

    factors: Callable[[int], Array]
    scales: Array


class ReplicateDesign(Estimators):
    """A sample with replicate weights, made by `SurveyDesign.replicates`; it estimates as the design does.

    >>> from salus.stats.survey import SurveyDesign
    >>> SurveyDesign([10, 10, 10, 10]).replicates("JK1").mean([1, 2, 3, 4]).value
    2.5
    """

    def __init__(self, weights: Array, stage: Stage, steps: tuple[Step, ...], replication: Replication) -> None:
        self._base, self._stage = weights, stage
        self._steps, self._replication = steps, replication
        self._weights = self._reweighted(self._base)

    @property
    def weights(self) -> Array:
        """The weights of the full sample."""
        return self._weights.copy()

    @property
    def df(self) -> float:
        """Degrees of freedom: clusters less strata, of the rows with weight."""
        used = self._weights > 0
        return int(np.unique(self._stage.unit[used]).size - np.unique(self._stage.stratum[used]).size)

    def domain(self, mask: Any) -> Self:
        """The replicates for a part of the population: weights are zero where the mask is false.

        >>> from salus.stats.survey import SurveyDesign
        >>> SurveyDesign([1, 1, 1]).replicates("JK1").domain([True, True, False]).n
        2
        """
        inside = np.asarray(mask)
        if inside.shape != self._base.shape or inside.dtype != np.bool_:
            raise BadInput("A domain is a list of true and false", remedy="one for each row of the sample")
        steps = (*self._steps, Restriction(inside))
        return type(self)(self._base, self._stage, steps, self._replication)

    def replicate_weights(self) -> Iterator[Array]:
        """The weights of one replicate after the other.

        >>> from salus.stats.survey import SurveyDesign
        >>> [w.tolist() for w in SurveyDesign([1, 1]).replicates("JK1").replicate_weights()]
        [[0.0, 2.0], [2.0, 0.0]]
        """
        for replicate in range(self._replication.scales.size):
            yield self._reweighted(self._base * self._replication.factors(replicate)[self._stage.unit])

    def _reweighted(self, weights: Array) -> Array:
        for step in self._steps:
            weights = step.reweight(weights)
        return weights

    def _variance(self, statistic: Statistic, scores: Array) -> float:
        found = np.array([statistic(weights) for weights in self.replicate_weights()])
        if found.size == 0:
            return 0.0
        return float(self._replication.scales @ (found - found.mean()) ** 2)


def replication_of(stage: Stage, method: Method, n: int, seed: Seed, lonely: Lonely) -> Replication:
    """How a method makes replicates of the clusters of a stage."""
    makers: dict[str, Callable[[], Replication]] = {
        "JK1": lambda: _jackknife(stage, 1),
        "JKn": lambda: _jackknife(stage, stage.drawn.size),
        "BRR": lambda: _balanced(stage),
        "bootstrap": lambda: _bootstrap(stage, n, generator(seed)),
    }
    if method not in makers:
        raise BadInput(f"Unknown replicates '{method}'", remedy=", ".join(makers))
    if lonely != "certainty" and stage.alone.any():
        raise BadInput(
            "A stratum has a single cluster: replicates cannot show its variance",
            remedy="join strata, say lonely='certainty', or use the linearised variance",
        )
    return makers[method]()


def _jackknife(stage: Stage, strata: int) -> Replication:
    if stage.drawn.size != strata:
        raise BadInput(f"JK1 does not fit {stage.drawn.size} strata", remedy="JKn leaves out clusters within strata")
    left_out = np.flatnonzero(stage.drawn[stage.home] > 1)

    def factors(replicate: int) -> Array:
        unit = left_out[replicate]
        drawn = stage.drawn[stage.home[unit]]
        found = np.where(stage.home == stage.home[unit], drawn / (drawn - 1), 1.0)
        found[unit] = 0.0
        return found

    home = stage.home[left_out]
    return Replication(factors, (1 - 1 / stage.drawn[home]) * (1 - stage.fraction[home]))


def _balanced(stage: Stage) -> Replication:
    """Halves by the columns of a Hadamard matrix (McCarthy 1969); with fpc they move less far."""
    if (stage.drawn > 2).any():
        raise BadInput("BRR needs two clusters in each stratum", remedy="use JKn or bootstrap")
    order = 1 << int(stage.drawn.size).bit_length()
    halves = linalg.hadamard(order)[1 : stage.drawn.size + 1]
    side = np.full(stage.home.size, -1.0)
    side[np.unique(stage.home, return_index=True)[1]] = 1.0
    reach = (side * np.sqrt(1 - stage.fraction)[stage.home]) * (stage.drawn[stage.home] == 2)
    return Replication(lambda replicate: 1 + reach * halves[stage.home, replicate], np.full(order, 1 / order))


def _bootstrap(stage: Stage, n: int, rng: np.random.Generator) -> Replication:
    """In each stratum one cluster less than drawn, with replacement, rescaled so that fpc holds."""
    if n < 2:
        raise BadInput(f"{n} bootstrap replicates show no variance", remedy="give 500 or more")
    found = np.ones((stage.home.size, n))
    for stratum in np.flatnonzero(stage.drawn > 1):
        drawn = stage.drawn[stratum]
        times = rng.multinomial(drawn - 1, np.full(drawn, 1 / drawn), size=n).T
        reach = np.sqrt(1 - stage.fraction[stratum])
        found[stage.home == stratum] = 1 - reach + reach * times * drawn / (drawn - 1)
    return Replication(lambda replicate: found[:, replicate], np.full(n, 1 / n))
