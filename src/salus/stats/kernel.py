"""Where events lie dense: Gaussian kernel density, its bandwidth, and what belongs to reading such maps.

For looking back, on points that may be shown. `ripley_k` and the two prediction indices have their own modules
and can be imported from here too.
"""

from typing import Literal, TypeAlias

import numpy as np
import shapely
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist
from shapely.geometry.base import BaseGeometry

from salus.errors import BadInput
from salus.stats.inputs import Array, Numbers, numbers
from salus.stats.prediction import (
    PredictionIntervals,
    prediction_accuracy_index,
    prediction_efficiency_index,
    prediction_intervals,
)
from salus.stats.results import Measure
from salus.stats.ripley import ripley_k
from salus.stats.windows import Window, gaussian_mass, outside, points, points_inside, polygon

__all__ = [
    "PredictionIntervals",
    "bandwidth_likelihood",
    "kernel_density",
    "prediction_accuracy_index",
    "prediction_efficiency_index",
    "prediction_intervals",
    "ripley_k",
]

Edge: TypeAlias = Literal["uniform", "diggle"] | None

_CHUNK = 4_000_000
# The integral of the density is taken on a grid of this many cells a side.
_CELLS = 128


def kernel_density(  # noqa: PLR0913 - what defines one density, as spatstat has it
    x: Numbers,
    y: Numbers,
    at: object,
    bandwidth: float,
    edge: Edge = None,
    leave_one_out: bool = False,
    adaptive: bool = False,
    *,
    window: Window | None = None,
    weights: Numbers | None = None,
) -> Array:
    """Events per squared unit of length at each place of `at` (m, 2), by a Gaussian kernel (Silverman 1986).

    `bandwidth` is the kernel's standard deviation. `edge` makes up for what the kernel loses beyond the
    border of `window` (a shapely polygon or bounds): `uniform` divides by the share inside around each
    place, `diggle` by that around each event (Diggle 1985; keeps the total). `weights`: how many events each
    point stands for, 1 by default. `leave_one_out` leaves
    each event out of its own density; `at` must then be the events. `adaptive` gives each event
    bandwidth × (f / g)^−½ (Abramson 1982): f the density there, g its geometric mean. NaN outside a window.

    >>> kernel_density([0, 3], [0, 0], [[0, 0], [1.5, 0]], 1.0).round(4)
    array([0.1609, 0.1033])
    """
    shape = _window(edge, window)
    events = points(x, y) if shape is None else points_inside(x, y, shape)
    places = _places(at)
    each = np.ones(len(events)) if weights is None else numbers(weights, "weights", minimum=0)
    if each.shape != (len(events),) or (weights is not None and (leave_one_out or adaptive)):
        raise BadInput("Weights are one a point, without leave_one_out or adaptive", remedy="leave them out there")
    width = np.full(len(events), _positive(bandwidth))
    if adaptive:
        pilot = _density(events, events, width, edge, shape, each)
        width = width / np.sqrt(pilot / np.exp(np.log(pilot).mean()))
    density = _density(events, places, width, edge, shape, each)
    if shape is not None:
        density = np.where(outside(places, shape), np.nan, density)
    if not leave_one_out:
        return density
    if places.shape != events.shape or not np.array_equal(places, events):
        raise BadInput("Only events can be left out of their own density", remedy="give the events as `at`")
    own = 1 / (2 * np.pi * width**2)
    if shape is not None:
        own /= _mass(events, width, shape)
    return np.maximum(density - own, 0.0)


def bandwidth_likelihood(x: Numbers, y: Numbers, window: Window, *, steps: int = 16) -> Measure:
    """The bandwidth under which each event is likeliest given the others (Silverman 1986; Loader 1999).

    The best of `steps` bandwidths between the smallest distance of two neighbours and half the window's
    diameter, each the same multiple of the one before, so it is known up to that multiple. The
    criterion is Σ log(density at an event, without it) − ∫ density, uniform along the edge. In the
    unit of the coordinates. `reason` says if the best is the first or last one.

    >>> x, y = np.random.default_rng(1).normal([[0.3], [0.6]], 0.1, (2, 100))
    >>> round(bandwidth_likelihood(x, y, [0, 0, 1, 1]), 3)
    0.051
    """
    shape = polygon(window)
    events = points_inside(x, y, shape)
    if len(events) < 2 or steps < 2:
        raise BadInput("Fewer than two events or bandwidths to choose from", remedy="give more of them")
    apart = np.asarray(cKDTree(events).query(events, k=[2])[0]).ravel()
    corner = shapely.get_coordinates(shapely.convex_hull(shape))
    if not (apart > 0).any():
        return Measure(float("nan"), "every event has another one at its place")
    widths = np.geomspace(apart[apart > 0].min(), cdist(corner, corner).max() / 2, steps)
    fit = np.array([_likelihood(events, float(width), shape) for width in widths])
    best = int(np.argmax(fit))
    return Measure(float(widths[best]), "at the end of the range searched" if best in {0, steps - 1} else "")


def _likelihood(events: Array, width: float, window: BaseGeometry) -> float:
    around = kernel_density(events[:, 0], events[:, 1], events, width, "uniform", True, window=window)
    if (around <= 0).any():
        return -np.inf
    return float(np.log(around).sum()) - _integral(events, width, window)


def _integral(events: Array, width: float, window: BaseGeometry) -> float:
    """The integral of the edge-corrected density over the window, on a grid; the kernel is a product."""
    low, high = np.reshape(window.bounds, (2, 2))
    step = (high - low) / _CELLS
    if width < step.max() / 2:
        return float(len(events))
    across, up = (low[i] + step[i] * (np.arange(_CELLS) + 0.5) for i in (0, 1))
    inside = shapely.contains_xy(window, *np.meshgrid(across, up, indexing="ij"))
    density = _normal(across, events[:, 0], width) @ _normal(up, events[:, 1], width).T
    mass = _normal(across, across, width) @ inside @ _normal(up, up, width).T * step.prod()
    return float((density[inside] / mass[inside]).sum() * step.prod())


def _normal(one: Array, other: Array, width: float) -> Array:
    gap = (one[:, None] - other[None, :]) / width
    return np.asarray(np.exp(-0.5 * gap * gap) / (np.sqrt(2 * np.pi) * width))


def _density(
    events: Array, places: Array, width: Array, edge: Edge, window: BaseGeometry | None, each: Array
) -> Array:  # fmt: skip
    weight = each / (2 * np.pi * width**2)
    if window is not None and edge == "diggle":
        weight /= _mass(events, width, window)
    if window is not None and edge == "uniform" and np.ptp(width) > 0:
        return _density_by_event(events, places, width, window)
    density = np.empty(len(places))
    step = max(1, _CHUNK // len(events))
    for start in range(0, len(places), step):
        apart = cdist(places[start : start + step], events, "sqeuclidean")
        density[start : start + step] = np.exp(apart / (-2 * width**2)) @ weight
    if window is not None and edge == "uniform":
        density = _over(density, gaussian_mass(places, float(width[0]), window))
    return density


def _density_by_event(events: Array, places: Array, width: Array, window: BaseGeometry) -> Array:
    """Each event has its bandwidth, so the share inside around a place differs by event."""
    density = np.zeros(len(places))
    for event, own in zip(events, width, strict=True):
        kernel = np.exp(((places - event) ** 2).sum(axis=1) / (-2 * own**2)) / (2 * np.pi * own**2)
        density += _over(kernel, gaussian_mass(places, float(own), window))
    return density


def _over(kernel: Array, mass: Array) -> Array:
    return np.divide(kernel, mass, out=np.zeros_like(kernel), where=mass > 0)


def _mass(at: Array, width: Array, window: BaseGeometry) -> Array:
    if np.ptp(width) == 0:
        return gaussian_mass(at, float(width[0]), window)
    return np.concatenate([gaussian_mass(at[[i]], float(own), window) for i, own in enumerate(width)])


def _window(edge: Edge, window: Window | None) -> BaseGeometry | None:
    if edge is not None and edge not in {"uniform", "diggle"}:
        raise BadInput(f"Unknown edge correction '{edge}'", remedy="None, uniform or diggle")
    if edge is None:
        return None
    if window is None:
        raise BadInput("An edge correction needs the window", remedy="give a polygon or bounds as `window`")
    return polygon(window)


def _places(at: object) -> Array:
    places = numbers(at, "places `at`")
    if places.ndim != 2 or places.shape[1] != 2:
        raise BadInput(f"Places of shape {places.shape} are no points", remedy="one row of x and y a place")
    return places


def _positive(bandwidth: float) -> float:
    if not 0 < bandwidth < float("inf"):
        raise BadInput(f"A bandwidth of {bandwidth} has no meaning", remedy="give one above 0, in map units")
    return float(bandwidth)
