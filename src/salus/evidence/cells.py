"""A grid over the areas of a city: most points find their area by the cell they fall in, exactly.

A cell that no border touches lies in one area, or in none, as a whole. Cells that a border touches are marked, and
only the points in those need exact geometry. The grid is an index: it never changes an answer.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray
from scipy import ndimage

from salus.evidence.geography import Locator

EDGE: Final = -1
"""Cell that a border touches: exact geometry decides."""
_NOWHERE: Final = -2
_SURFACE: Final = 2
_NUDGE: Final = 1e-6  # of a cell: a border that close to a cell's side touches the cell beyond it too
_MOST_SIDE: Final = 1024
_CELLS_AN_AREA: Final = 600

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class CellIndex:
    """Cells `column * side + row` of a `side` by `side` grid over the bounds of all areas.

    `cells`: frame `cell` (Int64), `area` (Int32: position of the area in id order, or `EDGE`); cells in no area are
    left out. `across` and `up` are cells per degree.
    """

    west: float
    south: float
    east: float
    north: float
    side: int
    across: float
    up: float
    cells: pl.DataFrame
    locator: Locator

    @classmethod
    def over(cls, locator: Locator, side: int | None = None) -> "CellIndex":
        """The index of a locator's areas; `side` is chosen from their number where it is not given."""
        west, south, east, north = (float(v) for v in shapely.total_bounds(locator.shapes))
        side = side or int(np.clip(np.sqrt(_CELLS_AN_AREA * len(locator.shapes)), 64, _MOST_SIDE))
        across, up = side / max(east - west, 1e-12), side / max(north - south, 1e-12)
        starts, ends = _segments(locator.shapes)
        scale, origin = np.array([across, up]), np.array([west, south])
        edge = _touched((starts - origin) * scale, (ends - origin) * scale, side)
        pieces, count = ndimage.label(~edge)
        first = _first_cells(pieces, count, side)
        middle = (np.column_stack(np.divmod(first, side)) + 0.5) / scale + origin
        owner = np.concatenate([[EDGE], locator.locate(middle[:, 0], middle[:, 1])])
        found = np.where(edge, EDGE, owner[pieces]).ravel()
        kept = np.flatnonzero(edge.ravel() | (found >= 0))
        frame = pl.DataFrame({"cell": kept.astype(np.int64), "area": found[kept].astype(np.int32)})
        return cls(west, south, east, north, side, across, up, frame, locator)

    def of(self, longitude: Floats, latitude: Floats) -> Ints:
        """The cell of each point; -1 outside the bounds. Engines compute the same in their own words."""
        inside = (longitude >= self.west) & (longitude <= self.east)
        inside &= (latitude >= self.south) & (latitude <= self.north)
        column = np.minimum(np.floor((np.where(inside, longitude, self.west) - self.west) * self.across), self.side - 1)
        row = np.minimum(np.floor((np.where(inside, latitude, self.south) - self.south) * self.up), self.side - 1)
        return np.where(inside, column * self.side + row, -1).astype(np.int64)

    def locate(self, longitude: Floats, latitude: Floats) -> Ints:
        """The position of each point's area, -1 outside all: as `Locator.locate` says it, for many points."""
        cell = self.of(longitude, latitude)
        found = np.where(cell >= 0, self._dense[cell], _NOWHERE)
        edge = np.flatnonzero(found == EDGE)
        found[edge] = self.exact(longitude[edge], latitude[edge], cell[edge])
        return np.where(found >= 0, found, -1)

    def exact(self, longitude: Floats, latitude: Floats, cell: Ints) -> Ints:
        """The area of points in cells that a border touches: the few areas near, one after the other."""
        starts, near = self._near
        found = np.full(len(cell), -1, dtype=np.int64)
        at, last = starts[cell], starts[cell + 1]
        open_points = np.flatnonzero(at < last)
        while len(open_points):
            area = near[at[open_points]]
            order = np.argsort(area, kind="stable")  # one polygon after the other stays in the processor's memory
            open_points, area = open_points[order], area[order]
            shapes = self.locator.shapes[area]
            inside = shapely.intersects_xy(shapes, longitude[open_points], latitude[open_points])
            found[open_points[inside]] = area[inside]
            open_points = open_points[~inside]
            at[open_points] += 1
            open_points = open_points[at[open_points] < last[open_points]]
        return found

    @cached_property
    def _dense(self) -> NDArray[np.int32]:
        dense = np.full(self.side**2, _NOWHERE, dtype=np.int32)
        dense[self.cells["cell"].to_numpy()] = self.cells["area"].to_numpy()
        return dense

    @cached_property
    def _near(self) -> tuple[Ints, Ints]:
        """For each cell where its areas begin in the list of areas; only cells that a border touches have any."""
        cells = self.cells.filter(pl.col("area") == EDGE)["cell"].to_numpy()
        column, row = np.divmod(cells, self.side)
        boxes = shapely.box(
            self.west + (column - _NUDGE) / self.across, self.south + (row - _NUDGE) / self.up,
            self.west + (column + 1 + _NUDGE) / self.across, self.south + (row + 1 + _NUDGE) / self.up,
        )  # fmt: skip
        which, area = self.locator.near(boxes)
        order = np.lexsort((area, which))
        counts = np.bincount(cells[which], minlength=self.side**2)
        return np.concatenate([[0], np.cumsum(counts)]), area[order]


def _segments(shapes: NDArray[np.object_]) -> tuple[Floats, Floats]:
    """Start and end of every straight piece of every ring, holes included: arrays of shape pieces x 2.

    A repaired shape may be a collection that also holds lines and points: they are borders too.
    """
    parts = shapely.get_parts(shapely.get_parts(shapes))
    rings = np.concatenate([shapely.get_rings(parts), parts[shapely.get_dimensions(parts) < _SURFACE]])
    points, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[1:] == ring[:-1]
    single = points[np.bincount(ring, minlength=len(rings))[ring] == 1]
    return np.concatenate([points[:-1][same], single]), np.concatenate([points[1:][same], single])


def _touched(starts: Floats, ends: Floats, side: int) -> NDArray[np.bool_]:
    """Cells that a segment runs through or comes very near to; coordinates are in cells."""
    touched = np.zeros((side, side), dtype=bool)
    _mark(touched, starts)
    _mark(touched, ends)
    for axis in (0, 1):
        low, high = np.minimum(starts, ends)[:, axis], np.maximum(starts, ends)[:, axis]
        first = np.ceil(low).astype(np.int64)
        count = np.maximum(np.floor(high).astype(np.int64) - first + 1, 0)
        which = np.repeat(np.arange(len(starts)), count)
        line = first[which] + np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)
        length = (ends - starts)[which, axis]
        crossing = length != 0  # a segment that runs along a line is marked by its crossings of the other axis
        which, line, length = which[crossing], line[crossing], length[crossing]
        share = (line - starts[which, axis]) / length
        _mark(touched, starts[which] + share[:, None] * (ends - starts)[which])
    return touched


def _mark(touched: NDArray[np.bool_], points: Floats) -> None:
    """Marks the cells around points, both where a point lies on a side, four where it lies on a corner."""
    last = len(touched) - 1
    for across in (-_NUDGE, _NUDGE):
        for up in (-_NUDGE, _NUDGE):
            cells = np.floor(points + np.array([across, up])).astype(np.int64).clip(0, last)
            touched[cells[:, 0], cells[:, 1]] = True


def _first_cells(pieces: NDArray[np.integer[Any]], count: int, side: int) -> Ints:
    """One cell of each connected piece of untouched cells."""
    first = np.zeros(count + 1, dtype=np.int64)
    flat = pieces.ravel()
    first[flat[::-1]] = np.arange(side * side)[::-1]
    return first[1:]
