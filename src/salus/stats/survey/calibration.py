"""Weights that hit known totals of the population, and the residuals that the variance then rests on.

Deville & Särndal (1992), J. Am. Stat. Assoc. 87; Deville, Särndal & Sautory (1993), same journal, 88.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from salus.errors import BadInput
from salus.stats.inputs import Array, Numbers, numbers
from salus.stats.survey.stages import Labels

Margin: TypeAlias = tuple[Labels, Mapping[Any, float]]

RAKED: Final = 1e-6
_CLOSER: Final = 1e-11
ROUNDS: Final = 50


class Step(Protocol):
    """A change of the weights: a restriction to a domain, or a calibration."""

    def reweight(self, weights: Array) -> Array:
        """The weights after the step."""
        ...

    @property
    def basis(self) -> Array | None:
        """What the totals were fixed of (rows x variables); None where none were."""
        ...


@dataclass(frozen=True)
class Adjustment:
    """A step that was taken, with the weights before and after it."""

    step: Step
    before: Array
    after: Array

    def scores(self, scores: Array) -> Array:
        """The scores of a total with its part that the fixed totals explain taken away, times the new weights.

        The regression is weighted with the weights before the step, as the calibration itself is.
        """
        if self.step.basis is None:
            return scores
        values = scores / np.where(self.after > 0, self.after, 1.0)
        root = np.sqrt(self.before)
        slopes = np.linalg.lstsq(self.step.basis * root[:, None], values * root, rcond=None)[0]
        left: Array = self.after * (values - self.step.basis @ slopes)
        return left


@dataclass(frozen=True)
class Restriction:
    """Weights stay within a domain and are zero outside of it."""

    inside: NDArray[np.bool_]
    basis: None = None

    def reweight(self, weights: Array) -> Array:
        """The weights inside, zero outside."""
        return np.where(self.inside, weights, 0.0)


@dataclass(frozen=True)
class Raking:
    """Weights fitted to the totals of several groupings by turns (Deming & Stephan 1940)."""

    groups: tuple[NDArray[np.int64], ...]
    totals: tuple[Array, ...]

    @classmethod
    def to(cls, margins: Sequence[Margin], weights: Array) -> "Raking":
        """The raking to these margins; refuses levels that are not known on both sides."""
        if not margins:
            raise BadInput("No margins to rake to", remedy="give [(codes, {level: total}), ...]")
        read = [_margin(codes, levels, weights) for codes, levels in margins]
        sums = [totals.sum() for _, totals in read]
        if max(sums) - min(sums) > RAKED * max(sums):
            raise BadInput(f"The margins add up to {sums}", remedy="all must be totals of one population")
        return cls(tuple(groups for groups, _ in read), tuple(totals for _, totals in read))

    @property
    def basis(self) -> Array:
        """One column of zeros and ones for each level of each grouping."""
        return np.column_stack(
            [groups == level for groups, totals in self._margins for level in range(totals.size)]
        ).astype(np.float64)

    def reweight(self, weights: Array) -> Array:
        """The raked weights; refuses margins that they do not meet within 1e-6 after 50 rounds."""
        worst = np.inf
        for _ in range(ROUNDS):
            for groups, totals in self._margins:
                sums = np.bincount(groups, weights, totals.size)
                if (sums[totals > 0] == 0).any():
                    raise BadInput("A level with a total has no weight in the sample", remedy="join levels")
                weights = weights * (totals / np.where(sums > 0, sums, 1.0))[groups]
            worst = max(self._miss(weights, *margin) for margin in self._margins)
            if worst <= _CLOSER:
                break
        if worst > RAKED:
            raise BadInput(
                f"Raking misses a margin by {worst:.1e} after {ROUNDS} rounds",
                remedy="join small levels, or check that one population can have all these margins",
            )
        return weights

    @property
    def _margins(self) -> list[tuple[NDArray[np.int64], Array]]:
        return list(zip(self.groups, self.totals, strict=True))

    @staticmethod
    def _miss(weights: Array, groups: NDArray[np.int64], totals: Array) -> float:
        return float((np.abs(np.bincount(groups, weights, totals.size) - totals) / totals.max()).max())


@dataclass(frozen=True)
class Regression:
    """Weights changed as little as possible (least squares) so that they hit the totals of x.

    `bounds` are the least and the most a weight may be multiplied by.
    """

    basis: Array
    totals: Array
    bounds: tuple[float, float] | None

    @classmethod
    def to(cls, x: Numbers, totals: Numbers, bounds: tuple[float, float] | None, weights: Array) -> "Regression":
        """The calibration to these totals; refuses shapes that do not fit."""
        basis = numbers(x, "Calibration variables")
        basis = basis[:, None] if basis.ndim == 1 else basis
        wanted = np.atleast_1d(numbers(totals, "Totals"))
        if basis.shape != (weights.size, wanted.size):
            raise BadInput(
                f"Variables of shape {basis.shape} do not fit {weights.size} rows and {wanted.size} totals",
                remedy="a row for each row of the sample and a column for each total, the constant included",
            )
        if bounds is not None and not bounds[0] <= 1 <= bounds[1]:
            raise BadInput(f"Bounds {bounds} leave out 1", remedy="give the least and the most factor, as (0.3, 3)")
        return cls(basis, wanted, bounds)

    def reweight(self, weights: Array) -> Array:
        """The calibrated weights; refuses totals that cannot be hit."""
        bounds = self.bounds or (-np.inf, np.inf)
        inside, factors = np.ones(weights.size, dtype=bool), np.ones(weights.size)
        root = np.sqrt(weights)
        pull = np.zeros(weights.size)
        for _ in range(ROUNDS):
            miss = self.totals - self.basis.T @ (weights * factors)
            if self._worst(miss, weights) <= _CLOSER:
                break
            active = self.basis * (root * inside)[:, None]
            scale = np.linalg.norm(active, axis=0)
            scale[scale == 0] = 1.0
            slopes = self._slopes(active / scale, miss / scale) / scale
            pull = pull + self.basis @ slopes
            factors = np.clip(1 + pull, *bounds)
            inside = (1 + pull > bounds[0]) & (1 + pull < bounds[1])
        if self._worst(self.totals - self.basis.T @ (weights * factors), weights) > RAKED:
            raise BadInput("The totals cannot be hit with these weights", remedy="wider bounds or fewer totals")
        return weights * factors

    @staticmethod
    def _slopes(active: Array, miss: Array) -> Array:
        """The least slopes b with active' active b = miss, by two triangular steps (no squared condition)."""
        fitted = np.linalg.lstsq(active.T, miss, rcond=None)[0]
        slopes: Array = np.linalg.lstsq(active, fitted, rcond=None)[0]
        return slopes

    def _worst(self, miss: Array, weights: Array) -> float:
        size = np.maximum(np.abs(self.totals), np.abs(self.basis).T @ weights)
        return float((np.abs(miss) / np.maximum(size, np.finfo(float).tiny)).max())


def _margin(codes: Labels, levels: Mapping[Any, float], weights: Array) -> tuple[NDArray[np.int64], Array]:
    labels: list[Hashable] = np.asarray(codes).tolist()
    if len(labels) != weights.size:
        raise BadInput(f"A margin has {len(labels)} codes", remedy=f"one for each of the {weights.size} rows")
    place = {level: position for position, level in enumerate(levels)}
    unknown = {label for label, weight in zip(labels, weights, strict=True) if weight > 0 and label not in place}
    if unknown:
        raise BadInput(f"No total is given for {sorted(map(str, unknown))}", remedy="a total for each level")
    totals = numbers(list(levels.values()), "Margin totals", minimum=0)
    return np.array([place.get(label, 0) for label in labels], dtype=np.int64), totals
