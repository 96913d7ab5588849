"""The stage: relative scores of areas' indicators, brought together by theme and dimension on draws."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from salus.model.city import City, Evidence, StageResult
from salus.model.framework import Dimension, Pack, Theme
from salus.model.grades import GRADES
from salus.model.tables import TABLES, lineage, row_key
from salus.profiles.places import Places, places_of
from salus.profiles.scores import MISSING, Scored, scorable, score
from salus.stats.area_scores import pooled_over
from salus.stats.draws import Array, DrawSource

DIMENSIONS: Final[tuple[Dimension, ...]] = ("risk", "vulnerability", "capacity")
LEAST_COVERAGE: Final = 0.5
"""Below this share of a theme's indicators the grade falls by one step."""
_LIMITS = (0.025, 0.5, 0.975)
_DIGITS = 10
_KEY = ("area", "theme", "dimension")


@dataclass(frozen=True)
class Block:
    """One theme's dimension over a set of areas, in the order of `areas`; missing scores are NaN."""

    areas: list[str]
    scores: Array
    coverage: Array
    n: Array
    grades: NDArray[np.intp]


@dataclass(frozen=True)
class Part:
    """What one theme's dimension adds to the result: rows, their lineage, and draws of the scored rows."""

    rows: list[dict[str, Any]]
    pairs: list[tuple[str, str, str, str]]
    keys: list[tuple[str, str, str]]
    draws: NDArray[np.float32]


def profile(estimates: pl.DataFrame, evidence: Evidence, pack: Pack, city: City, draws: DrawSource) -> StageResult:
    """Scores 0-100 with 95 % limits by area, theme and dimension; higher is worse, 50 = the residents' mean.

    Indicators of ambiguous direction and recorded activity of authorities never enter. `coverage` is the
    share of a theme's indicators that have evidence in the area; `n` is the files behind the weakest
    recorded indicator, or residents where none is recorded. The city itself gets no score: its rows
    say what is covered. Modelling areas and shown areas both have rows; real evidence alone counts.
    """
    places = places_of(evidence, city)
    themes = [t for t in pack.themes if not city.scope.themes or t.id in city.scope.themes]
    listed = {name for theme in themes for dimension in DIMENSIONS for name in _listed(theme, dimension)}
    scored = {
        i.id: found
        for i in pack.indicators
        if i.id in listed and scorable(i)
        if (found := score(estimates, i, places, city=city, draws=draws)) is not None
    }
    parts = [
        _part(theme, dimension, scored, places, city=city)
        for theme in themes
        for dimension in DIMENSIONS
        if _listed(theme, dimension)
    ]
    keys = pl.DataFrame([k for p in parts for k in p.keys], schema=dict.fromkeys(_KEY, pl.String), orient="row")
    block = np.concatenate([np.empty((0, draws.n), dtype=np.float32), *(p.draws for p in parts if p.keys)])
    return StageResult(
        {"profile": TABLES["profile"].frame([row for p in parts for row in p.rows])},
        lineage([pair for p in parts for pair in p.pairs]),
        {"profile": (keys, block)},
    )


def _listed(theme: Theme, dimension: Dimension) -> tuple[str, ...]:
    names: tuple[str, ...] = getattr(theme, dimension)
    return names


def _part(theme: Theme, dimension: Dimension, scored: dict[str, Scored], places: Places, *, city: City) -> Part:
    listed = _listed(theme, dimension)
    used = [scored[name] for name in listed if name in scored]
    about = {"theme": theme.id, "dimension": dimension, "illustrative": False}
    whole = about | {"area": city.scope.area, "coverage": len(used) / len(listed), "grade": "none"}
    if not used:
        return Part([whole], [], [], np.empty((0, 0), dtype=np.float32))
    modelled = _modelled(used, len(listed), places)
    shown = _shown(modelled, used, places)
    rows: list[dict[str, Any]] = [about | row for block in (modelled, shown) for row in _rows(block)]
    has = np.array([row["score"] is not None for row in rows], dtype=bool)
    draws = np.concatenate([modelled.scores, shown.scores]).astype(np.float32)[has]
    areas = [*modelled.areas, *shown.areas]
    keys = [(areas[i], theme.id, str(dimension)) for i in np.flatnonzero(has)]
    return Part([whole, *rows], _pairs(rows, used, places), keys, draws)


def _modelled(used: list[Scored], listed: int, places: Places) -> Block:
    """The mean of the indicators that an area has, all of equal weight."""
    present = np.array([s.present for s in used])
    count = present.sum(axis=0)
    total = np.sum([np.where(s.present[:, None], s.scores, 0.0) for s in used], axis=0)
    mean = np.where(count[:, None] > 0, total / np.maximum(count, 1)[:, None], np.nan)
    base = np.where(present, np.array([s.grades for s in used]), -1).max(axis=0)
    coverage = count / listed
    n = _behind([(s.events, s.present) for s in used if s.events is not None], places.people)
    return Block(places.areas, mean, coverage, n, _held(base, coverage))


def _shown(modelled: Block, used: list[Scored], places: Places) -> Block:
    """The same for shown areas: means of the modelling areas weighted by the residents they share."""
    links = places.links
    here = np.isfinite(modelled.scores[:, 0])
    scores = pooled_over(modelled.scores[here], links[:, here])
    coverage = np.nan_to_num(pooled_over(modelled.coverage[:, None], links)[:, 0]).round(_DIGITS)
    base = np.array([_weakest(used, row > 0) for row in links], dtype=np.intp)
    per_head = links / np.where(places.people > 0, places.people, np.inf)
    recorded = [(np.floor(per_head @ s.events + 1e-9), links @ s.present > 0) for s in used if s.events is not None]
    n = _behind(recorded, np.round(links.sum(axis=1)))
    return Block(places.shown, scores, coverage, n, _held(base, coverage))


def _behind(recorded: list[tuple[Array, NDArray[np.bool_]]], people: Array) -> Array:
    """The fewest files behind any recorded indicator of an area; residents where it has none."""
    fewest = np.full(len(people), np.inf)
    for events, present in recorded:
        fewest = np.where(present, np.minimum(fewest, events), fewest)
    return np.where(np.isfinite(fewest), fewest, people)


def _weakest(used: list[Scored], there: NDArray[np.bool_]) -> int:
    """The weakest grade of any estimate used in some areas, as a place in GRADES; -1 where none is."""
    return max((int(s.grades[there & s.present].max(initial=-1)) for s in used), default=-1)


def _held(base: NDArray[np.intp], coverage: Array) -> NDArray[np.intp]:
    """Grades lowered by one step where too little of a theme is covered; `none` where nothing is."""
    lowest = GRADES.index("E")
    lowered = np.minimum(base + (coverage < LEAST_COVERAGE), np.maximum(base, lowest))
    return np.where(base < 0, MISSING, lowered)


def _rows(block: Block) -> list[dict[str, Any]]:
    has = np.isfinite(block.scores[:, 0])
    limits = np.full((3, len(block.areas)), np.nan)
    if has.any():
        limits[:, has] = np.quantile(block.scores[has], _LIMITS, axis=1)
    low, middle, high = limits
    return [
        {
            "area": area,
            "score": float(middle[i]) if has[i] else None,
            "low": float(low[i]) if has[i] else None,
            "high": float(high[i]) if has[i] else None,
            "coverage": float(block.coverage[i]),
            "n": float(block.n[i]) if has[i] else None,
            "grade": GRADES[block.grades[i]],
        }
        for i, area in enumerate(block.areas)
    ]


def _pairs(rows: list[dict[str, Any]], used: list[Scored], places: Places) -> list[tuple[str, str, str, str]]:
    """Modelling areas rest on estimates, shown areas on the modelling areas that make them up."""
    keys = [row_key("profile", row) for row in rows]
    size = len(places.areas)
    own = [("profile", keys[i], "estimates", s.keys[i]) for s in used for i in np.flatnonzero(s.present)]
    made = [
        ("profile", keys[size + k], "profile", keys[i])
        for k, i in np.argwhere(places.links > 0)
        if rows[i]["score"] is not None
    ]
    return own + made
