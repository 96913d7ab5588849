"""Shares of the areas of one vintage in the areas of another, by ground or by people, and figures carried along them.

Stands beside `salus.evidence.geography`; `salus.crossing` writes what it gives to geography/crosswalk.csv.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray

from salus.errors import BadInput
from salus.evidence.equal_area import square_metres
from salus.model.city import Geography

SLIVER: Final = 0.01
"""Parts that hold less than this share of what lies inside are taken for outlines drawn twice, and dropped."""
FLAG: Final = "crosswalked"
LINKS: Final = ("area", "shown_area", "share", "outside", "weighted_by")
POINTS: Final = ("longitude", "latitude", "persons")
_ROUNDING: Final = 1e-6  # what rounded corners leave uncovered is not outside

Shapes = NDArray[Any]
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Measure = Callable[[Shapes], Floats]
WeightedBy = Literal["area", "population"]


@dataclass(frozen=True)
class Crosswalk:
    """How the areas of one vintage (`from_`) lie in those of another (`to`)."""

    from_: str
    to: str
    weighted_by: WeightedBy
    sliver: float
    links: pl.DataFrame
    """Columns: area, shown_area, share (of the area that lies in the shown area), outside and weighted_by of the area.
    The shares of an area sum to 1 - outside."""
    outside: pl.DataFrame
    """Columns: area, outside (share that lies in no area of `to`), weighted_by; a row for every area of `from_`."""

    @property
    def split(self) -> tuple[str, ...]:
        """Areas that lie in more than one area of the other vintage, in id order."""
        return tuple(self.links.filter(pl.len().over("area") > 1)["area"].unique().sort())


def area_weighted(from_: Geography, to: Geography, *, sliver: float = SLIVER) -> Crosswalk:
    """Shares of ground: whoever lives in an area is taken to be spread evenly over it.

    Areas are measured on the ellipsoid of WGS84 (`salus.evidence.equal_area`). Where areas of `to` overlap each
    other, what lies in several is divided between them. Raises `BadInput` where `sliver` is not in [0, 1).

    >>> west, east, both = shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1), shapely.box(0.5, 0, 1.5, 1)
    >>> old, new = vintage_of("old", {"b": both}), vintage_of("new", {"w": west, "e": east})
    >>> [(link["shown_area"], round(link["share"], 6)) for link in area_weighted(old, new).links.to_dicts()]
    [('e', 0.5), ('w', 0.5)]
    """
    return _crosswalk(from_, to, square_metres, "area", sliver)


def population_weighted(
    from_: Geography, to: Geography, points: pl.DataFrame | Geography, *, sliver: float = SLIVER
) -> Crosswalk:
    """Shares of people, from a third layer that is finer than both vintages.

    `points`: a table with longitude, latitude (WGS84) and persons, or small areas with a population, such as census
    blocks; persons of a block that is cut are divided by ground. An area in which the layer knows of no one has no
    share of people: it is weighted by ground and says so in `weighted_by`. Blocks without a population count for
    no one. Raises `BadInput` for a layer without persons.

    >>> west, east, both = shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1), shapely.box(0.5, 0, 1.5, 1)
    >>> old, new = vintage_of("old", {"b": both}), vintage_of("new", {"w": west, "e": east})
    >>> people = pl.DataFrame({"longitude": [0.7, 1.2], "latitude": [0.5, 0.5], "persons": [30, 10]})
    >>> [(link["shown_area"], link["share"]) for link in population_weighted(old, new, people).links.to_dicts()]
    [('e', 0.25), ('w', 0.75)]
    """
    measure = _blocks(points) if isinstance(points, Geography) else _persons_at(points)
    return _crosswalk(from_, to, measure, "population", sliver)


def vintage_of(name: str, shapes: dict[str, Any]) -> Geography:
    """A vintage made of shapes at hand, for trials and tests: area id -> polygon in degrees; no population."""
    wkb = [shapely.to_wkb(shape) for shape in shapes.values()]
    columns = {"area": list(shapes), "name": list(shapes), "population": None, "wkb": pl.Series(wkb, dtype=pl.Binary)}
    return Geography(name, pl.DataFrame(columns, schema_overrides={"population": pl.Float64}), "", "")


def _crosswalk(from_: Geography, to: Geography, measure: Measure, by: WeightedBy, sliver: float) -> Crosswalk:
    if not 0 <= sliver < 1:
        raise BadInput(f"A share of {sliver:g} is no sliver", where="sliver", remedy="give a share from 0 to below 1")
    ids, targets = from_.areas["area"], to.areas["area"]
    shapes = _shapes(from_)
    area, target, pieces = _overlaps(shapes, _shapes(to))
    peopled = measure(shapes) > 0
    inside = np.zeros(len(ids))
    share = np.zeros(len(area))
    for rows, each in ((peopled, measure), (~peopled, square_metres)):
        inside[rows], mine = _inside(shapes, area, pieces, rows, each), rows[area]
        share[mine] = each(pieces[mine])
    share = _without_slivers(area, share, inside, sliver)
    by_area = pl.Series(np.where(peopled, by, "area").tolist(), dtype=pl.String)
    outside = pl.DataFrame({"area": ids, "outside": 1.0 - inside, "weighted_by": by_area}).sort("area")
    found = pl.DataFrame({"area": ids.gather(area), "shown_area": targets.gather(target), "share": share})
    links = found.filter(pl.col("share") > 0).join(outside, on="area")
    return Crosswalk(from_.id, to.id, by, sliver, links.select(LINKS).sort("area", "shown_area"), outside)


def _inside(shapes: Shapes, area: Integers, pieces: Shapes, rows: NDArray[np.bool_], measure: Measure) -> Floats:
    """The share of each chosen area that any area of the other vintage covers."""
    chosen = np.flatnonzero(rows)
    covered = np.array([shapely.union_all(pieces[area == number]) for number in chosen], dtype=object)
    whole, held = measure(shapes[chosen]), measure(covered)
    share = np.divide(held, whole, out=np.zeros(len(chosen)), where=whole > 0)
    return np.clip(np.where(np.isclose(share, 1.0, rtol=0, atol=_ROUNDING), 1.0, share), 0.0, 1.0)


def _without_slivers(area: Integers, weight: Floats, inside: Floats, sliver: float) -> Floats:
    """Weights of the parts as shares that sum to what lies inside; small parts give theirs to the others."""
    total = np.bincount(area, weight, len(inside))[area]
    share = np.divide(weight, total, out=np.zeros(len(weight)), where=total > 0)
    large = share >= sliver
    kept = large | (np.bincount(area, large, len(inside))[area] == 0)  # an area of nothing but small parts keeps them
    share = np.where(kept, share, 0.0)
    rest = np.bincount(area, share, len(inside))[area]
    return np.divide(share, rest, out=np.zeros(len(share)), where=rest > 0) * inside[area]


def _shapes(of: Geography) -> Shapes:
    """The polygons of a vintage, repaired where they cross themselves."""
    shapes = np.asarray(shapely.from_wkb(of.areas["wkb"].to_list()), dtype=object)
    return _polygons(np.where(shapely.is_valid(shapes), shapes, shapely.make_valid(shapes)))


def _overlaps(left: Shapes, right: Shapes) -> tuple[Integers, Integers, Shapes]:
    """Pairs of positions of shapes that share ground, and the ground they share."""
    shapely.prepare(left)
    first, second = shapely.STRtree(right).query(left, predicate="intersects")
    within = shapely.covered_by(left[first], right[second])
    shared = left[first].copy()
    shared[~within] = _polygons(shapely.intersection(left[first[~within]], right[second[~within]]))
    there = shapely.area(shared) > 0
    return first[there], second[there], shared[there]


def _polygons(shapes: Shapes) -> Shapes:
    """The shapes without the lines and points that come of cutting and repairing."""
    mixed = np.flatnonzero(shapely.get_type_id(shapes) == shapely.GeometryType.GEOMETRYCOLLECTION)
    for number in mixed:
        parts = shapely.get_parts(shapes[number])
        shapes[number] = shapely.union_all(parts[shapely.area(parts) > 0])
    return shapes


def _persons_at(points: pl.DataFrame) -> Measure:
    missing = [name for name in POINTS if name not in points.columns]
    if missing:
        raise BadInput(f"The points have no column {missing}", where="points", remedy=f"name them {', '.join(POINTS)}")
    held = points.select(pl.col(POINTS).cast(pl.Float64, strict=False)).drop_nulls()
    persons = held["persons"].to_numpy()
    _some(persons)
    tree = shapely.STRtree(shapely.points(held.select("longitude", "latitude").to_numpy()))  # type: ignore[arg-type]

    def within(shapes: Shapes) -> Floats:
        shape, point = tree.query(shapes, predicate="intersects")
        return np.bincount(shape, persons[point], len(shapes)).astype(float)

    return within


def _blocks(layer: Geography) -> Measure:
    blocks, persons = _shapes(layer), layer.areas["population"].fill_null(0.0).to_numpy()
    _some(persons)
    ground = square_metres(blocks)
    density = np.divide(persons, ground, out=np.zeros(len(blocks)), where=ground > 0)

    def within(shapes: Shapes) -> Floats:
        shape, block, shared = _overlaps(shapes, blocks)
        return np.bincount(shape, square_metres(shared) * density[block], len(shapes)).astype(float)

    return within


def _some(persons: Floats) -> None:
    if not (persons >= 0).all() or not np.isfinite(persons).all():
        raise BadInput("Some persons are below 0, or no number", where="points", remedy="correct the column `persons`")
    if persons.sum() <= 0:
        raise BadInput("There are no persons in the layer", where="points", remedy="give a layer with population")
