"""Rates and shares of recorded offences: exact for the city, empirical Bayes for its areas."""

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
from scipy import stats

from salus.indicators.counted import (
    Denominator,
    Period,
    calendar_years,
    during,
    left_out,
    persons,
    pooled,
    recent,
    selected,
)
from salus.indicators.rows import RANGES, Ledger, joined, ranges_of, row_of
from salus.indicators.units import PEOPLE, units_by_area, units_of_share, units_together
from salus.model.framework import Indicator
from salus.stats.draws import Array
from salus.stats.rates import empirical_bayes

FEW_RESIDENTS = 1000
"""In an area with fewer, people who pass through weigh much in a rate of residents."""
_JEFFREYS = 0.5
_DAYS_OF_A_MONTH = 31
_LEVELS = (0.025, 0.975)


def estimator_of(indicator: Indicator) -> Callable[..., Any]:
    """The function an indicator names in the pack."""
    module, _, name = indicator.estimator.rpartition(".")
    found: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return found


def city_rates(ledger: Ledger, indicator: Indicator, counts: pl.DataFrame) -> None:
    """Rates of the city as a whole: each year, each month where counts are monthly, and the whole period."""
    city = ledger.city
    mine = counts.filter(pl.col("geography") == "")
    for period in (*calendar_years(city), pooled(city)):
        flag = "long_counts_left_out" if left_out(mine, period) > 0 else ""
        _city_rate(ledger, indicator, during(mine, period), period, flag=flag)
    monthly = mine.filter(~pl.col("protected"))
    if monthly.height == mine.height and indicator.role == "outcome":
        _monthly_rates(ledger, indicator, monthly)


def _city_rate(
    ledger: Ledger, indicator: Indicator, counts: pl.DataFrame | None, period: Period, group: str = "", flag: str = ""
) -> None:
    people = persons(ledger.evidence, "", period).get(ledger.city.scope.area)
    if counts is None or counts.height == 0 or people is None:
        return
    ledger.enter(
        indicator,
        pl.DataFrame(
            [
                _rate(ledger, indicator, counts, period, people)
                | {"group": group, "flags": flag or "population_held" * people.held}
            ]
        ),
        ranges_of(counts, ledger.city.scope.area),
        {ledger.city.scope.area: people},
    )


def _rate(
    ledger: Ledger, indicator: Indicator, counts: pl.DataFrame, period: Period, people: Denominator
) -> dict[str, Any]:
    events = int(counts["count"].sum())
    exposure = people.persons * period.years / indicator.per
    interval = estimator_of(indicator)(events, exposure)
    sources = counts["source"].unique().sort().to_list()
    return row_of(
        period,
        area=ledger.city.scope.area,
        value=interval.value,
        low=interval.low,
        high=interval.high,
        n=events,
        numerator=events,
        denominator=people.persons * period.years,
        method="exact Poisson (Garwood)",
        grade=ledger.grade(sources, indicator),
        family="gamma",
        p1=events + _JEFFREYS,
        p2=1 / exposure,
        flags="population_held" if people.held else "",
        source=joined(sources),
        **units_together(counts),
    )


def _monthly_rates(ledger: Ledger, indicator: Indicator, counts: pl.DataFrame) -> None:
    months = counts.filter((pl.col("period_end") - pl.col("period_start")).dt.total_days() <= _DAYS_OF_A_MONTH)
    for (start, end), rows in months.group_by(["period_start", "period_end"], maintain_order=True):
        _city_rate(ledger, indicator, rows, Period(start, end))


def area_rates(ledger: Ledger, indicator: Indicator, counts: pl.DataFrame) -> None:
    """Rates of the city's areas, smoothed toward the city's rate where numbers are small."""
    scope = ledger.city.scope
    for geography in dict.fromkeys(filter(None, (scope.geography, scope.shown))):
        mine = counts.filter(pl.col("geography") == geography)
        if mine.height == 0:
            continue
        for period in dict.fromkeys((pooled(ledger.city), recent(ledger.city))):
            inside = during(mine, period)
            if inside is not None and inside.height:
                _smoothed(ledger, indicator, inside, period, geography)


def _smoothed(ledger: Ledger, indicator: Indicator, counts: pl.DataFrame, period: Period, geography: str) -> None:
    people = persons(ledger.evidence, geography, period)
    if counts["protected"].any():
        people = {area: d for area, d in people.items() if area in set(counts["area"])}
    areas = sorted(people)
    if not areas:
        return
    sums = dict(counts.group_by("area").agg(pl.col("count").sum()).iter_rows())
    events = np.array([sums.get(area, 0) for area in areas], dtype=float)
    exposure = np.array([people[area].persons for area in areas]) * period.years / indicator.per
    smoothed = empirical_bayes(events, exposure)
    shape, scale = widened(
        smoothed.shape, smoothed.scale, _moved_variance(ledger, indicator, areas, geography, exposure)
    )
    sources = counts["source"].unique().sort().to_list()
    flags = ["few_areas_listed"] if counts["protected"].any() else []
    rows = pl.DataFrame(
        {
            "area": areas,
            "value": shape * scale,
            "low": np.fmin(stats.gamma.ppf(_LEVELS[0], shape, scale=scale), shape * scale),
            "high": np.fmax(stats.gamma.ppf(_LEVELS[1], shape, scale=scale), shape * scale),
            "n": events,
            "numerator": events,
            "denominator": exposure * indicator.per,
            "p1": shape,
            "p2": scale,
            "flags": [
                ";".join(
                    flags
                    + ["population_held"] * people[area].held
                    + ["few_residents"] * (people[area].persons < FEW_RESIDENTS)
                )
                for area in areas
            ],
        }
    ).with_columns(
        pl.lit(period.start).alias("period_start"),
        pl.lit(period.end).alias("period_end"),
        pl.lit("empirical Bayes (Marshall), gamma posterior").alias("method"),
        pl.lit("gamma").alias("family"),
        pl.lit(ledger.grade(sources, indicator)).alias("grade"),
        pl.lit(joined(sources)).alias("source"),
    )
    rows = rows.join(units_by_area(counts), on="area", how="left", maintain_order="left")
    ledger.enter(indicator, rows, _all_rows(counts, areas), people)


def _all_rows(counts: pl.DataFrame, areas: list[str]) -> pl.DataFrame:
    """Own rows where there are any; every smoothed value also rests on the files of all areas."""
    own = ranges_of(counts)
    files = (
        ranges_of(counts, "*")
        .drop("area")
        .with_columns(pl.lit(0).alias("first_row"), pl.lit(0).alias("last_row"), pl.lit(0).alias("rows"))
    )
    rest = pl.DataFrame({"area": areas}).join(files, how="cross").join(own, on=["area", "file"], how="anti")
    return pl.concat([own, rest.select(pl.col(name).cast(kind) for name, kind in RANGES.items())])


def widened(shape: Array, scale: Array, variance: Array) -> tuple[Array, Array]:
    """A gamma with the same mean whose variance is larger by `variance` (location error, for instance)."""
    mean, total = shape * scale, shape * scale**2 + variance
    return mean**2 / total, total / mean


def _moved_variance(ledger: Ledger, indicator: Indicator, areas: list[str], geography: str, exposure: Array) -> Array:
    """Variance of each area's rate that comes from points moved within their stated error."""
    moved = ledger.evidence.relocated
    none = np.zeros(len(areas))
    if moved.height == 0 or indicator.select is None:
        return none
    mine = selected(moved.filter(pl.col("geography") == geography), indicator.select)
    if mine.height == 0:
        return none
    replicates = moved["replicate"].n_unique()
    sums = mine.group_by("area", "replicate").agg(pl.col("count").sum())
    spread = sums.group_by("area").agg(
        ((pl.col("count") ** 2).sum() / replicates - (pl.col("count").sum() / replicates) ** 2).alias("variance")
    )
    by_area = dict(spread.iter_rows())
    correction = replicates / (replicates - 1)
    variance = np.array([by_area.get(area, 0.0) for area in areas])
    return np.asarray(variance * correction / exposure**2)


def shares(ledger: Ledger, indicator: Indicator) -> None:
    """Share of some recorded offences in others, for the city: each year and the whole period."""
    assert indicator.select is not None
    assert indicator.of is not None
    city = ledger.city
    counts = ledger.evidence.counts.filter(pl.col("geography") == "")
    part, whole = selected(counts, indicator.select), selected(counts, indicator.of)
    for period in (*calendar_years(city), pooled(city)):
        inside, base = during(part, period), during(whole, period)
        if inside is None or base is None or base["count"].sum() == 0:
            continue
        _share(ledger, indicator, (inside, base), period)


def _share(ledger: Ledger, indicator: Indicator, counts: tuple[pl.DataFrame, pl.DataFrame], period: Period) -> None:
    part, whole = int(counts[0]["count"].sum()), int(counts[1]["count"].sum())
    interval = estimator_of(indicator)(part, whole)
    sources = counts[1]["source"].unique().sort().to_list()
    row = row_of(
        period,
        area=ledger.city.scope.area,
        value=interval.value * indicator.per,
        low=interval.low * indicator.per,
        high=interval.high * indicator.per,
        n=whole,
        numerator=part,
        denominator=whole,
        method="exact (Clopper-Pearson)",
        grade=ledger.grade(sources, indicator),
        family="beta",
        p1=part + _JEFFREYS,
        p2=whole - part + _JEFFREYS,
        p3=indicator.per,
        source=joined(sources),
        **units_of_share(*counts),
    )
    ledger.enter(indicator, pl.DataFrame([row]), ranges_of(counts[1], ledger.city.scope.area))


def grouped_rates(ledger: Ledger, indicator: Indicator, counts: pl.DataFrame) -> None:
    """All recorded files by ICCS class and by label, for the city: each year and the whole period."""
    city = ledger.city
    mine = counts.filter(pl.col("geography") == "")
    for column, prefix in (("iccs", "iccs:"), ("label", "label:")):
        for (name,), rows in mine.group_by([column], maintain_order=True):
            for period in (*calendar_years(city), pooled(city)):
                inside = during(rows, period)
                if inside is not None and inside.height:
                    _city_rate(ledger, indicator, inside, period, group=f"{prefix}{name}")


def hourly_rates(ledger: Ledger, indicator: Indicator, counts: pl.DataFrame) -> None:
    """Recorded offences by hour of day over the whole period, for the city; unknown hours are left out."""
    hours = ledger.evidence.hours
    if hours.height == 0 or counts.height == 0 or counts["protected"].any():
        return
    assert indicator.select is not None
    for (hour,), rows in selected(hours, indicator.select).group_by(["hour"], maintain_order=True):
        counted = rows.group_by("source", "file", maintain_order=True).agg(
            pl.col("count").sum(), pl.col("first_row").min(), pl.col("last_row").max(), *PEOPLE
        )
        _city_rate(ledger, indicator, counted, pooled(ledger.city), group=f"hour:{hour:02d}")
