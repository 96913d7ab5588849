"""Counts tied by sums, and how much the published ones tell about the hidden ones.

The common ground of suppression, audit and gate: cells, relations between them, and an attacker who
solves linear programs. Nothing here knows what a cell stands for.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csc_array, csr_array
from scipy.sparse.csgraph import connected_components

from salus.disclosure.programs import Program

Array = NDArray[np.float64]
Cells = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Additive:
    """Cells with `values` and relations `sums @ values = constant`.

    A relation has +1 for each part and -1 for the whole. Values of hidden cells never limit an attacker. `overlap`:
    relations that only somebody uses who lays the maps of two geographies over each other; None if there is none.
    """

    values: Array
    sums: csr_array
    constant: Array
    overlap: Mask | None = None

    def used_by(self, attacker: "Attacker") -> Mask:
        """The relations that this attacker knows."""
        everything = np.ones(self.sums.shape[0], dtype=bool)
        return everything if self.overlap is None or attacker.overlaps else ~self.overlap


@dataclass(frozen=True)
class Attacker:
    """What someone knows of each cell if it is hidden, and which `cells` must keep an interval of `width`.

    `overlaps`: whether maps are laid over each other too.
    """

    least: Array
    most: Array
    cells: Cells
    width: Array
    overlaps: bool = True


@dataclass(frozen=True)
class Region:
    """Hidden cells that hang together through relations: `matrix @ x = right`, low <= x <= high.

    `rows`: the numbers of the relations.
    """

    cells: Cells
    rows: Cells
    matrix: csc_array
    right: Array
    low: Array
    high: Array

    @cached_property
    def program(self) -> Program:
        """All tables that fit, ready to be asked for the farthest in a direction."""
        return Program(self.matrix, self.right, self.low, self.high)

    def push(self, direction: Array) -> Array | None:
        """The feasible values farthest in a direction; None if there is no end to them."""
        if self.matrix.shape[0] == 0:
            ends = np.where(direction > 0, self.high, self.low)
            bounded = bool(np.isfinite(ends[direction != 0]).all())
            return np.where(direction == 0, self.low, ends) if bounded else None
        return self.program.push(direction)


def regions(system: Additive, attacker: Attacker, hidden: Mask, *holding: Mask) -> Iterator[Region]:
    """The hidden cells in groups that tell nothing about each other; only those with a cell of each `holding`."""
    cells = np.flatnonzero(hidden)
    if not cells.size:
        return
    known = np.flatnonzero(system.used_by(attacker))
    part = system.sums[known][:, cells]
    right = (system.constant - system.sums @ np.where(hidden, 0.0, system.values))[known]
    of_row, of_cell = _components(part)
    row_order, order = np.argsort(of_row, kind="stable"), np.argsort(of_cell, kind="stable")
    blocks = csc_array(part[row_order][:, order])  # one after the other along the diagonal
    wanted = np.bincount(of_cell) > 0
    for mask in holding:
        wanted &= np.bincount(of_cell, weights=mask[cells], minlength=wanted.size) > 0
    numbers = np.flatnonzero(wanted)
    sorted_cells, sorted_rows = of_cell[order], of_row[row_order]
    first, last = np.searchsorted(sorted_cells, numbers), np.searchsorted(sorted_cells, numbers, side="right")
    top, bottom = np.searchsorted(sorted_rows, numbers), np.searchsorted(sorted_rows, numbers, side="right")
    for corner in np.stack([first, last, top, bottom], axis=1).tolist():
        inside, rows = cells[order[corner[0] : corner[1]]], row_order[corner[2] : corner[3]]
        matrix = _block(blocks, *corner)
        yield Region(inside, known[rows], matrix, right[rows], attacker.least[inside], attacker.most[inside])


def _block(blocks: csc_array, first: int, last: int, top: int, bottom: int) -> csc_array:
    start, end = blocks.indptr[first], blocks.indptr[last]
    content = (blocks.data[start:end], blocks.indices[start:end] - top, blocks.indptr[first : last + 1] - start)
    return csc_array(content, shape=(bottom - top, last - first))


def _components(part: csr_array) -> tuple[Cells, Cells]:
    """A label for each relation and for each cell: equal if they hang together."""
    rows, columns = part.shape
    relation, cell = part.tocoo().coords
    edges = (np.ones(cell.size), (relation, rows + cell))
    graph = coo_array(edges, shape=(rows + columns, rows + columns))
    labels = np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)
    return labels[:rows], labels[rows:]
