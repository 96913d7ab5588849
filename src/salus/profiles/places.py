"""The areas a profile speaks of: those the estimates are modelled on, and those that people recognise."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from salus.model.city import City, Evidence
from salus.stats.draws import Array


@dataclass(frozen=True)
class Places:
    """Modelling areas with their residents, and the shown areas that are made of them.

    `people`: residents of each modelling area, 0 where there are none or they are not known.
    `links`: shown × modelling areas, residents of the modelling area who live in the shown area.
    """

    areas: list[str]
    people: Array
    shown: list[str]
    links: Array


def places_of(evidence: Evidence, city: City) -> Places:
    """The areas of a city in id order; none where it has no modelling geography.

    Shown areas are left out where people recognise the modelling areas themselves.
    """
    scope = city.scope
    geography = evidence.geographies.get(scope.geography)
    if geography is None:
        return Places([], np.empty(0), [], np.empty((0, 0)))
    modelled = geography.areas.sort("area")
    areas, people = modelled["area"].to_list(), modelled["population"].fill_null(0.0).to_numpy()
    if scope.shown == scope.geography:
        return Places(areas, people, [], np.empty((0, len(areas))))
    boundaries = evidence.geographies.get(scope.shown)
    named = evidence.crosswalk["shown_area"] if boundaries is None else boundaries.areas["area"]
    shown = named.unique().sort().to_list()
    return Places(areas, people, shown, _links(evidence.crosswalk, areas, shown) * people)


def _links(crosswalk: pl.DataFrame, areas: list[str], shown: list[str]) -> Array:
    """Shares of the crosswalk as a matrix, shown × modelling areas."""
    rows = {area: i for i, area in enumerate(shown)}
    columns = {area: i for i, area in enumerate(areas)}
    matrix = np.zeros((len(shown), len(areas)))
    for area, target, share in crosswalk.select("area", "shown_area", "share").iter_rows():
        if area in columns and target in rows:
            matrix[rows[target], columns[area]] += share
    return matrix
