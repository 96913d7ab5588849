"""Study windows: how much of a Gaussian or of a circle lies inside them, for corrections along the edge.

Used by `salus.stats.kernel` and `salus.stats.ripley`. A window is a shapely polygon (holes and parts are
allowed) or the bounds (min x, min y, max x, max y).
"""

from typing import TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import special
from shapely.geometry.base import BaseGeometry

from salus.errors import BadInput
from salus.stats.inputs import Array, Numbers, numbers

Window: TypeAlias = BaseGeometry | Numbers

# Beyond this many bandwidths from the edge all of a Gaussian lies on one side.
_FAR = 8.5
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)
_CHUNK = 2_000_000


def polygon(window: Window) -> BaseGeometry:
    """The window as a valid polygon, rings outside anticlockwise and holes clockwise.

    >>> polygon([0, 0, 2, 1]).area
    2.0
    """
    shape = window if isinstance(window, BaseGeometry) else _box(window)
    if shape.geom_type not in {"Polygon", "MultiPolygon"} or not shape.is_valid or shape.area <= 0:
        raise BadInput(f"The window is no valid polygon ({shape.geom_type})", remedy="repair the boundary file")
    return shapely.orient_polygons(shape, exterior_cw=False)


def points_inside(x: object, y: object, window: BaseGeometry) -> Array:
    """The points as an (n, 2) array; refuses points outside the window.

    >>> points_inside([0.5], [1.0], polygon([0, 0, 2, 1])).tolist()
    [[0.5, 1.0]]
    """
    at = points(x, y)
    beyond = outside(at, window)
    if beyond.any():
        raise BadInput(
            f"{int(beyond.sum())} points lie outside the window", remedy="widen the window, or leave them out"
        )
    return at


def outside(at: Array, window: BaseGeometry) -> NDArray[np.bool_]:
    """Which points lie outside the window; those on its border, but for rounding, do not.

    >>> outside(np.array([[0.0, 0.5], [3.0, 0.5]]), polygon([0, 0, 2, 1])).tolist()
    [False, True]
    """
    west, south, east, north = window.bounds
    gap = np.asarray(shapely.distance(window, shapely.points(at)))
    return gap > 1e-9 * max(east - west, north - south)


def points(x: object, y: object) -> Array:
    """Coordinates as an (n, 2) array.

    >>> points([1, 2], [3, 4]).tolist()
    [[1.0, 3.0], [2.0, 4.0]]
    """
    across, up = numbers(x, "x"), numbers(y, "y")
    if across.ndim != 1 or across.shape != up.shape or across.size == 0:
        raise BadInput(f"x and y of shapes {across.shape} and {up.shape} are no points", remedy="one of each a point")
    return np.column_stack([across, up])


def edges(window: BaseGeometry) -> Array:
    """The sides of the window, one row each: x and y of its start, then of its end.

    >>> edges(polygon([0, 0, 2, 1])).shape
    (4, 4)
    """
    sides = []
    for ring in shapely.get_rings(shapely.get_parts(window)):
        corner = shapely.get_coordinates(ring)
        sides.append(np.hstack([corner[:-1], corner[1:]]))
    both = np.concatenate(sides)
    return np.asarray(both[(both[:, :2] != both[:, 2:]).any(axis=1)])


def gaussian_mass(at: Array, bandwidth: float, window: BaseGeometry) -> Array:
    """The share of a Gaussian around each point that lies inside the window, 0 to 1.

    By Green's theorem: ∫∫ k = ∮ Φ((x − u) / h) φ((y − v) / h) / h dy along the sides.

    >>> gaussian_mass(np.array([[0.0, 0.0], [1.0, 0.0]]), 0.1, polygon([0, 0, 2, 1])).round(6)
    array([0.25, 0.5 ])
    """
    mass = shapely.intersects_xy(window, at[:, 0], at[:, 1]).astype(np.float64)
    near = np.flatnonzero(shapely.distance(window.boundary, shapely.points(at)) < _FAR * bandwidth)
    x, y, dy = _nodes(edges(window), bandwidth)
    step = max(1, _CHUNK // max(1, x.size))
    for start in range(0, near.size, step):
        some = near[start : start + step]
        u, v = ((c[None, :] - at[some, i, None]) / bandwidth for i, c in enumerate((x, y)))
        flow = special.ndtr(u) * np.exp(-0.5 * v * v) / (np.sqrt(2 * np.pi) * bandwidth)
        mass[some] = np.clip(flow @ dy, 0.0, 1.0)
    return mass


def arc_inside(centre: Array, radius: Array, window: BaseGeometry) -> Array:
    """The share of each circle's line that lies inside the window, 0 to 1.

    >>> arc_inside(np.array([[0.0, 0.0], [1.0, 0.5]]), np.array([0.5, 0.4]), polygon([0, 0, 2, 1])).round(6)
    array([0.25, 1.  ])
    """
    sides, share = edges(window), np.ones(radius.size)
    crossing = np.flatnonzero(shapely.distance(window.boundary, shapely.points(centre)) <= radius * (1 + 1e-9))
    step = max(1, _CHUNK // (8 * len(sides)))
    shapely.prepare(window)
    for start in range(0, crossing.size, step):
        some = crossing[start : start + step]
        share[some] = _arcs(centre[some], radius[some], sides, window)
    return share


def _box(bounds: object) -> BaseGeometry:
    sides = numbers(bounds, "bounds of the window")
    if sides.shape != (4,) or not (sides[2] > sides[0] and sides[3] > sides[1]):
        raise BadInput("The bounds are no window", remedy="give min x, min y, max x, max y")
    box: BaseGeometry = shapely.box(*sides.tolist())
    return box


def _nodes(sides: Array, bandwidth: float) -> tuple[Array, Array, Array]:
    """Points along the sides, and the change of y that each stands for."""
    rising = sides[sides[:, 1] != sides[:, 3]]
    panels = np.maximum(1, np.ceil(np.hypot(*(rising[:, 2:] - rising[:, :2]).T) / bandwidth)).astype(int)
    side = np.repeat(np.arange(len(rising)), panels)
    place = np.arange(side.size) - np.repeat(np.cumsum(panels) - panels, panels)
    part = ((place[:, None] + (_NODES + 1) / 2) / panels[side, None]).ravel()
    start, move = rising[:, :2], rising[:, 2:] - rising[:, :2]
    at = np.repeat(start[side], _NODES.size, axis=0) + part[:, None] * np.repeat(move[side], _NODES.size, axis=0)
    dy = (move[side, 1] / panels[side])[:, None] * _WEIGHTS / 2
    return at[:, 0], at[:, 1], dy.ravel()


def _arcs(centre: Array, radius: Array, sides: Array, window: BaseGeometry) -> Array:
    """Cuts each circle where it meets a side, and adds up the arcs whose middle lies inside."""
    start = sides[None, :, :2] - centre[:, None, :]
    move = (sides[:, 2:] - sides[:, :2])[None]
    a, b = (move**2).sum(-1), (start * move).sum(-1)
    c = (start**2).sum(-1) - radius[:, None] ** 2
    with np.errstate(invalid="ignore"):
        root = np.sqrt(b * b - a * c)
    part = np.stack([(-b - root) / a, (-b + root) / a], axis=-1)
    part = np.where((part >= -1e-9) & (part <= 1 + 1e-9), part, np.nan)
    met = start[:, :, None, :] + part[..., None] * move[:, :, None, :]
    angle = np.sort(np.arctan2(met[..., 1], met[..., 0]).reshape(radius.size, -1), axis=1)
    angle = angle[:, : max(1, int(np.isfinite(angle).sum(axis=1).max()))]
    ends = np.where(np.isfinite(angle), angle, np.nanmax(angle, axis=1, keepdims=True, initial=-np.pi))
    ends = np.column_stack([ends, ends[:, 0] + 2 * np.pi])
    length, middle = np.diff(ends, axis=1), (ends[:, 1:] + ends[:, :-1]) / 2
    inside = shapely.contains_xy(
        window,
        centre[:, :1] + radius[:, None] * np.cos(middle),
        centre[:, 1:] + radius[:, None] * np.sin(middle),
    )
    return np.asarray((length * inside).sum(axis=1) / (2 * np.pi))
