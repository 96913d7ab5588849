"""Figures that others published: census shares, survey results, country figures, ratings of governance."""

import re

import numpy as np
import polars as pl
from scipy import stats

from salus.indicators.counted import Period, persons, pooled
from salus.indicators.recorded import estimator_of
from salus.indicators.rows import RANGES, Ledger
from salus.model.framework import Indicator
from salus.model.grades import GRADES, Grade
from salus.stats.draws import Array

_Z = 1.959963984540054
_PERCENT = 100.0
_SCALE = re.compile(r"(?:^|\s)0-(\d+)$")
_CAPACITY = ("people", "budget", "data", "procedure", "coordination", "leadership")


def figures(ledger: Ledger, indicator: Indicator) -> None:
    """Every published figure of an indicator, with the interval its source allows."""
    mine = ledger.evidence.figures.filter(pl.col("indicator") == indicator.id)
    if mine.height == 0:
        return
    shaped = pl.concat(
        [
            part
            for kind, rows in mine.with_columns(_kind(indicator)).group_by(["kind"], maintain_order=True)
            for part in [_with_interval(rows, str(kind[0]), indicator, ledger.pack.unstated_error)]
        ]
    )
    grades = {source: ledger.grade([source], indicator) for source in mine["source"].unique()}
    shaped = shaped.with_columns(pl.col("source").replace_strict(grades).alias("grade"))
    ranges = shaped.select(
        "area",
        "file",
        pl.col("row").alias("first_row"),
        pl.col("row").alias("last_row"),
        pl.lit(1).alias("rows"),
    ).select(pl.col(n).cast(k) for n, k in RANGES.items())
    ledger.enter(indicator, shaped.drop("file", "row", "se", "kind"), ranges)
    _carried_over(ledger, indicator, shaped)


def _kind(indicator: Indicator) -> pl.Expr:
    """Which interval a figure can have: stated error or limits, a census share with its base, or none."""
    share = pl.lit(indicator.unit.startswith("%"))
    return (
        pl.when(pl.col("se").is_not_null())
        .then(pl.lit("se"))
        .when(pl.col("low").is_not_null() & pl.col("high").is_not_null())
        .then(pl.lit("limits"))
        .when(share & pl.col("denominator").is_not_null())
        .then(pl.lit("census"))
        .otherwise(pl.lit("none"))
        .alias("kind")
    )


def _with_interval(rows: pl.DataFrame, kind: str, indicator: Indicator, unstated: float) -> pl.DataFrame:
    value = rows["value"].to_numpy()
    if kind == "census":
        return _census(rows, value)
    if kind == "none":
        return _unstated(rows, value, indicator, unstated)
    if kind == "limits":
        return _stated_limits(rows, value)
    se = rows["se"].to_numpy()
    limits = [estimator_of(indicator)(v, se=s) for v, s in zip(value, se, strict=True)]
    low, high = np.array([x.low for x in limits]), np.array([x.high for x in limits])
    return _described(rows, (low, high), "normal", (value, se), "published, normal on the stated error", "")


def _stated_limits(rows: pl.DataFrame, value: Array) -> pl.DataFrame:
    """Published limits are kept as they are; the draws are lognormal where these lie evenly on the log scale."""
    low, high = rows["low"].to_numpy(), rows["high"].to_numpy()
    if (low > 0).all() and ((high - value) > 1.05 * (value - low)).all():
        spread = (np.log(high) - np.log(low)) / (2 * _Z)
        method = "published limits, lognormal"
        return _described(rows, (low, high), "lognormal", (np.log(value), spread), method, "")
    spread = (high - low) / (2 * _Z)
    return _described(rows, (low, high), "normal", (value, spread), "published limits, normal", "")


def _unstated(rows: pl.DataFrame, value: Array, indicator: Indicator, error: float) -> pl.DataFrame:
    """A figure whose source states no interval: the pack's error on the log scale; of a figure below 0 (a balance of
    moves in and out) the same share of its size, normal."""
    method, flag = "published without an interval", "no_interval"
    if (value < 0).any():
        spread = np.abs(value) * error
        return _described(rows, (value - _Z * spread, value + _Z * spread), "normal", (value, spread), method, flag)
    low, high = value * np.exp(-_Z * error), value * np.exp(_Z * error)
    top = top_of(indicator.unit)
    high = np.where(value <= top, np.minimum(high, top), high)
    logs = np.log(np.maximum(value, 1e-12))
    return _described(rows, (low, high), "lognormal", (logs, np.full(len(value), error)), method, flag)


def top_of(unit: str) -> float:
    """The most a figure in a unit can be; infinite where there is no end. A share of a base may still pass 100.

    >>> top_of("% of victims"), top_of("0-5"), top_of("per 100,000 residents")
    (100.0, 5.0, inf)
    """
    if unit.startswith("%"):
        return _PERCENT
    ends = _SCALE.search(unit)
    return float(ends.group(1)) if ends else np.inf


def _census(rows: pl.DataFrame, value: Array) -> pl.DataFrame:
    base = np.maximum(rows["denominator"].to_numpy(), 1.0)
    a, b = value / _PERCENT * base + 0.5, (1 - value / _PERCENT) * base + 0.5
    low, high = stats.beta.ppf(0.025, a, b) * _PERCENT, stats.beta.ppf(0.975, a, b) * _PERCENT
    shaped = _described(
        rows,
        (np.minimum(low, value), np.maximum(high, value)),
        "beta",
        (a, b),
        "census share, Jeffreys on the residents",
        "base_is_residents",
    )
    return shaped.with_columns(pl.lit(_PERCENT).alias("p3"), pl.col("denominator").alias("n"))


def _described(
    rows: pl.DataFrame,
    limits: tuple[Array, Array],
    family: str,
    parameters: tuple[Array, Array],
    method: str,
    flag: str,
) -> pl.DataFrame:
    return rows.with_columns(
        pl.Series("low", limits[0], dtype=pl.Float64),
        pl.Series("high", limits[1], dtype=pl.Float64),
        pl.lit(family).alias("family"),
        pl.Series("p1", parameters[0], dtype=pl.Float64),
        pl.Series("p2", parameters[1], dtype=pl.Float64),
        pl.lit(None, pl.Float64).alias("p3"),
        pl.coalesce("method", pl.lit(method)).alias("method"),
        pl.lit(flag).alias("flags"),
    )


def _carried_over(ledger: Ledger, indicator: Indicator, shaped: pl.DataFrame) -> None:
    """Census figures of the modelling areas carried to the shown areas and the city, by where people live.

    A derived figure, not a published one: flag `interpolated`, one grade lower.
    """
    scope = ledger.city.scope
    whole = ledger.evidence.geographies.get(scope.geography)
    if whole is None or shaped.filter(pl.col("area") == scope.area).height:
        return
    links = ledger.evidence.crosswalk if scope.geography != scope.shown else ledger.evidence.crosswalk.clear()
    everything = whole.areas.select("area", pl.lit(scope.area).alias("shown_area"), pl.lit(1.0).alias("share"))
    crosswalk = pl.concat([links, everything])
    mine = shaped.filter((pl.col("family") == "beta") & (pl.col("group") == ""))
    if mine.height == 0:
        return
    latest = mine.filter(pl.col("period_end") == mine["period_end"].max())
    people = persons(ledger.evidence, scope.geography, pooled(ledger.city))
    joined = latest.join(crosswalk, on="area").with_columns(
        (pl.col("area").replace_strict({a: d.persons for a, d in people.items()}, default=0.0) * pl.col("share")).alias(
            "weight"
        )
    )
    if joined.height == 0:
        return
    weight = pl.col("weight")
    carried = (
        joined.filter(weight > 0)
        .group_by("shown_area", maintain_order=True)
        .agg(
            ((pl.col("value") * weight).sum() / weight.sum()).alias("value"),
            weight.sum().alias("denominator"),
            pl.col("source").first(),
            pl.col("file").first(),
            pl.col("row").min().alias("first_row"),
            pl.col("row").max().alias("last_row"),
            pl.len().alias("rows"),
            pl.col("grade").first(),
            pl.col("period_start").first(),
            pl.col("period_end").first(),
        )
        .rename({"shown_area": "area"})
        .sort("area")
    )
    rows = _census(
        carried.with_columns(pl.lit("interpolated from the modelling areas").alias("method")),
        carried["value"].to_numpy(),
    )
    lower = {grade: GRADES[min(i + 1, GRADES.index("E"))] for i, grade in enumerate(GRADES[:-1])}
    rows = rows.with_columns(
        pl.lit("interpolated;base_is_residents").alias("flags"),
        pl.col("grade").replace_strict(lower, default="none"),
    )
    ranges = carried.select(pl.col(n).cast(k) for n, k in RANGES.items())
    ledger.enter(indicator, rows.drop("file", "first_row", "last_row", "rows"), ranges)


def rated(ledger: Ledger, indicator: Indicator) -> None:
    """Indices over the governance functions at local level: legal authority (H01) and capacity (H02)."""
    local = ledger.evidence.ratings.filter(pl.col("level") == "local")
    wanted = ("authority",) if indicator.id == "H01" else _CAPACITY
    mine = local.filter(pl.col("dimension").is_in(list(wanted)))
    if indicator.id not in {"H01", "H02"} or mine.height == 0:
        return
    scores = _function_scores(mine, indicator)
    if not scores:
        return
    mean, spread = float(np.mean(scores)), float(np.std(scores, ddof=1)) if len(scores) > 1 else 0.0
    error = spread / np.sqrt(len(scores))
    illustrative = bool(mine["illustrative"].any())
    period, area = pooled(ledger.city), ledger.city.scope.area
    sources = mine["source"].unique().sort().to_list()
    best: Grade = "C"
    row = {
        "area": area,
        "period_start": period.start,
        "period_end": period.end,
        "value": mean,
        "low": max(0.0, mean - _Z * error),
        "high": min(5.0, mean + _Z * error),
        "n": len(scores),
        "method": "mean over the rated functions",
        "family": "normal",
        "p1": mean,
        "p2": error,
        "grade": ledger.grade(sources, indicator, best=best),
        "flags": "",
        "source": "+".join(sources),
        "illustrative": illustrative,
    }
    ranges = (
        mine.group_by("file", maintain_order=True)
        .agg(
            pl.col("row").min().alias("first_row"),
            pl.col("row").max().alias("last_row"),
            pl.len().alias("rows"),
        )
        .with_columns(pl.lit(area).alias("area"))
        .select(pl.col(n).cast(k) for n, k in RANGES.items())
    )
    ledger.enter(indicator, pl.DataFrame([row]), ranges)


def _function_scores(rows: pl.DataFrame, indicator: Indicator) -> list[float]:
    medians = rows.group_by("function", "dimension").agg(pl.col("score").median()).sort("function", "dimension")
    scores = []
    for _, cell in medians.group_by(["function"], maintain_order=True):
        values = cell["score"].to_list()
        if indicator.id == "H01":
            scores.append(max(values))
        elif len(values) == len(_CAPACITY):
            scores.append(float(estimator_of(indicator)(values)))
    return scores


def missing(ledger: Ledger, indicator: Indicator, period: Period) -> None:
    """The row that says: no evidence."""
    row = {
        "area": ledger.city.scope.area,
        "period_start": period.start,
        "period_end": period.end,
        "family": "none",
        "grade": "none",
        "method": "no evidence",
        "source": "",
        "flags": indicator.estimator.replace("planned: ", "planned_") if indicator.measure == "planned" else "",
    }
    frame = pl.DataFrame([row]).with_columns(pl.lit(None, pl.Float64).alias("value"))
    ledger.enter(indicator, frame, pl.DataFrame(schema=RANGES))
