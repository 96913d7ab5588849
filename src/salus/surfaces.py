"""Density maps from released counts of areas, never from records.

A map of points shows where somebody was attacked. This one knows only what the gate let out: one number an area. It is
no sharper than the areas are, and leaves a hole where an area is hidden.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import shapely

from salus.stats.inputs import Array
from salus.stats.kernel import kernel_density

_METRES_OF_A_DEGREE = 111_320.0
_FEWEST = 20
_CELLS = 2_500
_POINTS = 5
_CLASSES = 5


@dataclass(frozen=True)
class Surface:
    """A density map: `cells` with lon, lat (middle), density (events a km² a year) and class 1 to 5; NaN-free.

    `bandwidth_m` is the kernel's standard deviation, `cell_m` the side of a cell, `breaks` the lower ends of the
    classes, `areas` how many areas it is made of, `holes` how many are left out because their count is not shown.
    `bands`: for each class the ground it covers, as WKB in WGS84.
    """

    cells: pl.DataFrame
    bandwidth_m: float
    cell_m: float
    breaks: tuple[float, ...]
    areas: int
    holes: int
    bands: tuple[bytes, ...]


def surface(rows: pl.DataFrame, areas: pl.DataFrame, years: float) -> Surface | None:
    """The density of released counts; None with fewer than 20 shown areas.

    `rows`: released estimates of one indicator and period (area, numerator, status); `areas`: area and wkb (WGS84).
    Each count lies evenly over its area, as at five points or more; the Gaussian kernel has twice the median radius
    of the areas, so that no area can be told from its neighbours. The edge of the shown ground is corrected for
    (`uniform`), so a hidden area pulls nothing down beside it and gets no value itself.
    """
    told = rows.filter(pl.col("status").is_in(["shown", "zero"])).drop_nulls("numerator").unique("area")
    used = areas.join(told.select("area", "numerator"), on="area", how="inner").sort("area")
    if used.height < _FEWEST or used["numerator"].sum() == 0:
        return None
    shapes = shapely.from_wkb(used["wkb"].to_list())
    middle = float(np.radians(shapely.total_bounds(shapes)[[1, 3]].mean()))
    scale = np.array([_METRES_OF_A_DEGREE * np.cos(middle), _METRES_OF_A_DEGREE])
    plane = shapely.make_valid(shapely.transform(shapes, lambda at: at * scale))
    ground = shapely.union_all(shapely.buffer(plane, 15.0)).buffer(-15.0)
    bandwidth = 2.0 * float(np.median(np.sqrt(shapely.area(plane) / np.pi)))
    side = float(np.sqrt(ground.area / _CELLS))
    at, weight = _spread(plane, used["numerator"].to_numpy().astype(float), side)
    inside = shapely.contains_xy(ground, at)
    middles = _grid(ground, side)
    density = kernel_density(
        at[inside, 0], at[inside, 1], middles, bandwidth, "uniform", window=ground, weights=weight[inside]
    )
    density = density * 1e6 / years
    known = np.isfinite(density)
    density, middles = density[known], middles[known]
    breaks = np.quantile(density, np.arange(_CLASSES) / _CLASSES)
    level = np.searchsorted(breaks, density, side="right")
    cells = pl.DataFrame(
        {"lon": middles[:, 0] / scale[0], "lat": middles[:, 1] / scale[1], "density": density, "level": level}
    )
    half = side / 2 * 1.01  # a hair more than half, so that neighbours join without a gap
    squares: Any = shapely.box(*(middles - half).T, *(middles + half).T)
    bands = tuple(
        shapely.to_wkb(shapely.transform(shapely.union_all(squares[level == k]), lambda p: p / scale))
        for k in range(1, _CLASSES + 1)
    )
    holes = areas.height - used.height
    return Surface(cells, bandwidth, side, tuple(float(b) for b in breaks), used.height, holes, bands)


def _spread(shapes: Any, counts: Array, side: float) -> tuple[Array, Array]:
    """Points that stand for each area's count: a lattice in it, finer in small areas."""
    points, weights = [], []
    for shape, count in zip(shapes, counts, strict=True):
        step = min(side, float(np.sqrt(shape.area / _POINTS)))
        inner = _grid(shape, step)
        if len(inner) < _POINTS:
            inner = np.array([[shape.representative_point().x, shape.representative_point().y]])
        points.append(inner)
        weights.append(np.full(len(inner), count / len(inner)))
    return np.concatenate(points), np.concatenate(weights)


def _grid(shape: Any, step: float) -> Array:
    """Middles of squares of this side that lie in a shape."""
    west, south, east, north = shape.bounds
    x, y = np.meshgrid(np.arange(west + step / 2, east, step), np.arange(south + step / 2, north, step))
    middles = np.column_stack([x.ravel(), y.ravel()])
    return np.asarray(middles[shapely.contains_xy(shape, middles)])
