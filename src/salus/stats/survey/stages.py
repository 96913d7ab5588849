"""How the sample was drawn, stage by stage, and the variance of a total that follows from it.

One row of every array is one row of the sample. Linearisation turns any estimate into such a total.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from salus.errors import BadInput
from salus.stats.inputs import Array, numbers

Codes: TypeAlias = NDArray[np.int64]
Labels: TypeAlias = NDArray[Any] | Sequence[Any]
Lonely: TypeAlias = Literal["fail", "adjust", "average", "certainty"]

_CENSUS: Final = 1e-7


@dataclass(frozen=True)
class Stage:
    """One stage of sampling: the stratum and the unit of every row, and for every stratum its units.

    `drawn` counts the units drawn in each stratum, `size` those there are (infinite where they were
    drawn with replacement), and `first` is the share of the units above that led here (1 at the top).
    """

    stratum: Codes
    unit: Codes
    home: Codes  # the stratum of every unit
    drawn: Codes
    size: Array
    first: Array

    @property
    def fraction(self) -> Array:
        """The share of the units of each stratum that was drawn."""
        return self.drawn / self.size

    @property
    def alone(self) -> NDArray[np.bool_]:
        """Strata of which a single unit was drawn, and there are more."""
        single: NDArray[np.bool_] = (self.drawn == 1) & (1 - self.fraction > _CENSUS)
        return single

    def variance(self, scores: Array, lonely: Lonely) -> float:
        """The variance this stage adds to the sum of the scores."""
        totals = np.bincount(self.unit, scores, self.home.size)
        centre = np.bincount(self.home, totals, self.drawn.size) / self.drawn
        alone = self.alone
        if alone.any() and (lonely == "fail" or (lonely == "average" and alone.all())):
            raise BadInput(
                f"{alone.sum()} strata have a single cluster: the variance within them cannot be estimated",
                remedy="join strata, or say how to treat them: lonely='adjust', 'average' or 'certainty'",
            )
        if lonely == "adjust":
            centre = np.where(alone, 0.0, centre)
        squares = np.bincount(self.home, (totals - centre[self.home]) ** 2, self.drawn.size)
        spread = self.first * (1 - self.fraction) * squares * self.drawn / np.maximum(self.drawn - 1, 1)
        rescue = alone.size / int((~alone).sum()) if lonely == "average" else 1.0
        return float(spread.sum() * rescue)


def stages_of(rows: int, strata: Labels | None, psu: Labels | None, fpc: object) -> tuple[Stage, ...]:
    """The stages of a design; the labels of clusters need to be unique only within their stratum.

    Without `fpc` units are taken as drawn with replacement: then only the first stage matters, for any
    number of stages. `fpc` holds for each row, and stage, how many units its stratum has, or the
    share of them that was drawn (all at most 1).
    """
    groups = codes_of(strata, rows, "strata") if strata is not None else np.zeros(rows, dtype=np.int64)
    units = _columns(np.arange(rows) if psu is None else psu, rows, "psu")
    sizes = None if fpc is None else numbers(_columns(fpc, rows, "fpc"), "fpc", minimum=0)
    if sizes is not None and sizes.shape[1] > units.shape[1]:
        raise BadInput("fpc has more columns than psu", remedy="one column of fpc for each stage of clusters")
    known = 1 if sizes is None else units.shape[1]
    stages: list[Stage] = []
    first = np.ones(int(groups.max()) + 1)
    for level in range(known):
        pairs = np.column_stack([groups, codes_of(units[:, level], rows, "psu")])
        given = None if sizes is None or level >= sizes.shape[1] else sizes[:, level]
        shares = sizes is not None and bool((sizes <= 1).all())
        stage = _stage(groups, pairs, None if given is None else (given, shares), first)
        stages.append(stage)
        groups, first = stage.unit, (stage.first * stage.fraction)[stage.home]
    return tuple(stages)


def codes_of(labels: Labels, rows: int, name: str) -> Codes:
    """Labels as whole numbers from 0.

    >>> codes_of(["b", "a", "b"], 3, "strata").tolist()
    [1, 0, 1]
    """
    array = np.asarray(labels)
    if array.shape != (rows,):
        raise BadInput(f"{name} has shape {array.shape}", remedy=f"one value for each of the {rows} rows")
    if (array.dtype.kind == "f" and np.isnan(array).any()) or (
        array.dtype == object and any(each is None for each in array)
    ):
        raise BadInput(f"{name} holds missing values", remedy="give every row its code")
    return np.unique(array.astype(str) if array.dtype == object else array, return_inverse=True)[1].astype(np.int64)


def _columns(values: object, rows: int, name: str) -> NDArray[Any]:
    array: NDArray[Any] = np.asarray(values)
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2 or array.shape[0] != rows:
        raise BadInput(f"{name} has shape {array.shape}", remedy=f"{rows} rows, a column for each stage")
    return array


def _stage(groups: Codes, pairs: Codes, given: tuple[Array, bool] | None, first: Array) -> Stage:
    kinds, unit = np.unique(pairs, axis=0, return_inverse=True)
    home = kinds[:, 0]
    drawn = np.bincount(home)
    if given is None:
        return Stage(groups, unit.ravel(), home, drawn, np.full(drawn.size, np.inf), first)
    size, shares = given
    each = np.zeros(drawn.size)
    each[groups] = size
    if (each[groups] != size).any():
        raise BadInput("fpc differs within a stratum", remedy="one population size, or share, for each stratum")
    if (each == 0).any():
        raise BadInput("fpc holds zeros", remedy="give the number of units in the stratum, or the share drawn")
    each = drawn / each if shares else each
    if (each < drawn).any():
        raise BadInput("fpc says that a stratum has fewer units than were drawn", remedy="check fpc, strata and psu")
    return Stage(groups, unit.ravel(), home, drawn, each, first)


def check_lonely(lonely: str) -> None:
    """Refuses an unknown policy for strata with a single cluster.

    >>> check_lonely("average")
    """
    if lonely not in get_args(Lonely):
        raise BadInput(f"Unknown policy '{lonely}' for lonely clusters", remedy=", ".join(get_args(Lonely)))
