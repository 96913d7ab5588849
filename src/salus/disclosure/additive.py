"""Counts tied by sums, and how much the published ones tell about the hidden ones.

The common ground of suppression, audit and gate: cells, relations between them, and an attacker who
solves linear programs. Nothing here knows what a cell stands for.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csc_array, csr_array
from scipy.sparse.csgraph import connected_components

from salus.errors import Withheld

Array = NDArray[np.float64]
Cells = NDArray[np.int64]
Mask = NDArray[np.bool_]
_TOLERANCE = 1e-7
_ROUNDS = 12
_UNBOUNDED = 3


@dataclass(frozen=True)
class Additive:
    """Cells with `values` and relations `sums @ values = constant`.

    A relation has +1 for each part and -1 for the whole. Values of hidden cells never limit an attacker.
    """

    values: Array
    sums: csr_array
    constant: Array


@dataclass(frozen=True)
class Attacker:
    """What someone knows of each cell if it is hidden, and which `cells` must keep an interval of `width`."""

    least: Array
    most: Array
    cells: Cells
    width: Array


@dataclass(frozen=True)
class Region:
    """Hidden cells that hang together through relations: `matrix @ x = right`, low <= x <= high."""

    cells: Cells
    matrix: csc_array
    right: Array
    low: Array
    high: Array

    def push(self, direction: Array) -> Array | None:
        """The feasible values farthest in a direction; None if there is no end to them."""
        if self.matrix.shape[0] == 0:
            ends = np.where(direction > 0, self.high, self.low)
            bounded = bool(np.isfinite(ends[direction != 0]).all())
            return np.where(direction == 0, self.low, ends) if bounded else None
        result = milp(
            -direction,
            bounds=Bounds(self.low, self.high),
            constraints=LinearConstraint(self.matrix, self.right, self.right),
        )
        if result.status not in {0, _UNBOUNDED}:
            raise Withheld(
                f"The disclosure attack could not be solved: {result.message}",
                where="salus.disclosure",
                remedy="check that the totals given are the sums of their parts",
            )
        return np.asarray(result.x, dtype=float) if result.status == 0 else None


def regions(system: Additive, attacker: Attacker, hidden: Mask, *, holding: Mask | None = None) -> Iterator[Region]:
    """The hidden cells in groups that tell nothing about each other; only those `holding` such a cell."""
    cells = np.flatnonzero(hidden)
    if not cells.size:
        return
    part = csc_array(system.sums[:, cells])
    right = system.constant - system.sums @ np.where(hidden, 0.0, system.values)
    rows = part.shape[0]
    labels = _components(part)
    order = np.argsort(labels[rows:], kind="stable")
    row_order = np.argsort(labels[:rows], kind="stable")
    row_labels = labels[:rows][row_order]
    for member in np.split(order, np.flatnonzero(np.diff(labels[rows:][order])) + 1):
        if holding is not None and not holding[cells[member]].any():
            continue
        label = labels[rows + member[0]]
        own = row_order[np.searchsorted(row_labels, label) : np.searchsorted(row_labels, label, side="right")]
        inside = cells[member]
        yield Region(
            inside,
            csc_array(part[:, member][own]),
            right[own],
            attacker.least[inside],
            attacker.most[inside],
        )


def _components(part: csc_array) -> Cells:
    """A label for each relation, then for each cell: equal if they hang together."""
    rows, columns = part.shape
    relation, cell = part.tocoo().coords
    edges = (np.ones(cell.size), (relation, rows + cell))
    graph = coo_array(edges, shape=(rows + columns, rows + columns))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def intervals(region: Region) -> list[tuple[float, float]]:
    """The least and greatest whole number that each hidden cell of a region can be.

    Two linear programs a cell, fewer where a solution found for another cell already reaches the
    end that a single relation sets.
    """
    size = region.cells.size
    low, high = np.full(size, np.inf), np.full(size, -np.inf)
    end = _ceiling(region)
    for position in range(size):
        direction = np.zeros(size)
        direction[position] = 1.0
        if high[position] < end[position] - _TOLERANCE and not _learn(region, direction, (low, high)):
            high[position] = np.inf
        if low[position] > region.low[position] + _TOLERANCE:
            _learn(region, -direction, (low, high))
    return [_whole(*pair) for pair in zip(low.tolist(), high.tolist(), strict=True)]


def _ceiling(region: Region) -> Array:
    """The least upper end that any one relation of parts alone sets for each cell."""
    end = region.high.copy()
    rows = csr_array(region.matrix)
    for row, (start, stop) in enumerate(zip(rows.indptr[:-1], rows.indptr[1:], strict=True)):
        cells = rows.indices[start:stop]
        if (rows.data[start:stop] > 0).all():
            room = region.right[row] - region.low[cells].sum() + region.low[cells]
            end[cells] = np.fmin(end[cells], room)
    return end


def _whole(low: float, high: float) -> tuple[float, float]:
    return float(np.ceil(low - _TOLERANCE)) + 0.0, float(np.floor(high + _TOLERANCE)) + 0.0


def exposed(system: Additive, attacker: Attacker, hidden: Mask, *, holding: Mask | None = None) -> Cells:
    """Which of the attacker's cells keep an interval shorter than they need (sorted).

    `holding`: look only at groups of hidden cells that hold one of these.

    Every solution found is a possible table for all cells at once, so a few random ones settle most
    cells; only the rest need linear programs of their own.
    """
    need = np.full(hidden.size, -np.inf)
    need[attacker.cells] = attacker.width
    reach = np.fmax(need[attacker.cells].max(initial=1.0), 1.0)
    capped = Attacker(
        attacker.least, np.fmin(attacker.most, np.ceil(system.values) + reach), attacker.cells, attacker.width
    )
    found = [
        short_of(region, need[region.cells], system.values[region.cells])[0]
        for region in regions(system, capped, hidden, holding=holding)
    ]
    published = attacker.cells[~hidden[attacker.cells]]
    return np.unique(np.concatenate([published, *found])).astype(np.int64)


def short_of(region: Region, need: Array, truth: Array, known: Sequence[Array] = ()) -> tuple[Cells, list[Array]]:
    """Which cells of a region (global numbers) keep less than they need, and the tables found on the way.

    `known`: tables found earlier that are possible here too; they settle cells without a program.
    """
    low, high = truth.copy(), truth.copy()
    for table in known:
        np.fmin(low, table, out=low)
        np.fmax(high, table, out=high)
    found: list[Array] = []
    random = np.random.default_rng(region.cells.size)
    for _ in range(_ROUNDS if np.isfinite(need).sum() > 3 else 0):
        remaining = _open(low, high, need)
        if not remaining.any():
            break
        _learn(region, np.where(remaining, random.standard_normal(need.size), 0.0), (low, high), found)
    for position in np.flatnonzero(_open(low, high, need)):
        if _open(low, high, need)[position]:
            direction = np.zeros(need.size)
            direction[position] = 1.0
            _learn(region, direction, (low, high), found)
            _learn(region, -direction, (low, high), found)
    return region.cells[_open(low, high, need)], found


def _open(low: Array, high: Array, need: Array) -> Mask:
    width = np.floor(high + _TOLERANCE) - np.ceil(low - _TOLERANCE)
    return np.asarray(width < need)


def _learn(region: Region, direction: Array, ends: tuple[Array, Array], found: list[Array] | None = None) -> bool:
    solution = region.push(direction)
    if solution is None:
        return False
    np.fmin(ends[0], solution, out=ends[0])
    np.fmax(ends[1], solution, out=ends[1])
    if found is not None:
        found.append(solution)
    return True
