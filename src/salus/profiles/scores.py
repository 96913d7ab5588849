"""Relative scores of one indicator over a city's areas, draw by draw, and what stands behind them."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from salus.model.city import City
from salus.model.framework import Indicator
from salus.model.grades import GRADES
from salus.model.tables import key_column
from salus.profiles.places import Places
from salus.stats.area_scores import area_scores
from salus.stats.draws import Array, DrawSource

LEAST_RESIDENTS: Final = 0.5
"""An indicator is scored where its areas hold at least this share of the residents it is compared with."""
MISSING: Final = GRADES.index("none")


@dataclass(frozen=True)
class Scored:
    """One indicator over the modelling areas; an area without evidence has NaN scores and grade `none`.

    `scores`: areas × draws, 0-100, higher is worse. `events`: recorded files behind each area, None where
    the indicator counts no files. `grades`: places in `GRADES`. `keys`: the estimates used, "" where none.
    """

    scores: NDArray[np.float32]
    events: Array | None
    grades: NDArray[np.intp]
    keys: list[str]

    @property
    def present(self) -> NDArray[np.bool_]:
        """Which areas have evidence."""
        return np.not_equal(self.grades, MISSING)


def scorable(indicator: Indicator) -> bool:
    """Whether an indicator may enter a score: direction known, and no count of what authorities did.

    More recorded sexual violence, for one, can mean more violence or more trust: nobody can tell.
    """
    return indicator.direction in {"higher_is_worse", "higher_is_better"} and not indicator.enforcement_driven


def score(
    estimates: pl.DataFrame, indicator: Indicator, places: Places, *, city: City, draws: DrawSource
) -> Scored | None:
    """Relative scores of one indicator, against its mean over the residents of the areas that have it.

    Only real evidence of one period counts: the whole scope where there is one, else the latest figures. None
    where the areas with evidence hold less than half of the residents: their mean is not the city's then.
    """
    chosen = of_one_period(estimates, indicator, places.areas, city=city)
    everyone = pl.DataFrame(
        {"area": places.areas, "people": places.people}, schema={"area": pl.String, "people": pl.Float64}
    )
    peopled = everyone.with_row_index("place")
    used = peopled.filter(pl.col("people") > 0).join(chosen, on="area", how="inner").sort("place")
    total, share = places.people.sum(), used["people"].sum()
    if used.height == 0 or share < LEAST_RESIDENTS * total or used.select((pl.col("value") < 0).any()).item():
        return None
    at = used["place"].to_numpy()
    scores = np.full((len(places.areas), draws.n), np.nan, dtype=np.float32)
    scores[at] = _relative(used, indicator, draws)
    return Scored(
        scores,
        _placed(used, "numerator", len(places.areas)) if indicator.measure.startswith("recorded") else None,
        _grades(used, len(places.areas)),
        _keys(used, len(places.areas)),
    )


def of_one_period(estimates: pl.DataFrame, indicator: Indicator, areas: list[str], *, city: City) -> pl.DataFrame:
    """An indicator's real estimates for these areas in one period, an area once, the best grade first."""
    mine = estimates.filter(
        (pl.col("indicator") == indicator.id)
        & (pl.col("group") == "")
        & ~pl.col("illustrative")
        & pl.col("area").is_in(areas)
        & (pl.col("family") != "none")
    ).drop_nulls("value")
    start, end = city.scope.start, city.scope.end
    pooled = mine.filter((pl.col("period_start") == start) & (pl.col("period_end") == end))
    latest = mine.filter(pl.col("period_end") == pl.col("period_end").max())
    chosen = pooled if pooled.height else latest
    rank = pl.col("grade").replace_strict({g: i for i, g in enumerate(GRADES)}, return_dtype=pl.Int64)
    return chosen.sort(rank, "source", "period_start").unique("area", keep="first", maintain_order=True)


def _relative(used: pl.DataFrame, indicator: Indicator, draws: DrawSource) -> Array:
    percent = indicator.unit.startswith("%")
    # Draws of a normal or lognormal figure can leave the range that a share or a rate has.
    values = np.clip(draws.estimates(used), 0.0, 100.0 if percent else None)
    better = indicator.direction == "higher_is_better"
    people = used["people"].to_numpy()
    return area_scores(values, people, "percent" if percent else "rate", higher_is_better=better)


def _placed(used: pl.DataFrame, column: str, size: int) -> Array:
    values = np.zeros(size)
    values[used["place"].to_numpy()] = used[column].fill_null(0.0).to_numpy()
    return values


def _grades(used: pl.DataFrame, size: int) -> NDArray[np.intp]:
    grades = np.full(size, MISSING, dtype=np.intp)
    grades[used["place"].to_numpy()] = [GRADES.index(grade) for grade in used["grade"]]
    return grades


def _keys(used: pl.DataFrame, size: int) -> list[str]:
    keys = [""] * size
    for place, key in zip(used["place"], used.select(key_column("estimates")).to_series(), strict=True):
        keys[place] = key
    return keys
