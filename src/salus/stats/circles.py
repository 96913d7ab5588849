"""Circles around centroids, their likelihood ratio, and the largest one that chance gives.

Used by `salus.stats.scan`. A circle is the first areas of the list that sorts all areas by distance from
one centroid; areas equally far away enter together.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special
from scipy.spatial.distance import cdist

from salus.stats.inputs import Array

# Squared distances that differ by less than this share are one distance.
_TIE = 1e-9
# Likelihood ratios below the first of these are looked for only where chance gave no larger one.
_FLOORS = (4.0, 2.0, 0.0)
_CENTRES, _DRAWS = 64, 1000


@dataclass(frozen=True)
class Circles:
    """All circles: one row a centroid, one column an area more.

    `order` holds the areas from near to far, `expected` the events expected within, and `ends` is
    true where an area completes a circle that is not too large.
    """

    order: NDArray[np.int32]
    expected: Array
    ends: NDArray[np.bool_]


def circles_around(x: Array, y: Array, population: Array, expected: Array, max_share: float) -> Circles:
    """The circles around each centroid that hold at most `max_share` of the population.

    >>> line = np.array([0.0, 1.0, 3.0])
    >>> circles_around(line, 0 * line, np.ones(3), np.ones(3), 0.7).order.tolist()
    [[0, 1], [1, 0], [2, 1]]
    """
    at = np.column_stack([x, y])
    most = max_share * population.sum() * (1 + 1e-12)
    parts = [_nearest(at, rows, population, most) for rows in _blocks(x.size)]
    width = max(ends.shape[1] for _, ends in parts)
    order, ends = np.zeros((x.size, width), np.int32), np.zeros((x.size, width), np.bool_)
    for rows, (near, complete) in zip(_blocks(x.size), parts, strict=True):
        order[rows, : near.shape[1]] = near
        ends[rows, : near.shape[1]] = complete
    return Circles(order, np.cumsum(expected[order], axis=1), ends)


def likelihood_ratio(count: Array, expected: Array, total: float) -> Array:
    """The logarithm of Kulldorff's ratio: c ln(c/E) + (C − c) ln((C − c)/(C − E)) if c > E, else 0.

    `expected` must sum to `total` over all areas.

    >>> likelihood_ratio(np.array([5.0, 20.0]), np.array([10.0, 10.0]), 100).round(3)
    array([0.  , 4.44])
    """
    high = count > expected
    c, e = np.where(high, count, 1.0), np.where(high, expected, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = c * np.log(c / e) + special.xlogy(total - c, (total - c) / (total - e))
    return np.where(high, ratio, 0.0)


def largest_by_chance(circles: Circles, share: Array, total: int, draws: int, rng: np.random.Generator) -> Array:
    """The largest likelihood ratio of all circles, one a draw of `total` events by `share` of each area."""
    return np.concatenate(
        [
            _largest(circles, rng.multinomial(total, share, size=size).T.astype(_whole(total)), total)
            for size in (min(_DRAWS, draws - done) for done in range(0, draws, _DRAWS))
        ]
    )


def _nearest(at: Array, rows: slice, population: Array, most: float) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    apart = cdist(at[rows], at, "sqeuclidean")
    order = np.argsort(apart, axis=1, kind="stable")
    apart = np.take_along_axis(apart, order, axis=1)
    complete = np.ones(apart.shape, np.bool_)
    complete[:, :-1] = apart[:, 1:] > apart[:, :-1] * (1 + _TIE)
    complete &= np.cumsum(population[order], axis=1) <= most
    width = int(np.flatnonzero(complete.any(axis=0)).max(initial=-1)) + 1
    return order[:, :width].astype(np.int32), complete[:, :width]


def _largest(circles: Circles, counts: NDArray[np.unsignedinteger], total: int) -> Array:
    best = np.zeros(counts.shape[1])
    for floor in _FLOORS:
        open_ = np.flatnonzero(best <= floor)
        if open_.size == 0:
            break
        drawn = np.ascontiguousarray(counts[:, open_])
        found = [_largest_of(circles, rows, drawn, total, floor) for rows in _blocks(len(circles.order))]
        best[open_] = np.max(found, axis=0)
    return best


def _largest_of(circles: Circles, rows: slice, counts: NDArray[np.unsignedinteger], total: int, floor: float) -> Array:
    """The largest ratio above `floor` in each draw (0 if there is none): grows all circles area by area."""
    order, expected = circles.order[rows].T.astype(np.intp), circles.expected[rows].T.copy()
    enough = np.where(circles.ends[rows].T, _enough(expected, total, floor), total + 1).astype(counts.dtype)
    within = np.zeros((order.shape[1], counts.shape[1]), counts.dtype)
    entering, high = np.empty_like(within), np.empty(within.shape, np.bool_)
    best = np.zeros(counts.shape[1])
    for areas, inside, wanted in zip(order, expected, enough, strict=True):
        np.take(counts, areas, axis=0, out=entering, mode="clip")
        np.add(within, entering, out=within)
        np.greater_equal(within, wanted[:, None], out=high)
        hits = np.flatnonzero(high)
        if hits.size:
            centre, draw = np.divmod(hits, counts.shape[1])
            ratio = likelihood_ratio(within.ravel()[hits].astype(np.float64), inside[centre], total)
            np.maximum.at(best, draw, ratio)
    return np.where(best > floor, best, 0.0)


def _enough(expected: Array, total: int, floor: float) -> Array:
    """A count below which the ratio cannot reach `floor`.

    The ratio's second derivative by p = c / C is C / (p(1 − p)), at most C / (q(1 − q)) while
    q < p < 1 − q, q = E / C. So it is below C (p − q)² / (2q(1 − q)) there.
    """
    q = expected / total
    p = q + np.sqrt(2 * floor * np.maximum(q * (1 - q), 0) / total)
    return np.ceil(np.where(p < 1 - q, p, q) * total * (1 - 1e-12))


def _whole(total: int) -> type[np.unsignedinteger]:
    return np.min_scalar_type(total + 1).type


def _blocks(size: int) -> Iterator[slice]:
    return (slice(start, start + _CENTRES) for start in range(0, size, _CENTRES))
