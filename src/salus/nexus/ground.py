"""What flows are crossed on: a city's areas, the shown areas they make up, and relative scores by area."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from salus.model.city import City, Evidence
from salus.model.framework import Indicator
from salus.model.grades import GRADES
from salus.model.tables import key_column
from salus.stats.area_scores import area_scores
from salus.stats.draws import Array, DrawSource

LEAST_RESIDENTS: Final = 0.5
"""An indicator is scored where its areas hold at least this share of the residents it is compared with."""


@dataclass(frozen=True)
class Ground:
    """Modelling areas in id order with their residents, and shown areas made of them.

    `people`: 0 where nobody lives or nobody counted. `links`: shown × modelling areas, residents of the
    modelling area who live in the shown area. `estimates`: real ones for all people, with a value.
    """

    areas: list[str]
    people: Array
    shown: list[str]
    links: Array
    estimates: pl.DataFrame
    city: City
    draws: DrawSource


@dataclass(frozen=True)
class Scored:
    """One indicator by area: scores (areas × draws, NaN where missing), recorded files, estimates used."""

    scores: Array
    events: Array
    keys: list[str]


def ground_of(estimates: pl.DataFrame, evidence: Evidence, city: City, draws: DrawSource) -> Ground:
    """The ground of a city; without a modelling geography it has no areas."""
    real = estimates.filter(
        ~pl.col("illustrative") & (pl.col("group") == "") & (pl.col("family") != "none")
    ).drop_nulls("value")
    scope = city.scope
    geography = evidence.geographies.get(scope.geography)
    if geography is None:
        return Ground([], np.empty(0), [], np.empty((0, 0)), real, city, draws)
    modelled = geography.areas.sort("area")
    areas, people = modelled["area"].to_list(), modelled["population"].fill_null(0.0).to_numpy()
    shown = [] if scope.shown == scope.geography else _shown(evidence, scope.shown)
    return Ground(areas, people, shown, _links(evidence, areas, shown) * people, real, city, draws)


def _shown(evidence: Evidence, name: str) -> list[str]:
    boundaries = evidence.geographies.get(name)
    named = evidence.crosswalk["shown_area"] if boundaries is None else boundaries.areas["area"]
    found: list[str] = named.unique().sort().to_list()
    return found


def _links(evidence: Evidence, areas: list[str], shown: list[str]) -> Array:
    rows = {area: i for i, area in enumerate(shown)}
    columns = {area: i for i, area in enumerate(areas)}
    matrix = np.zeros((len(shown), len(areas)))
    for area, target, share in evidence.crosswalk.select("area", "shown_area", "share").iter_rows():
        if area in columns and target in rows:
            matrix[rows[target], columns[area]] += share
    return matrix


def relative(ground: Ground, indicator: Indicator) -> Scored | None:
    """Relative scores of an indicator against its mean over the residents of the areas that have it.

    The whole scope period where there is one, else the latest figures. None where the areas with
    evidence hold less than half of the residents: their mean is not the city's then.
    """
    everyone = pl.DataFrame(
        {"area": ground.areas, "people": ground.people}, schema={"area": pl.String, "people": pl.Float64}
    )
    peopled = everyone.with_row_index("place")
    chosen = _of_one_period(ground, indicator)
    used = peopled.filter(pl.col("people") > 0).join(chosen, on="area", how="inner").sort("place")
    enough = used["people"].sum() >= LEAST_RESIDENTS * ground.people.sum()
    if used.height == 0 or not enough or used.select((pl.col("value") < 0).any()).item():
        return None
    percent = indicator.unit.startswith("%")
    # Draws of a normal or lognormal figure can leave the range that a share or a rate has.
    values = np.clip(ground.draws.estimates(used), 0.0, 100.0 if percent else None)
    better = indicator.direction == "higher_is_better"
    scores = area_scores(values, used["people"].to_numpy(), "percent" if percent else "rate", higher_is_better=better)
    return _placed(used, scores, len(ground.areas))


def _of_one_period(ground: Ground, indicator: Indicator) -> pl.DataFrame:
    """An indicator's estimates by area in one period, an area once, the best grade first."""
    mine = ground.estimates.filter((pl.col("indicator") == indicator.id) & pl.col("area").is_in(ground.areas))
    start, end = ground.city.scope.start, ground.city.scope.end
    pooled = mine.filter((pl.col("period_start") == start) & (pl.col("period_end") == end))
    latest = mine.filter(pl.col("period_end") == pl.col("period_end").max())
    chosen = pooled if pooled.height else latest
    rank = pl.col("grade").replace_strict({g: i for i, g in enumerate(GRADES)}, return_dtype=pl.Int64)
    return chosen.sort(rank, "source", "period_start").unique("area", keep="first", maintain_order=True)


def _placed(used: pl.DataFrame, scores: Array, size: int) -> Scored:
    at = used["place"].to_numpy()
    everywhere, events, keys = np.full((size, scores.shape[1]), np.nan), np.zeros(size), [""] * size
    everywhere[at], events[at] = scores, used["numerator"].fill_null(0.0).to_numpy()
    for place, key in zip(at, used.select(key_column("estimates")).to_series(), strict=True):
        keys[place] = key
    return Scored(everywhere, events, keys)
