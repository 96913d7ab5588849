"""Controlled rounding: every count and total a multiple of one base, and every sum still right.

An alternative to hiding, for counts only. One table at a time, by an integer programme; nothing here
knows what a cell stands for. The caller decides which tables are rounded and which are hidden.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array

from salus.disclosure.additive import Array, Cells
from salus.disclosure.suppression import margins
from salus.errors import BadInput, Withheld

BASES = (3, 5)
_LEAST_BASE = 3
_SHORT_OF_TIME = 1


@dataclass(frozen=True)
class Rounded:
    """A rounded table or hierarchy. All numbers are multiples of `base`, less than one base from the truth.

    `distance` is the sum of |rounded - true| over cells and totals; `proven` whether no rounding has
    less, else `gap` bounds by what share of it one could have less. `distance` and `gap` are for the analyst.
    """

    table: Cells
    row_totals: Cells
    column_totals: Cells
    total: int
    base: int
    distance: float
    proven: bool
    gap: float


def round_table(table: ArrayLike, base: int = 5, *, seconds: float = 60.0) -> Rounded:
    """A table of counts rounded so that it still adds up, with the least total distance from the truth.

    Zero-restricted: a multiple of the base stays as it is, zero included; other cells go to one of the
    two multiples beside them (Cox 1987). The least distance is found by an integer programme (Salazar-González
    2005), which always has a solution in one or two dimensions (Cox and Ernst 1982). A one-dimensional
    table is a column with one total. `BASES` are the presets: 3 keeps more, 5 protects more.

    When `seconds` run out, the best rounding so far is returned with `proven` false and its `gap`.
    Raises `BadInput` for what is no table of counts; `Withheld` if no rounding was found in time.

    >>> rounded = round_table([[20, 50, 10], [8, 19, 22], [17, 32, 12]], base=5)
    >>> rounded.table.tolist()
    [[20, 50, 10], [10, 20, 20], [15, 30, 15]]
    >>> rounded.row_totals.tolist(), rounded.column_totals.tolist(), rounded.total
    ([80, 50, 60], [45, 100, 45], 190)
    >>> rounded.distance, rounded.proven
    (16.0, True)
    """
    counts = _counts(table, base, "round_table")
    if counts.ndim == 1:
        sums = csr_array(np.append(np.ones(counts.size), -1.0)[None, :])
        answer = _nearest(np.append(counts, counts.sum()), sums, base, seconds)
        return _as_rounded(answer, counts.shape, base)
    values = np.concatenate([counts.ravel(), counts.sum(1), counts.sum(0), [counts.sum()]])
    return _as_rounded(_nearest(values, margins(*counts.shape), base, seconds), counts.shape, base)


def round_hierarchy(counts: ArrayLike, parents: Sequence[int], base: int = 5, *, seconds: float = 60.0) -> Rounded:
    """Counts of a tree (blocks in districts in a city) rounded so that parts still add up to wholes.

    `counts` holds one count a node; `parents` the position of its whole, -1 for the one root. The
    order is free. Otherwise as `round_table`: `table` keeps the order given, the other totals are empty.
    Raises `BadInput` where a whole is not the sum of its parts, or the parents form no tree.

    >>> round_hierarchy([9, 6, 3, 4, 2, 3], parents=[-1, 0, 0, 1, 1, 2], base=3).table.tolist()
    [9, 6, 3, 3, 3, 3]
    """
    nodes = _counts(counts, base, "round_hierarchy")
    above = np.asarray(parents, dtype=np.int64)
    sums = _tree(nodes, above)
    answer = _nearest(nodes, sums, base, seconds)
    root = int(answer.values[above < 0][0])
    none = np.array([], dtype=np.int64)
    return Rounded(answer.values, none, none, root, base, answer.distance, proven=answer.proven, gap=answer.gap)


@dataclass(frozen=True)
class _Answer:
    values: Cells
    distance: float
    proven: bool
    gap: float


def _nearest(values: Array, sums: csr_array, base: int, seconds: float) -> _Answer:
    """The integer programme: one yes or no for each number between two multiples, up or down."""
    low = base * np.floor(values / base)
    over = values - low
    free = np.flatnonzero(over)
    if not free.size:
        return _Answer(values.astype(np.int64), 0.0, proven=True, gap=0.0)
    right = -(sums @ low) / base
    result = milp(
        base - 2 * over[free],
        integrality=np.ones(free.size, dtype=np.int64),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(csr_array(sums[:, free]), right, right),
        options={"time_limit": seconds, "mip_rel_gap": 0.0},
    )
    if result.x is None or result.status not in {0, _SHORT_OF_TIME}:
        raise Withheld(
            f"No rounding to base {base} was found in {seconds:g} seconds: {result.message}",
            where="salus.disclosure.rounding",
            remedy="allow more seconds, or split the table",
        )
    rounded = low.copy()
    rounded[free] += base * np.round(result.x)
    distance = float(np.abs(rounded - values).sum())
    if result.status == 0:
        return _Answer(rounded.astype(np.int64), distance, proven=True, gap=0.0)
    return _Answer(rounded.astype(np.int64), distance, proven=False, gap=_gap(distance, over, result.mip_dual_bound))


def _gap(distance: float, over: Array, bound: float | None) -> float:
    """How much of the distance might be saved, at most; the bound leaves out what rounding down costs anyway."""
    least = float(over.sum()) + (-np.inf if bound is None else bound)
    return float(np.clip((distance - least) / distance, 0.0, 1.0))


def _as_rounded(answer: _Answer, shape: tuple[int, ...], base: int) -> Rounded:
    inner = int(np.prod(shape))
    rows = shape[0] if len(shape) == 2 else 0
    return Rounded(
        table=answer.values[:inner].reshape(shape),
        row_totals=answer.values[inner : inner + rows],
        column_totals=answer.values[inner + rows : -1],
        total=int(answer.values[-1]),
        base=base,
        distance=answer.distance,
        proven=answer.proven,
        gap=answer.gap,
    )


def _tree(counts: Array, above: Cells) -> csr_array:
    """One relation for each whole: its parts minus itself is 0."""
    size = counts.size
    is_tree = above.shape == (size,) and (above < size).all() and (above >= -1).all() and (above < 0).sum() == 1
    if counts.ndim != 1 or not is_tree or not _reaches_root(above):
        raise BadInput(
            "The parents form no tree", where="round_hierarchy", remedy="one position a count, -1 for one root"
        )
    parts = np.flatnonzero(above >= 0)
    wholes, row = np.unique(above[parts], return_inverse=True)
    entries = np.concatenate([np.ones(parts.size), -np.ones(wholes.size)])
    places = (np.concatenate([row, np.arange(wholes.size)]), np.concatenate([parts, wholes]))
    sums = csr_array(coo_array((entries, places), shape=(wholes.size, size)))
    wrong = wholes[np.flatnonzero(sums @ counts)]
    if wrong.size:
        raise BadInput(
            f"The whole at position {wrong[0]} is not the sum of its parts",
            where="round_hierarchy",
            remedy="give counts that add up; rounding keeps sums, it does not mend them",
        )
    return sums


def _reaches_root(above: Cells) -> bool:
    place = np.arange(above.size)
    for _ in range(above.size):
        place = np.where(place >= 0, above[place], -1)
        if (place < 0).all():
            return True
    return False


def _counts(table: ArrayLike, base: int, where: str) -> Array:
    counts = np.asarray(table, dtype=float)
    if counts.ndim not in {1, 2} or counts.size == 0:
        raise BadInput("A table of counts has one or two dimensions", where=where, remedy="reshape it")
    if not (np.isfinite(counts).all() and (counts >= 0).all() and (counts == np.round(counts)).all()):
        raise BadInput("Counts are whole numbers from 0", where=where, remedy="give counts, not rates")
    if base != int(base) or base < _LEAST_BASE:
        raise BadInput(f"A base of {base} protects nothing", where=where, remedy="use 3, 5 or a larger whole number")
    return counts
