"""Inequity of a problem: its rate in the most deprived fifth of the population over the rest.

Deprivation of an area is the mean relative score of the conditions in percent that the pack knows.
Area rates are smoothed towards the city's mean, so a ratio is closer to 1 than the counts alone say.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from salus.model.framework import Indicator, Problem
from salus.model.grades import worst
from salus.model.phrases import Phrase
from salus.priorities.criteria import Criterion, activity, source_of, unknown
from salus.priorities.rows import View, by_area, is_percent, keys, per_100k, weakest
from salus.priorities.scores import inequity_score
from salus.priorities.why import ACTIVITY, NO_AREAS, NO_CONDITIONS, why
from salus.stats.draws import Array

FEWEST_AREAS = 5
FIFTH = 0.2


def inequity(view: View, problem: Problem) -> Criterion:
    """Rate ratio of the most deprived fifth of the population to the rest, over the areas."""
    indicator = view.main(problem)
    if activity(indicator):
        return unknown(view, problem, "inequity", why(ACTIVITY, indicator), answered_by="survey")
    conditions = deprivation_rows(view, without=problem.indicators)
    rows = by_area(view, indicator.id)
    rows = rows.filter(~pl.col("flags").str.contains("few_areas_listed"))  # only the busiest areas are published
    if not conditions:
        return unknown(view, problem, "inequity", Phrase(NO_CONDITIONS))
    rows = rows.join(deprivation(conditions), on="area", how="inner").sort("area")
    if rows.height < FEWEST_AREAS:
        return unknown(view, problem, "inequity", why(NO_AREAS, indicator), answered_by=source_of(indicator))
    poorest = most_deprived(rows["deprivation"].to_numpy(), rows["population"].to_numpy())
    people = rows["population"].to_numpy()
    rates = per_100k(indicator, view.draws.estimates(rows))
    ratio = _mean(rates, people * poorest) / np.maximum(_mean(rates, people * ~poorest), 1e-9)
    used = [part.filter(pl.col("area").is_in(rows["area"].implode())) for _, part in conditions]
    return Criterion(
        "inequity",
        inequity_score(ratio),
        value=float(np.median(ratio)),
        unit="rate ratio",
        n=float(rows["n"].fill_null(0).sum()),
        grade=worst(weakest(rows), *(weakest(part) for part in used)),
        support=keys(rows) + [key for part in used for key in keys(part)],
    )


def deprivation_rows(view: View, *, without: tuple[str, ...]) -> list[tuple[Indicator, pl.DataFrame]]:
    """The conditions in percent with area rows, except the problem's own: it must not explain itself."""
    chosen = [
        indicator for indicator in view.pack.indicators
        if indicator.role == "condition" and is_percent(indicator) and indicator.id not in without
        and indicator.direction in {"higher_is_worse", "higher_is_better"}
    ]  # fmt: skip
    found = [(indicator, by_area(view, indicator.id)) for indicator in chosen]
    return [(indicator, rows) for indicator, rows in found if rows.height]


def deprivation(conditions: list[tuple[Indicator, pl.DataFrame]]) -> pl.DataFrame:
    """Columns area, deprivation: the mean relative score (0-100, 50 = mean, higher is worse) of an area."""
    parts = []
    for indicator, rows in conditions:
        better = indicator.direction == "higher_is_better"
        value = (100 - pl.col("value") if better else pl.col("value")).clip(0, 100)
        worse = rows.select("area", "population", value.alias("share"))
        scores = relative_score(worse["share"].to_numpy(), worse["population"].to_numpy())
        parts.append(worse.select("area", pl.Series("score", scores)))
    scored = pl.concat(parts).group_by("area").agg(pl.col("score").mean().alias("deprivation"))
    return scored.sort("area")


def relative_score(share: Array, population: Array) -> Array:
    """Odds of a share (%) against the odds of the population-weighted mean, 100·o/(o + o_mean).

    >>> relative_score(np.array([20.0, 50.0, 80.0]), np.ones(3)).round(6).tolist()
    [20.0, 50.0, 80.0]
    """
    mean = float(np.average(share, weights=population))
    if mean <= 0 or mean >= 100:
        return np.full_like(share, 50.0)
    worse, usual = share * (100 - mean), mean * (100 - share)
    return np.asarray(100 * worse / (worse + usual))


def most_deprived(deprivation_scores: Array, population: Array) -> NDArray[np.bool_]:
    """Which areas hold the most deprived fifth of the population: those whose middle person is in it.

    >>> most_deprived(np.array([10.0, 90.0, 30.0, 40.0, 50.0]), np.ones(5)).tolist()
    [False, True, False, False, False]
    """
    order = np.argsort(-deprivation_scores, kind="stable")
    people = population[order]
    inside = np.cumsum(people) - people / 2 <= FIFTH * people.sum()
    inside[0] = True
    chosen = np.zeros(len(order), dtype=np.bool_)
    chosen[order] = inside
    return chosen


def _mean(rates: Array, weights: Array) -> Array:
    return np.asarray(weights @ rates / weights.sum())
