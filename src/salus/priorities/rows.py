"""Finds the estimates a criterion rests on: the city's own rows, or those of the nearest wider area."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from salus.model.city import City
from salus.model.framework import Indicator, Pack, Problem
from salus.model.grades import GRADES, Grade, worst
from salus.model.tables import key_column
from salus.stats.draws import Array, DrawSource

PER = 100_000
Support = tuple[str, str]
"""What a row rests on: (table, key)."""


@dataclass(frozen=True)
class View:
    """What one view of the ranking sees: its estimates, the areas' populations, and where draws come from."""

    estimates: pl.DataFrame
    areas: pl.DataFrame
    """Columns: area, population (persons)."""
    pack: Pack
    city: City
    draws: DrawSource

    def main(self, problem: Problem) -> Indicator:
        """The indicator a problem is mainly measured by."""
        return self.pack.indicator(problem.indicators[0])


@dataclass(frozen=True)
class Found:
    """Rows of `estimates` for one indicator at the city, or at a wider area if the city has none."""

    rows: pl.DataFrame
    wider: bool = False

    @property
    def grade(self) -> Grade:
        """The weakest grade of the rows, one step lower where they speak of a wider area."""
        grade = weakest(self.rows)
        return lowered(grade) if self.wider else grade

    @property
    def events(self) -> float:
        """Events, or persons asked, behind the rows."""
        return float(self.rows["n"].fill_null(0).sum())

    @property
    def support(self) -> list[Support]:
        """The rows as lineage."""
        return keys(self.rows)


def find(view: View, indicator: str, group: str = "") -> Found:
    """The rows with a value, of the city, else of the state, else of the country; possibly none."""
    known = view.estimates.filter(pl.col("indicator") == indicator, pl.col("group") == group)
    for area in (view.city.scope.area, *view.city.wider):
        rows = known.filter(pl.col("area") == area)
        if rows.height:
            return Found(rows, wider=area != view.city.scope.area)
    return Found(known.clear())


def yearly(found: Found) -> Found:
    """Only calendar years, one row each: the best graded, then the first source by name."""
    start, end = pl.col("period_start"), pl.col("period_end")
    whole = (start == pl.date(start.dt.year(), 1, 1)) & (end == pl.date(start.dt.year(), 12, 31))
    return Found(_one_each(found.rows.filter(whole)), found.wider)


def recent(found: Found) -> Found:
    """The last two calendar years; where there are none, the latest period."""
    years = yearly(found).rows
    if years.height:
        last = years["period_start"].dt.year().max()
        return Found(years.filter(pl.col("period_start").dt.year() >= pl.lit(last) - 1), found.wider)
    return latest(found)


def latest(found: Found) -> Found:
    """The row of the latest period."""
    return Found(_one_each(found.rows).tail(1), found.wider)


def by_area(view: View, indicator: str) -> pl.DataFrame:
    """One row for each modelled area, with its `population`: the whole scope period, else the latest."""
    rows = view.estimates.filter(pl.col("indicator") == indicator, pl.col("group") == "")
    rows = rows.join(view.areas, on="area", how="inner")
    scope = view.city.scope
    pooled = rows.filter(pl.col("period_start") == scope.start, pl.col("period_end") == scope.end)
    chosen = pooled if pooled.height else rows.filter(pl.col("period_end") == pl.col("period_end").max())
    return _graded(chosen).unique("area", keep="first", maintain_order=True).sort("area")


def is_percent(indicator: Indicator) -> bool:
    """Whether its unit is a share in percent."""
    return indicator.unit.startswith("%")


def is_rate(indicator: Indicator) -> bool:
    """Whether it is events or persons per residents."""
    return indicator.measure == "recorded_rate" or any(w in indicator.unit for w in ("100,000", "100k"))


def per_100k(indicator: Indicator, values: Array) -> Array:
    """Values in the indicator's unit as events or persons affected per 100,000; a share counts persons."""
    if not is_percent(indicator):
        return values * (PER / indicator.per if indicator.measure == "recorded_rate" else 1.0)
    worse = 100 - values if indicator.direction == "higher_is_better" else values
    return np.clip(worse, 0.0, 100.0) * (PER / 100)


def keys(rows: pl.DataFrame) -> list[Support]:
    """Rows of `estimates` as lineage."""
    return [("estimates", key) for key in rows.select(key_column("estimates")).to_series()]


def weakest(rows: pl.DataFrame) -> Grade:
    """The weakest grade of rows; `none` if there are none."""
    present = set(rows["grade"])
    return worst(*(grade for grade in GRADES if grade in present))


def lowered(grade: Grade) -> Grade:
    """One step lower; E and `none` stay as they are.

    >>> lowered("C"), lowered("E")
    ('D', 'E')
    """
    return grade if grade in {"E", "none"} else GRADES[GRADES.index(grade) + 1]


def _one_each(rows: pl.DataFrame) -> pl.DataFrame:
    period = ["period_start", "period_end"]
    chosen = _graded(rows).unique(period, keep="first", maintain_order=True)
    return chosen.sort("period_end", "period_start")


def _graded(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.sort("grade", "source", "area", "period_end")
