"""Pairs of events that lie near each other, by bands of distance, found block by block on a grid.

Serves `salus.stats.near_repeat`. A hundred thousand events can have millions of pairs: they are kept in few bytes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from salus.stats.inputs import Array

Metric: TypeAlias = Literal["euclidean", "manhattan"]
Places: TypeAlias = NDArray[np.int64]

# Pairs of events in neighbouring cells that are looked at together.
_CANDIDATES = 500_000


@dataclass(frozen=True)
class PairBlock:
    """Pairs of one band of distance: places of both events in the order of the grid, counted from `start`."""

    band: int
    start: int
    first: NDArray[Any]
    second: NDArray[Any]

    @property
    def nbytes(self) -> int:
        """The bytes its pairs take in memory."""
        return self.first.nbytes + self.second.nbytes

    def places(self, part: slice) -> tuple[Places, Places]:
        """The two places of some of the pairs."""
        return self.first[part].astype(np.int64) + self.start, self.second[part].astype(np.int64) + self.start


@dataclass(frozen=True)
class ClosePairs:
    """All pairs of events nearer than the last of `edges`, in bands [a, b); iterating gives their blocks.

    Events are in the order of a grid: `order[k]` is the event at place k, so that events near each other
    have places near each other.

    >>> x, y, edges = np.array([0.0, 0.0, 3.0]), np.array([0.0, 1.0, 4.0]), np.array([0.0, 2.0, 6.0])
    >>> pairs = close_pairs(x, y, edges, "euclidean")
    >>> [(block.band, block.first.size) for block in pairs]
    [(0, 1), (1, 2)]
    """

    x: Array
    y: Array
    edges: Array
    metric: Metric
    order: Places
    cell: Places
    row: int

    def __iter__(self) -> Iterator[PairBlock]:
        starts, counts = self._candidates()
        upto = np.cumsum(counts.sum(axis=1))
        begin = 0
        while begin < upto.size:
            done = upto[begin - 1] if begin else 0
            end = max(begin + 1, int(np.searchsorted(upto, done + _CANDIDATES, side="right")))
            yield from self._block(begin, starts[begin:end], counts[begin:end])
            begin = end

    def _candidates(self) -> tuple[Places, Places]:
        """For each event two runs of later events: rest of its cell and the next one; three cells of the next row."""
        place, cell = np.arange(self.cell.size), self.cell
        beside = np.searchsorted(cell, cell + 1, side="right")
        above = np.searchsorted(cell, cell + self.row - 1, side="left")
        above_end = np.searchsorted(cell, cell + self.row + 1, side="right")
        return np.stack([place + 1, above], axis=1), np.stack([beside - place - 1, above_end - above], axis=1)

    def _block(self, begin: int, starts: Places, counts: Places) -> Iterator[PairBlock]:
        runs, lengths = starts.ravel(), counts.ravel()
        first = np.repeat(np.arange(begin, begin + len(starts)), counts.sum(axis=1))
        second = np.arange(first.size) + np.repeat(runs - np.cumsum(lengths) + lengths, lengths)
        dx, dy = self.x[second] - self.x[first], self.y[second] - self.y[first]
        distance = np.sqrt(dx * dx + dy * dy) if self.metric == "euclidean" else np.abs(dx) + np.abs(dy)
        near = np.nonzero((distance < self.edges[-1]) & (distance >= self.edges[0]))[0]
        band = np.searchsorted(self.edges, distance[near], side="right") - 1
        for each in np.unique(band):
            some = near[band == each]
            yield PairBlock(int(each), begin, _small(first[some] - begin), _small(second[some] - begin))


def close_pairs(x: Array, y: Array, edges: Array, metric: Metric) -> ClosePairs:
    """The pairs of events nearer than the last of `edges`; coordinates and edges in one unit of length.

    >>> x = np.array([0.0, 0.1, 5.0])
    >>> close_pairs(x, x, np.array([0.0, 1.0]), "euclidean").order.tolist()
    [0, 1, 2]
    """
    width, height = float(np.ptp(x)), float(np.ptp(y))
    # A little wider than the reach, so that rounding puts no pair two cells apart; at most 2^30 cells across.
    side = max(float(edges[-1]) * (1 + 1e-6), max(width, height) / 2**30)
    column, line = ((v - v.min()) // side for v in (x, y))
    row = int(column.max()) + 2
    cell = line.astype(np.int64) * row + column.astype(np.int64)
    order = np.argsort(cell, kind="stable")
    return ClosePairs(x[order], y[order], edges, metric, order, cell[order], row)


def _small(places: Places) -> NDArray[Any]:
    return places.astype(np.min_scalar_type(int(places.max())))
