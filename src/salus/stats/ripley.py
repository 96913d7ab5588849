"""Ripley's K: how many more events lie near an event than evenly spread ones would. Import from `kernel`."""

from typing import Literal, get_args

import numpy as np
import shapely
from scipy.spatial import cKDTree
from shapely.geometry.base import BaseGeometry

from salus.errors import BadInput
from salus.stats.inputs import Array, Numbers, numbers
from salus.stats.windows import Window, arc_inside, points_inside, polygon

Correction = Literal["isotropic", "translation", "none"]
# A pair seen from a far corner may not count for more than this many.
_HEAVIEST = 100.0


def ripley_k(x: Numbers, y: Numbers, window: Window, r: float | Numbers, correction: Correction = "isotropic") -> Array:
    """Ripley's K at each distance `r`: area over n(n − 1), times the weighted pairs within r (Ripley 1976).

    In squared units of length; events spread evenly by chance give π r². `window` is a shapely polygon or
    bounds that hold all points. `isotropic` divides a pair by the share of the circle around one through the
    other that lies inside; `translation` by the share of the window that stays in it when moved by
    their difference; `none` counts pairs as they are. Read it up to a quarter of the window's shorter side.
    Where coordinates are rounded, choose r between the distances that rounding allows. NaN with fewer
    than two points.

    >>> ripley_k([1, 1, 9], [1, 2, 9], [0, 0, 10, 10], [0.5, 1.0]).round(2)
    array([ 0.  , 33.33])
    """
    if correction not in get_args(Correction):
        raise BadInput(f"Unknown correction '{correction}'", remedy=", ".join(get_args(Correction)))
    shape, distances = polygon(window), np.atleast_1d(numbers(r, "distances r", minimum=0))
    at = points_inside(x, y, shape)
    if len(at) < 2:
        return np.full(distances.size, np.nan)
    pairs = cKDTree(at).query_pairs(distances.max() * (1 + 1e-9) + 1e-300, output_type="ndarray")
    one, other = np.concatenate([pairs, pairs[:, ::-1]]).T
    # Measured from the window's corner, as spatstat does: with rounded coordinates, many pairs lie at a
    # distance of r but for the last bit, and which of them count then agrees.
    local = at - np.array(shape.bounds[:2])
    apart = np.sqrt(((local[one] - local[other]) ** 2).sum(axis=1))
    weight = _weight(at[one], at[other] - at[one], apart, shape, correction)
    order = np.argsort(apart)
    summed = np.concatenate([[0.0], np.cumsum(weight[order])])
    within = np.searchsorted(apart[order], distances, side="right")
    return summed[within] * shape.area / (len(at) * (len(at) - 1))


def _weight(at: Array, move: Array, apart: Array, window: BaseGeometry, correction: Correction) -> Array:
    if correction == "none" or apart.size == 0:
        return np.ones(apart.size)
    if correction == "translation":
        stays = _overlap(move, window) / window.area
    else:
        stays = np.where(apart > 0, arc_inside(at, apart, window), 1.0)
    return 1 / np.maximum(stays, 1 / _HEAVIEST)


def _overlap(move: Array, window: BaseGeometry) -> Array:
    west, south, east, north = window.bounds
    if np.isclose(window.area, (east - west) * (north - south), rtol=1e-12):
        return np.asarray((east - west - np.abs(move[:, 0])) * (north - south - np.abs(move[:, 1])))
    corners = shapely.get_coordinates(window)
    moved = [shapely.set_coordinates(shapely.from_wkb(window.wkb), corners + by) for by in move]
    return np.asarray(shapely.area(shapely.intersection(window, moved)))
