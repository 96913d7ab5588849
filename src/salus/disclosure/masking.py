"""Moving points and adding noise, so that a place or a count no longer tells of one person.

For public maps and public counts only; decisions are made on the numbers themselves.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial import KDTree

from salus.disclosure.additive import Array, Cells
from salus.errors import BadInput, Withheld

Seed = int | np.random.Generator


def geomask(
    points: ArrayLike, *, nearest: ArrayLike, farthest: ArrayLike, seed: Seed, protected: ArrayLike = False
) -> Array:
    """Points moved in a random direction by a distance between two radii (donut geomasking).

    Points and radii are in the same unit of a projected plane, such as metres; a radius is one
    number or one for each point (wider where fewer people live). The distance is drawn so that
    every place of the ring is equally likely (Hampton et al. 2010). The inner radius keeps a point
    from staying where it was. `protected` says which points are homes of victims of sexual or domestic violence
    or trafficking, or places of other protected offences: those are not mapped at all, and one raises `Withheld`.

    >>> moved = geomask([[0.0, 0.0]], nearest=100, farthest=200, seed=1)
    >>> bool(100 <= np.hypot(*moved[0]) <= 200)
    True
    """
    given = _open(points, protected, "geomask")
    inner, outer = (np.broadcast_to(np.asarray(r, dtype=float), given.shape[:1]) for r in (nearest, farthest))
    if not ((inner > 0) & (outer > inner)).all():
        raise BadInput(
            "A ring needs 0 < nearest < farthest",
            where="geomask",
            remedy="choose two radii, in the points' unit",
        )
    random = np.random.default_rng(seed)
    distance = np.sqrt(random.uniform(inner**2, outer**2))
    angle = random.uniform(0.0, 2 * np.pi, given.shape[0])
    return np.asarray(given + (distance * np.array([np.cos(angle), np.sin(angle)])).T)


def snap(
    points: ArrayLike,
    anchors: ArrayLike,
    *,
    addresses: ArrayLike | None = None,
    least: int = 8,
    protected: ArrayLike = False,
) -> Array:
    """Each point at its nearest anchor: a fixed place that stands for at least `least` addresses.

    Anchors with fewer addresses are not used; without `addresses` the caller vouches for them. `protected` as for
    `geomask`: a point of a protected offence raises `Withheld`, because an anchor still names the neighbours.
    Eight addresses is the rule stated for the police maps of England and Wales.

    >>> snap([[1.0, 1.0]], [[0.0, 0.0], [1.2, 1.2]], addresses=[20, 3]).tolist()
    [[0.0, 0.0]]
    """
    given, places = _open(points, protected, "snap"), _plane(anchors, "snap")
    if addresses is not None:
        places = places[_enough(addresses, places.shape[0], least)]
    if not places.size:
        raise BadInput(
            f"No anchor stands for {least} addresses or more", where="snap", remedy="use larger anchor areas"
        )
    return np.asarray(places[KDTree(places).query(given)[1]])


def _enough(addresses: ArrayLike, anchors: int, least: int) -> Cells:
    known = np.asarray(addresses, dtype=float)
    if known.shape != (anchors,):
        raise BadInput("Addresses and anchors differ in number", where="snap", remedy="one number an anchor")
    return np.flatnonzero(known >= least)


def _open(points: ArrayLike, protected: ArrayLike, where: str) -> Array:
    """The points, if none of them belongs to a protected offence."""
    given = _plane(points, where)
    marked = np.asarray(protected)
    if marked.dtype != bool or marked.shape not in {(), given.shape[:1]}:
        raise BadInput("`protected` is yes or no for each point", where=where, remedy="give one truth value a point")
    count = int(np.broadcast_to(marked, given.shape[:1]).sum())
    if count:
        raise Withheld(
            f"{count} points belong to protected offences, which are not mapped",
            where=where,
            remedy="leave them out; publish counts of large areas",
        )
    return given


def _plane(points: ArrayLike, where: str) -> Array:
    given = np.asarray(points, dtype=float)
    if given.ndim != 2 or given.shape[1] != 2 or not np.isfinite(given).all():
        raise BadInput("Points are pairs of finite numbers", where=where, remedy="give an (n, 2) array")
    return given


def laplace_scale(sensitivity: float = 1.0, epsilon: float = 1.0) -> float:
    """The scale b of Laplace noise that gives `epsilon` differential privacy (Dwork et al. 2006).

    `sensitivity` is how much one person can change the count. The variance of the noise is 2 b²,
    and 95 % of it lies within b · ln 20.

    >>> laplace_scale(sensitivity=1, epsilon=0.5)
    2.0
    """
    _positive(sensitivity, epsilon, "laplace_scale")
    return sensitivity / epsilon


def geometric_noise(counts: ArrayLike, *, epsilon: float = 1.0, sensitivity: int = 1, seed: Seed) -> Cells:
    """Counts plus whole-number noise with `epsilon` differential privacy (Ghosh et al. 2012).

    The noise is two-sided geometric: P(k) is proportional to exp(-epsilon |k| / sensitivity).
    Results can be below zero; cutting them off keeps the privacy and adds bias. Draw once for a
    release and keep the result: repeated draws of one count can be averaged.

    >>> geometric_noise([10, 0, 3], epsilon=1.0, seed=1).dtype.kind
    'i'
    """
    _positive(sensitivity, epsilon, "geometric_noise")
    given = np.asarray(counts)
    if not np.array_equal(given, np.round(given)):
        raise BadInput("Counts are whole numbers", where="geometric_noise", remedy="give counts, not rates")
    random = np.random.default_rng(seed)
    stop = -np.expm1(-epsilon / sensitivity)
    noise = random.geometric(stop, given.shape) - random.geometric(stop, given.shape)
    return np.asarray(given.astype(np.int64) + noise)


def _positive(sensitivity: float, epsilon: float, where: str) -> None:
    if not (sensitivity > 0 and epsilon > 0):
        raise BadInput("Sensitivity and epsilon are above 0", where=where, remedy="choose both first")
